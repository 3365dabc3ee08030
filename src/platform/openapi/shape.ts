/**
 * Shapes of answers, written as an example of them: the example gives the schema, so the two cannot disagree.
 * A class stands for its documented properties, `[x]` for a list of x; marks say what an example cannot.
 */
import { getSchemaPath } from '@nestjs/swagger';

export interface Schema {
  type?: string;
  format?: string;
  description?: string;
  example?: unknown;
  enum?: unknown[];
  nullable?: boolean;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  allOf?: Schema[];
  $ref?: string;
}

type ViewClass = abstract new (...args: never[]) => object;

class Mark {
  constructor(
    readonly shape: unknown,
    readonly change: Schema = {},
    readonly isOptional = false,
  ) {}
}

/** May be null. */
export const orNull = (shape: unknown): unknown => new Mark(shape, { nullable: true });

/** May be absent. */
export const optional = (shape: unknown): unknown => new Mark(shape, {}, true);

/** A number with a fraction, whatever the example looks like. */
export const decimal = (example: number): unknown => new Mark(example, { type: 'number' });

export const oneOf = (...words: readonly [string, ...string[]]): unknown => new Mark(words[0], { enum: [...words] });

/** An object whose keys are not fixed. */
export const free = (example: Readonly<Record<string, unknown>>): unknown =>
  new Mark({}, { properties: undefined, required: undefined, additionalProperties: true, example });

class With {
  constructor(
    readonly base: ViewClass,
    readonly more: Readonly<Record<string, unknown>>,
  ) {}
}

/** The properties of a class, and more. */
export const plus = (base: ViewClass, more: Readonly<Record<string, unknown>>): unknown => new With(base, more);

const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

export function schemaOf(shape: unknown): Schema {
  if (shape instanceof Mark) return marked(shape);
  if (shape instanceof With) return { allOf: [schemaOf(shape.base), schemaOf(shape.more)] };
  if (typeof shape === 'function') return { $ref: getSchemaPath(shape) };
  if (Array.isArray(shape)) return { type: 'array', items: schemaOf(shape[0]) };
  switch (typeof shape) {
    case 'string':
      return { type: 'string', ...(TIME.test(shape) ? { format: 'date-time' } : {}), example: shape };
    case 'number':
      return { type: Number.isInteger(shape) ? 'integer' : 'number', example: shape };
    case 'boolean':
      return { type: 'boolean', example: shape };
    case 'object':
      return objectOf((shape ?? {}) as Record<string, unknown>);
    default:
      throw new TypeError(`There is no schema of ${typeof shape}`);
  }
}

function marked({ shape, change }: Mark): Schema {
  const inner = schemaOf(shape);
  if (inner.$ref !== undefined) return change.nullable === true ? { allOf: [inner], ...change } : inner;
  const schema = { ...inner, ...change };
  return Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== undefined));
}

function objectOf(shape: Readonly<Record<string, unknown>>): Schema {
  const entries = Object.entries(shape);
  const required = entries.filter(([, value]) => !(value instanceof Mark && value.isOptional)).map(([key]) => key);
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([key, value]) => [key, schemaOf(value)])),
    ...(required.length > 0 ? { required } : {}),
  };
}

/** The classes that a shape refers to. */
export function classesIn(shape: unknown): ViewClass[] {
  if (shape instanceof Mark) return classesIn(shape.shape);
  if (shape instanceof With) return [shape.base, ...classesIn(shape.more)];
  if (typeof shape === 'function') return [shape as ViewClass];
  if (Array.isArray(shape)) return shape.flatMap(classesIn);
  return typeof shape === 'object' && shape !== null ? Object.values(shape).flatMap(classesIn) : [];
}
