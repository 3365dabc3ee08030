/**
 * The validation pipe of every route: whitelists, converts, and answers failures as 400 with field and rule.
 */
import { type ArgumentMetadata, ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { AppError, type FieldProblem } from '../errors/app-error.js';

function problemsOf(errors: readonly ValidationError[], path = ''): FieldProblem[] {
  return errors.flatMap((error) => {
    const field = path === '' ? error.property : `${path}.${error.property}`;
    const own = Object.values(error.constraints ?? {}).map((rule) => ({ field, rule }));
    return [...own.slice(0, 1), ...problemsOf(error.children ?? [], field)];
  });
}

export function invalidInput(fields: readonly FieldProblem[]): AppError {
  const message = fields.map(({ field, rule }) => `${field} ${rule}`).join('; ');
  return new AppError('INVALID_INPUT', 'invalid', message, { fields });
}

/** Nest's pipe lets the JSON value `null` pass as an empty body. */
class RequestPipe extends ValidationPipe {
  override transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'body' && value === null) {
      throw invalidInput([{ field: 'body', rule: 'must be a JSON object' }]);
    }
    return super.transform(value, metadata);
  }
}

export function makeValidationPipe(): ValidationPipe {
  return new RequestPipe({
    transform: true,
    whitelist: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) => invalidInput(problemsOf(errors)),
  });
}
