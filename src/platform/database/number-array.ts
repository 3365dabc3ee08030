/**
 * The text of a PostgreSQL array of numbers, as a parameter. Keeps: nothing in it needs quotes, so none are looked for;
 * the driver's own conversion does that for every element, which on long columns takes longer than the rest of the call.
 */
import type { Decimal } from '../../domain/money/decimal.js';

export function numberArray(values: readonly (Decimal | number | null | undefined)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`;
}
