/**
 * Money in the product's terms: rounding to steps, percentages, and the one conversion to JSON numbers.
 * Keeps: amounts of USDT that a division makes are rounded to 8 decimal places, in the direction its caller names.
 */
import { Decimal, type DecimalText, type Rounding } from './decimal.js';

/** Decimal places of a USDT amount that comes out of a division. */
export const MONEY_SCALE = 8;

/** The smallest USDT amount: less is nothing. */
export const MONEY_UNIT = Decimal.of('0.00000001');

/** The largest multiple of `step` that is not above `value`. Both above zero. */
export function floorToStep(value: Decimal, step: Decimal): Decimal {
  return Decimal.ofInteger(value.wholeTimes(step)).times(step);
}

/** The multiple of `step` nearest to `value`; halves go to the even multiple. */
export function roundToStep(value: Decimal, step: Decimal): Decimal {
  return value.dividedBy(step, 0, 'half_even').times(step);
}

export function isMultipleOf(value: Decimal, step: Decimal): boolean {
  return floorToStep(value, step).eq(value);
}

/** `percent` of `value`: 0.5 of 200 is 1. */
export function percentOf(value: Decimal, percent: Decimal): Decimal {
  return value.times(percent).times(Decimal.of('0.01'));
}

/** `part` as a percentage of `whole`; 0 when the whole is zero. */
export function asPercent(part: Decimal, whole: Decimal, scale = 4, rounding: Rounding = 'half_even'): Decimal {
  return whole.isZero ? Decimal.ZERO : part.times(Decimal.HUNDRED).dividedBy(whole, scale, rounding);
}

/**
 * The JSON number of a decimal, for the answers of the mobile contract only. The nearest double: exact to about 15
 * digits. Nothing is computed with the result.
 */
export function toJsonNumber(value: DecimalText | Decimal | null): number {
  return value === null ? 0 : Number(value.toString());
}
