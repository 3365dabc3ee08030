/**
 * Splitting a position over its take-profit ladder.
 * Keeps: every rung is a multiple of the lot step and the rungs sum to the quantity exactly; the last takes the rest.
 */
import { Decimal } from '../money/decimal.js';

/**
 * `lots` lot steps split evenly over `rungs` targets, the remainder on the last. With fewer lots than rungs the
 * nearer rungs get nothing and the last takes all, so that the position still has its end.
 * `rungs` >= 1; `lots` >= 0.
 */
export function splitEvenly(lots: bigint, rungs: number): bigint[] {
  const each = lots / BigInt(rungs);
  const ladder = new Array<bigint>(rungs).fill(each);
  ladder[rungs - 1] = lots - each * BigInt(rungs - 1);
  return ladder;
}

export function lotsToQty(lots: bigint, lotStep: Decimal): Decimal {
  return Decimal.ofInteger(lots).times(lotStep);
}
