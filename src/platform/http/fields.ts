/**
 * Fields of request bodies and queries: one decorator gives the validation rule, the conversion and the documentation.
 * Keeps: what Swagger shows is what is enforced; decimals become exact text at the edge and never pass as floats.
 */
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import Big from 'big.js';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsEmail,
  IsIn,
  IsInt,
  IsISO8601,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  registerDecorator,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import type { Config } from '../../config/schema.js';
import { plainWord } from './plain-word.js';

interface Common {
  readonly description?: string;
  readonly example?: unknown;
  readonly required?: boolean;
  /**
   * What null means in an optional field: a mistake (false, the default), a value that the handler reads (true), or the
   * same as leaving the field out, for what clients in the field send: with a blank ('absent'), or null alone
   * ('null_absent'), where leaving out means more than a value does.
   */
  readonly nullable?: boolean | 'absent' | 'null_absent';
}

function field(options: Common, documentation: ApiPropertyOptions, ...rules: PropertyDecorator[]): PropertyDecorator {
  const required = options.required ?? true;
  const nullable = (options.nullable ?? false) === false ? {} : { nullable: true };
  const shared = { description: options.description, example: options.example, required, ...nullable };
  const property = ApiProperty({ ...documentation, ...shared } as ApiPropertyOptions);
  return applyDecorators(property, ...(required ? [] : absence(options)), ...rules);
}

function absence({ nullable = false }: Common): PropertyDecorator[] {
  if (nullable === true) return [IsOptional()];
  const isNamed = ValidateIf((_object, value) => value !== undefined);
  if (nullable === false) return [isNamed];
  const isAbsent = nullable === 'absent' ? isBlank : (value: unknown) => value === null;
  return [isNamed, Transform(({ value }) => (isAbsent(value) ? undefined : (value as unknown)))];
}

function isBlank(value: unknown): boolean {
  return value === null || (typeof value === 'string' && value.trim() === '');
}

/** Trimmed text. */
export function TextField(
  options: Common & {
    min?: number;
    max?: number;
    pattern?: RegExp;
    rule?: string;
    upper?: boolean;
    raw?: boolean;
  } = {},
): PropertyDecorator {
  const { min = 1, max = 255, pattern } = options;
  return field(
    options,
    { type: String, minLength: min, maxLength: max, ...(pattern === undefined ? {} : { pattern: pattern.source }) },
    ...(options.raw === true ? [] : [Transform(({ value }) => trimmed(value, options.upper === true))]),
    IsString({ message: 'must be text' }),
    MinLength(min, { message: min === 1 ? 'must not be empty' : `must have at least ${min} characters` }),
    MaxLength(max, { message: `must have at most ${max} characters` }),
    ...(pattern === undefined ? [] : [Matches(pattern, { message: options.rule ?? `must match ${pattern.source}` })]),
  );
}

function trimmed(value: unknown, upper: boolean): unknown {
  if (typeof value !== 'string') return value;
  return upper ? plainWord(value) : value.trim();
}

/** An e-mail address, trimmed and lower-cased. */
export function EmailField(options: Common = {}): PropertyDecorator {
  return field(
    options,
    { type: String, format: 'email', maxLength: 254 },
    Transform(({ value }) => (typeof value === 'string' ? value.trim().toLowerCase() : (value as unknown))),
    IsEmail({}, { message: 'must be an e-mail address' }),
    MaxLength(254, { message: 'must have at most 254 characters' }),
  );
}

/**
 * A whole number; text of digits is accepted where `fromText` (queries, paths). Where the highest value is a setting of the
 * platform (`limitedBy`), the handler refuses what is above it and says how much that is; `max` is what the setting may be
 * at most, for the document.
 */
export function IntegerField(
  options: Common & { min?: number; max?: number; fromText?: boolean; limitedBy?: keyof Config['trading'] } = {},
): PropertyDecorator {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER, limitedBy } = options;
  const rule = `must be a whole number ${limitedBy === undefined ? `between ${min} and ${max}` : `of at least ${min}`}`;
  return field(
    options,
    { type: 'integer', minimum: min, maximum: max },
    ...(options.fromText === true ? [Transform(({ value }) => integerFromText(value))] : []),
    IsInt({ message: rule }),
    Min(min, { message: rule }),
    ...(limitedBy === undefined ? [Max(max, { message: rule })] : []),
  );
}

function integerFromText(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
}

export function FlagField(options: Common & { fromText?: boolean } = {}): PropertyDecorator {
  return field(
    options,
    { type: Boolean },
    ...(options.fromText === true
      ? [Transform(({ value }) => (value === 'true' ? true : value === 'false' ? false : (value as unknown)))]
      : []),
    IsBoolean({ message: 'must be true or false' }),
  );
}

/** One of a fixed list of words, in any case. */
export function ChoiceField<Word extends string>(
  words: readonly Word[],
  options: Common & { alias?: Readonly<Record<string, Word>> } = {},
): PropertyDecorator {
  return field(
    options,
    { type: String, enum: [...words, ...Object.keys(options.alias ?? {})] },
    Transform(({ value }) => choice(value, words, options.alias ?? {})),
    IsIn([...words], { message: `must be one of ${words.join(', ')}` }),
  );
}

function choice(value: unknown, words: readonly string[], alias: Readonly<Record<string, string>>): unknown {
  if (typeof value !== 'string') return value;
  const wanted = plainWord(value);
  return alias[wanted] ?? words.find((word) => plainWord(word) === wanted) ?? value;
}

/** A day means its beginning, and a time without an offset is one of UTC. */
const TIME = /^[1-9]\d{3}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-](0\d|1[0-4]):[0-5]\d)?)?$/;

const TIME_RULE = 'must be a time such as 2026-01-31T22:00:00Z, or a day';

export function TimeField(options: Common = {}): PropertyDecorator {
  return field(
    options,
    { type: String, format: 'date-time' },
    Matches(TIME, { message: TIME_RULE }),
    IsISO8601({ strict: true }, { message: TIME_RULE }),
  );
}

/** A day of the calendar, such as `2026-01-31`. */
export function DayField(options: Common = {}): PropertyDecorator {
  const message = 'must be a day such as 2026-01-31';
  return field(
    options,
    { type: String, format: 'date' },
    Matches(/^[1-9]\d{3}-\d\d-\d\d$/, { message }),
    IsISO8601({ strict: true }, { message }),
  );
}

export function ObjectField(options: Common = {}): PropertyDecorator {
  return field(options, { type: 'object', additionalProperties: true }, IsObject({ message: 'must be an object' }));
}

/**
 * An object whose fields of `model` are checked as that says, with the path in the message. It may hold anything else, which
 * the handler takes from the body as it came.
 */
export function OpenObjectField(model: new () => object, options: Common = {}): PropertyDecorator {
  return field(
    options,
    { type: model } as ApiPropertyOptions,
    Type(() => model),
    IsObject({ message: 'must be an object' }),
    ValidateNested(),
  );
}

interface DecimalRange {
  /** Smallest value allowed, as text. */
  readonly min?: string;
  readonly max?: string;
  /** The value must be greater than this. */
  readonly above?: string;
}

/** A JSON number or decimal text; becomes plain decimal text such as `0.001`. At most 18 digits on either side. */
export function DecimalField(options: Common & DecimalRange = {}): PropertyDecorator {
  return field(
    options,
    { oneOf: [{ type: 'number' }, { type: 'string' }] } as ApiPropertyOptions,
    Transform(({ value }) => decimalText(value)),
    decimalRule(options, false),
  );
}

export function DecimalListField(
  options: Common & DecimalRange & { minItems: number; maxItems: number },
): PropertyDecorator {
  return field(
    options,
    {
      type: 'array',
      items: { oneOf: [{ type: 'number' }, { type: 'string' }] },
      minItems: options.minItems,
      maxItems: options.maxItems,
    } as ApiPropertyOptions,
    Transform(({ value }) => (Array.isArray(value) ? value.map(decimalText) : (value as unknown))),
    IsArray({ message: 'must be a list' }),
    ArrayMinSize(options.minItems, { message: `must have at least ${options.minItems} items` }),
    ArrayMaxSize(options.maxItems, { message: `must have at most ${options.maxItems} items` }),
    decimalRule(options, true),
  );
}

export function TextListField(
  options: Common & { maxItems: number; pattern?: RegExp; rule?: string; upper?: boolean },
): PropertyDecorator {
  const { pattern } = options;
  return field(
    options,
    { type: 'array', items: { type: 'string' }, maxItems: options.maxItems } as ApiPropertyOptions,
    Transform(({ value }) =>
      Array.isArray(value) ? value.map((item: unknown) => trimmed(item, options.upper === true)) : (value as unknown),
    ),
    IsArray({ message: 'must be a list' }),
    ArrayMaxSize(options.maxItems, { message: `must have at most ${options.maxItems} items` }),
    IsString({ each: true, message: 'must be a list of texts' }),
    ...(pattern === undefined
      ? []
      : [Matches(pattern, { each: true, message: options.rule ?? 'has a malformed item' })]),
  );
}

/** Whole numbers, each within the range. */
export function IntegerListField(options: Common & { min: number; max: number; maxItems: number }): PropertyDecorator {
  const { min, max, maxItems } = options;
  const rule = `must hold only whole numbers between ${min} and ${max}`;
  return field(
    options,
    { type: 'array', items: { type: 'integer', minimum: min, maximum: max }, maxItems } as ApiPropertyOptions,
    IsArray({ message: 'must be a list' }),
    ArrayMaxSize(maxItems, { message: `must have at most ${maxItems} items` }),
    IsInt({ each: true, message: rule }),
    Min(min, { each: true, message: rule }),
    Max(max, { each: true, message: rule }),
  );
}

const DECIMAL = /^-?\d{1,18}(\.\d{1,18})?$/;

/** The exact plain form of a JSON number or decimal text; anything else is passed on for the rule to refuse. */
function decimalText(value: unknown): unknown {
  if (typeof value === 'number' && Number.isFinite(value)) return new Big(String(value)).toFixed();
  if (typeof value === 'string' && /^[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})(e[+-]?\d{1,2})?$/i.test(value.trim())) {
    return new Big(value.trim().replace(/^\+/, '').replace(/\.$/, '').replace(/\.e/i, 'e')).toFixed();
  }
  return value;
}

function decimalRule(range: DecimalRange, each: boolean): PropertyDecorator {
  const parts = ['must be a decimal number'];
  if (range.above !== undefined) parts.push(`above ${range.above}`);
  if (range.min !== undefined) parts.push(`at least ${range.min}`);
  if (range.max !== undefined) parts.push(`at most ${range.max}`);
  const message = parts.length === 1 ? parts.join('') : `${parts[0]} ${parts.slice(1).join(' and ')}`;
  return (target, property) => {
    registerDecorator({
      name: 'isDecimal',
      target: target.constructor,
      propertyName: String(property),
      options: {
        each,
        message: each ? `must hold only decimal numbers ${parts.slice(1).join(' and ')}`.trim() : message,
      },
      validator: { validate: (value: unknown) => isWithin(value, range) },
    });
  };
}

function isWithin(value: unknown, range: DecimalRange): boolean {
  if (typeof value !== 'string' || !DECIMAL.test(value)) return false;
  const number = new Big(value);
  if (range.above !== undefined && number.lte(range.above)) return false;
  if (range.min !== undefined && number.lt(range.min)) return false;
  return range.max === undefined || number.lte(range.max);
}
