/**
 * A field whose rule is a function of the domain, for values with a structure of their own.
 * Keeps: what the function says is the rule that the caller reads.
 */
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { IsOptional, registerDecorator, type ValidationArguments } from 'class-validator';

/** `problem` says what is wrong with a value, or undefined. Optional; null passes, and is the handler's to read. */
export function CheckedField(
  problem: (value: unknown) => string | undefined,
  documentation: ApiPropertyOptions,
): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ ...documentation, required: false, nullable: true } as ApiPropertyOptions),
    IsOptional(),
    (target: object, property: string | symbol) => {
      registerDecorator({
        name: 'isChecked',
        target: target.constructor,
        propertyName: String(property),
        validator: {
          validate: (value: unknown) => problem(value) === undefined,
          defaultMessage: (given?: ValidationArguments) => problem(given?.value) ?? 'is not valid',
        },
      });
    },
  );
}
