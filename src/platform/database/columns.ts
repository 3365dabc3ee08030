/**
 * Column decorators in the product's words, so that every entity spells ids, money and times alike.
 * Keeps: money is `numeric` and text in TypeScript; times are `timestamptz`; codes are text, never database enums.
 */
import { Column, type ColumnOptions, PrimaryGeneratedColumn } from 'typeorm';

/** `bigint generated always as identity`, a number in TypeScript. */
export function IdColumn(): PropertyDecorator {
  return PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' });
}

/** A bigint that points at another row. */
export function RefColumn(options: ColumnOptions = {}): PropertyDecorator {
  return Column({ type: 'bigint', ...options });
}

/** Exact decimal of any precision, as text. */
export function MoneyColumn(options: ColumnOptions = {}): PropertyDecorator {
  return Column({ type: 'numeric', ...options });
}

export function TextColumn(options: ColumnOptions = {}): PropertyDecorator {
  return Column({ type: 'text', ...options });
}

export function TimeColumn(options: ColumnOptions = {}): PropertyDecorator {
  return Column({ type: 'timestamptz', precision: 3, ...options });
}

/** Times with gaps: null where nothing happened yet. Without a precision, which TypeORM cannot compare on arrays. */
export function TimeArrayColumn(): PropertyDecorator {
  return Column({ type: 'timestamptz', array: true });
}

export function FlagColumn(fallback: boolean): PropertyDecorator {
  return Column('boolean', { default: fallback });
}

export function IntegerColumn(options: ColumnOptions = {}): PropertyDecorator {
  return Column({ type: 'integer', ...options });
}

export function JsonColumn(options: ColumnOptions = {}): PropertyDecorator {
  return Column({ type: 'jsonb', ...options });
}

export function oneOf(column: string, values: readonly string[]): string {
  return `${column} IN (${values.map((value) => `'${value}'`).join(', ')})`;
}
