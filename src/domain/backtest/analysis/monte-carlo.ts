/**
 * What else the same trades could have come to: in other orders, and drawn anew.
 * Keeps: seeded, so the same question has the same answer; trades keep their results in USDT. In another order the sum stays
 * and the drawdown differs; drawn with replacement (bootstrap: B. Efron, Annals of Statistics 7, 1979) both differ.
 * Percentiles are nearest-rank.
 */
import { SeededRandom } from '../../random/seeded-random.js';

export const PERCENTILES = [5, 25, 50, 75, 95] as const;

export type Percentiles = Readonly<Record<`p${(typeof PERCENTILES)[number]}`, number>>;

export interface MonteCarlo {
  readonly runs: number;
  readonly seed: number;
  readonly trades: number;
  /** Percent of the highest equity before; the trades in other orders. */
  readonly drawdownOfOrders: Percentiles;
  /** The trades drawn with replacement. */
  readonly drawdownOfDraws: Percentiles;
  /** USDT, of the trades drawn with replacement. */
  readonly resultOfDraws: Percentiles;
  /** Percent of the draws that end with a loss, and of those that lose everything on their way. */
  readonly losingPercent: number;
  readonly ruinPercent: number;
}

/** `results`: what each trade won, in USDT. Undefined without trades. */
export function monteCarlo(
  results: readonly number[],
  initial: number,
  { runs, seed }: { readonly runs: number; readonly seed: number },
): MonteCarlo | undefined {
  if (results.length === 0 || runs < 1) return undefined;
  const chance = new SeededRandom(seed);
  const [orders, draws, sums] = [new Float64Array(runs), new Float64Array(runs), new Float64Array(runs)];
  const trades = Float64Array.from(results);
  const drawn = new Float64Array(results.length);
  let [losing, ruined] = [0, 0];
  for (let run = 0; run < runs; run += 1) {
    shuffle(trades, chance);
    orders[run] = pathOf(trades, initial).drawdownPercent;
    for (let index = 0; index < drawn.length; index += 1) {
      drawn[index] = results[Math.floor(chance.next() * results.length)] as number;
    }
    const path = pathOf(drawn, initial);
    draws[run] = path.drawdownPercent;
    sums[run] = path.sum;
    if (path.sum < 0) losing += 1;
    if (path.isRuined) ruined += 1;
  }
  return {
    runs,
    seed,
    trades: results.length,
    drawdownOfOrders: percentilesOf(orders),
    drawdownOfDraws: percentilesOf(draws),
    resultOfDraws: percentilesOf(sums),
    losingPercent: (losing / runs) * 100,
    ruinPercent: (ruined / runs) * 100,
  };
}

/** R. A. Fisher and F. Yates (1938), in the form of R. Durstenfeld. */
function shuffle(values: Float64Array, chance: SeededRandom): void {
  for (let index = values.length - 1; index > 0; index -= 1) {
    const other = Math.floor(chance.next() * (index + 1));
    const kept = values[index] as number;
    values[index] = values[other] as number;
    values[other] = kept;
  }
}

function pathOf(results: Float64Array, initial: number) {
  let [equity, peak, drawdownPercent, sum] = [initial, initial, 0, 0];
  let isRuined = initial <= 0;
  for (const result of results) {
    sum += result;
    equity = initial + sum;
    if (equity <= 0) isRuined = true;
    if (equity > peak) peak = equity;
    else if (peak > 0) drawdownPercent = Math.max(drawdownPercent, Math.min(100, ((peak - equity) / peak) * 100));
  }
  return { drawdownPercent, sum, isRuined };
}

export function percentilesOf(values: Float64Array): Percentiles {
  const sorted = values.toSorted();
  const rank = (percent: number) => sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] as number;
  return { p5: rank(5), p25: rank(25), p50: rank(50), p75: rank(75), p95: rank(95) };
}
