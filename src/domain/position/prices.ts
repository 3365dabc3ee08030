/**
 * Comparing prices from a position's point of view, so that a rule is written once for longs and shorts.
 * Keeps: "better" is the direction of profit. Rounding to ticks says which side it favours.
 */
import type { Side } from '../instrument/side.js';
import { Decimal } from '../money/decimal.js';
import { percentOf } from '../money/money.js';

/** `price` is at `level` or beyond it in the direction of profit. */
export function hasReached(side: Side, price: Decimal, level: Decimal): boolean {
  return side === 'LONG' ? price.gte(level) : price.lte(level);
}

/** `price` is at `level` or beyond it in the direction of loss. */
export function hasFallenTo(side: Side, price: Decimal, level: Decimal): boolean {
  return side === 'LONG' ? price.lte(level) : price.gte(level);
}

/** The one that lies further toward profit. */
export function better(side: Side, a: Decimal, b: Decimal): Decimal {
  return side === 'LONG' ? Decimal.max(a, b) : Decimal.min(a, b);
}

/** `percent` from `price` toward profit (toward loss when negative). */
export function moved(side: Side, price: Decimal, percent: Decimal): Decimal {
  const distance = percentOf(price, percent);
  return side === 'LONG' ? price.plus(distance) : price.minus(distance);
}

/** Rounded to the tick that lies toward profit, or exactly `price` when it is a multiple. */
export function tickTowardProfit(side: Side, price: Decimal, tickSize: Decimal): Decimal {
  return price.dividedBy(tickSize, 0, side === 'LONG' ? 'ceil' : 'floor').times(tickSize);
}

/** Rounded to the tick that lies toward loss. */
export function tickTowardLoss(side: Side, price: Decimal, tickSize: Decimal): Decimal {
  return price.dividedBy(tickSize, 0, side === 'LONG' ? 'floor' : 'ceil').times(tickSize);
}
