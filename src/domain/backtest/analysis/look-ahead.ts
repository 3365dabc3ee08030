/**
 * Catches a strategy that looks ahead: what it decided on a candle must be the same whatever comes after that candle.
 * Keeps: two questions at each of several places: is it decided the same where the candles end there, and where other candles
 * follow (shuffled and distorted)? The first answers for data that ends, the second for results of the whole. Seeded.
 * What a strategy carries in itself, such as a model that was trained on these very candles, cannot be seen this way.
 */
import { SeededRandom } from '../../random/seeded-random.js';
import type { CandleColumns } from '../../strategy/candle-view.js';
import { closedCandlesOf } from '../../strategy/run-views.js';
import type { SettingValues } from '../../strategy/settings.js';
import type { Strategy } from '../../strategy/strategy.js';
import { columnsOf, partOf } from '../series.js';

export interface LookAheadQuestion {
  /** Made anew for each series, so that one that prepares itself from all candles is seen to do so. */
  readonly make: (candles: CandleColumns) => Strategy;
  readonly settings: SettingValues;
  readonly symbol: string;
  readonly intervalMs: number;
  readonly candles: CandleColumns;
  /** Places that are looked at. */
  readonly places: number;
  readonly seed: number;
}

export interface LookAheadFinding {
  readonly strategy: string;
  /** `END`: decided otherwise where the candles ended after it; `FUTURE`: where others followed. */
  readonly kind: 'END' | 'FUTURE';
  /** Of the candle whose decision depends on later ones: its number from 0, and when it opened. */
  readonly candle: number;
  readonly at: string;
  /** The number of the first candle that it must not have known. */
  readonly from: number;
  readonly decided: string;
  readonly instead: string;
}

export interface LookAheadReport {
  readonly strategy: string;
  readonly places: number;
  readonly decisions: number;
  readonly findings: readonly LookAheadFinding[];
}

export function detectLookAhead(question: LookAheadQuestion): LookAheadReport {
  const { candles, places, seed, make } = question;
  const count = candles.time.length;
  const chance = new SeededRandom(seed);
  const whole = decisionsOf(question, candles, count);
  const findings: LookAheadFinding[] = [];
  for (let place = 0; place < places && count > 2; place += 1) {
    const from = 1 + Math.floor(((place + chance.next()) / places) * (count - 1));
    const ended = decisionsOf(question, partOf(candles, 0, from), from);
    const altered = decisionsOf(question, withOtherFuture(candles, from, chance), from);
    for (const [kind, other] of [
      ['END', ended],
      ['FUTURE', altered],
    ] as const) {
      const finding = firstDifference(whole, other, from);
      if (finding === undefined) continue;
      const at = new Date(candles.time[finding.candle] as number).toISOString();
      findings.push({ strategy: make(candles).code, kind, from, at, ...finding });
    }
  }
  return { strategy: make(candles).code, places, decisions: whole.length, findings };
}

function firstDifference(whole: readonly string[], other: readonly string[], to: number) {
  for (let candle = 0; candle < to; candle += 1) {
    if (whole[candle] === other[candle]) continue;
    return { candle, decided: whole[candle] as string, instead: other[candle] as string };
  }
  return undefined;
}

/** What the strategy decides on each of the first `count` candles, as text. */
function decisionsOf(question: LookAheadQuestion, candles: CandleColumns, count: number): string[] {
  const { make, settings, symbol, intervalMs } = question;
  const strategy = make(candles);
  const view = closedCandlesOf({ symbol, intervalMs, candles }, strategy, settings);
  const state = strategy.begin(settings, symbol);
  const decided: string[] = [];
  for (let index = 0; index < count; index += 1) {
    view.showTo(index + 1);
    const { why, intents } = strategy.decide(view, state, (candles.time[index] as number) + intervalMs);
    decided.push(intents.length === 0 ? why : `${why} ${JSON.stringify(intents)}`);
  }
  return decided;
}

/** The candles up to `from`, then the rest in another order, each turned round and stretched. */
function withOtherFuture(candles: CandleColumns, from: number, chance: SeededRandom): CandleColumns {
  const { time, open, high, low, close, volume } = candles;
  const order = Array.from({ length: time.length - from }, (_, index) => from + index);
  for (let index = order.length - 1; index > 0; index -= 1) {
    const other = Math.floor(chance.next() * (index + 1));
    [order[index], order[other]] = [order[other] as number, order[index] as number];
  }
  const at = (column: Float64Array, index: number) => column[index] as number;
  const rows = Array.from(time, (ms, index) => {
    if (index < from) {
      return [ms, at(open, index), at(high, index), at(low, index), at(close, index), at(volume, index)] as const;
    }
    const source = order[index - from] as number;
    const stretch = 0.5 + chance.next();
    const [o, c] = [at(close, source) * stretch, at(open, source) * stretch];
    const top = Math.max(at(high, source) * stretch, o, c);
    return [ms, o, top, Math.min(at(low, source) * stretch, o, c), c, at(volume, source) * (2 - stretch)] as const;
  });
  return columnsOf(rows);
}
