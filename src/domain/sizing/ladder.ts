/**
 * Splitting a quantity over a take-profit ladder (or an amount over an entry ladder).
 * Keeps: every rung is a multiple of the lot step and the rungs sum to the quantity exactly, in every mode; the last
 * takes what rounding leaves; a rung below its minimum is merged into the next one, the last into the one before it.
 */
import { Decimal } from '../money/decimal.js';

export const SPLIT_MODES = [
  'EVEN',
  'SHARES',
  'ONE_TARGET',
  'EXPONENTIAL',
  'INCREASING',
  'DECREASING',
  'FIRST_HEAVY',
  'LAST_HEAVY',
] as const;
export type SplitMode = (typeof SPLIT_MODES)[number];

/** Weight of the favoured end in `FIRST_HEAVY` and `LAST_HEAVY`: as much as all other rungs together. */
const heavyWeight = (rungs: number): number => Math.max(1, rungs - 1);

/** A percentage with up to two places as a whole number. */
const SHARE_UNIT = Decimal.HUNDRED;

/**
 * The weights of `rungs` targets. `EXPONENTIAL` doubles from rung to rung; `INCREASING` is 1, 2, 3 …, `DECREASING` its
 * mirror; `ONE_TARGET` gives all to the first; `FIRST_HEAVY` and `LAST_HEAVY` give one end half. `shares` (percent, two
 * places) are for `SHARES` only. Weights may be 0 but their sum is above 0. `rungs` 1..20.
 */
export function weightsOf(mode: SplitMode, rungs: number, shares: readonly Decimal[] = []): number[] {
  const each = (weight: (index: number) => number) => Array.from({ length: rungs }, (_, index) => weight(index));
  switch (mode) {
    case 'EVEN':
      return each(() => 1);
    case 'SHARES':
      return each((index) =>
        Number.parseInt((shares[index] ?? Decimal.ZERO).times(SHARE_UNIT).rounded(0, 'half_even').toString(), 10),
      );
    case 'ONE_TARGET':
      return each((index) => (index === 0 ? 1 : 0));
    case 'EXPONENTIAL':
      return each((index) => 2 ** index);
    case 'INCREASING':
      return each((index) => index + 1);
    case 'DECREASING':
      return each((index) => rungs - index);
    case 'FIRST_HEAVY':
      return each((index) => (index === 0 ? heavyWeight(rungs) : 1));
    case 'LAST_HEAVY':
      return each((index) => (index === rungs - 1 ? heavyWeight(rungs) : 1));
  }
}

/**
 * `lots` lot steps split by `weights`. A rung gets its share rounded down, the last one with a weight gets the rest.
 * `minLots` gives each rung's smallest size; 0 weights stay 0. `lots` >= 0, at least one weight above 0.
 */
export function splitLots(lots: bigint, weights: readonly number[], minLots: readonly bigint[] = []): bigint[] {
  const total = weights.reduce((sum, weight) => sum + BigInt(weight), 0n);
  if (total <= 0n) throw new RangeError('a ladder needs a weight above zero');
  const rungs = weights.map((weight) => (lots * BigInt(weight)) / total);
  const last = weights.findLastIndex((weight) => weight > 0);
  rungs[last] = (rungs[last] as bigint) + lots - rungs.reduce((sum, rung) => sum + rung, 0n);
  return mergeSmall(rungs, last, minLots);
}

function mergeSmall(rungs: bigint[], last: number, minLots: readonly bigint[]): bigint[] {
  let carried = 0n;
  for (let index = 0; index <= last; index += 1) {
    const size = (rungs[index] as bigint) + carried;
    const isTooSmall = index < last && size < (minLots[index] ?? 1n);
    rungs[index] = isTooSmall ? 0n : size;
    carried = isTooSmall ? size : 0n;
  }
  return mergeTail(rungs, last, minLots);
}

/** The last rung may be the one that is too small: it goes to the nearest one before it. */
function mergeTail(rungs: bigint[], last: number, minLots: readonly bigint[]): bigint[] {
  const tail = rungs[last] as bigint;
  if (tail === 0n || tail >= (minLots[last] ?? 1n)) return rungs;
  for (let index = last - 1; index >= 0; index -= 1) {
    const rung = rungs[index] as bigint;
    if (rung === 0n) continue;
    rungs[index] = 0n;
    rungs[last] = tail + rung;
    break;
  }
  return rungs;
}

/** How many lots an order at `price` needs at least. */
export function minLotsAt(
  price: Decimal,
  rules: { readonly lotStep: string; readonly minQty: string; readonly minNotional: string },
): bigint {
  const step = Decimal.of(rules.lotStep);
  const byQty = Decimal.of(rules.minQty).dividedBy(step, 0, 'ceil');
  const byNotional = Decimal.of(rules.minNotional).dividedBy(step.times(price), 0, 'ceil');
  return Decimal.max(Decimal.max(byQty, byNotional), Decimal.ONE).wholeTimes(Decimal.ONE);
}

export function lotsToQty(lots: bigint, lotStep: Decimal): Decimal {
  return Decimal.ofInteger(lots).times(lotStep);
}
