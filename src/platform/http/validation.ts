/**
 * The validation pipe of every route: whitelists, converts, and answers failures as 400 with field and rule.
 */
import { type ArgumentMetadata, ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { AppError, type FieldProblem } from '../errors/app-error.js';
import { inputProblem } from './plain-input.js';

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

/** What no field's own rule should have to say: Nest's pipe lets `null` pass as a body, and any text whatsoever. */
class RequestPipe extends ValidationPipe {
  override transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'body' && value === null) {
      throw invalidInput([{ field: 'body', rule: 'must be a JSON object' }]);
    }
    const problem = metadata.type === 'custom' ? undefined : inputProblem(value, '');
    if (problem !== undefined) throw invalidInput([problem]);
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
