/**
 * Makes an example of a whole answer out of the examples of its parts.
 * Keeps: a part without example, enumeration or obvious value is a mistake of the documentation and throws.
 */
import type { Schema } from './shape.js';

const OBVIOUS: Readonly<Record<string, unknown>> = {
  boolean: true,
  'date-time': '2026-01-31T12:00:00.000Z',
  date: '2026-01-31',
};

/** `name` says where the schema stands, for the message. */
export function exampleFrom(schema: Schema, schemas: Readonly<Record<string, Schema>>, name: string): unknown {
  if (schema.example !== undefined) return schema.example;
  if (schema.$ref !== undefined) {
    const key = schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1);
    return exampleFrom(schemas[key] ?? {}, schemas, `${name}: ${key}`);
  }
  if (schema.allOf !== undefined) {
    return Object.assign({}, ...schema.allOf.map((part) => exampleFrom(part, schemas, name))) as unknown;
  }
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.type === 'array') return [exampleFrom(schema.items ?? {}, schemas, `${name}[]`)];
  if (schema.properties !== undefined) {
    const parts = Object.entries(schema.properties);
    return Object.fromEntries(parts.map(([key, part]) => [key, exampleFrom(part, schemas, `${name}.${key}`)]));
  }
  const obvious = OBVIOUS[schema.format ?? schema.type ?? ''];
  if (obvious !== undefined) return obvious;
  if (schema.nullable === true) return null;
  throw new Error(`${name} has no example`);
}
