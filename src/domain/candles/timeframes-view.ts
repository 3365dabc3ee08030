/**
 * Several timeframes of one symbol, fed with the candles of the shortest.
 * Keeps: a candle is seen only when it has closed: with the shortest candle that ends it, never before. What is seen at a
 * moment does not change later. Memory is the last `kept` candles of each timeframe.
 */
import type { Candle } from './candle.js';
import { Resampler } from './resample.js';
import { type Timeframe, timeframe, type TimeframeCode } from './timeframe.js';

interface Row {
  readonly timeframe: Timeframe;
  readonly resampler: Resampler | undefined;
  readonly candles: Candle[];
}

export class TimeframesView {
  readonly #base: Timeframe;
  readonly #rows = new Map<TimeframeCode, Row>();
  readonly #kept: number;
  #now = -Infinity;

  /** @throws RangeError where one is not made of whole candles of the first. */
  constructor(base: TimeframeCode, others: readonly TimeframeCode[], kept: number) {
    this.#base = timeframe(base);
    this.#kept = kept;
    for (const code of new Set([base, ...others])) {
      const longer = timeframe(code);
      const resampler = code === base ? undefined : new Resampler(this.#base, longer);
      this.#rows.set(code, { timeframe: longer, resampler, candles: [] });
    }
  }

  /** When the newest of the shortest candles closed, which is what is known up to; -Infinity before the first. */
  get now(): number {
    return this.#now;
  }

  /** Takes a closed candle of the shortest timeframe; the answer names the timeframes that have a new one. */
  take(candle: Candle): TimeframeCode[] {
    this.#now = this.#base.endOf(candle.time);
    return [...this.#rows].flatMap(([code, { resampler, candles }]) => {
      // A candle whose beginning was not seen is no candle of its timeframe.
      const closed = resampler === undefined ? [candle] : resampler.take(candle).filter(({ isPartial }) => !isPartial);
      if (closed.length === 0) return [];
      candles.push(...closed);
      if (candles.length > this.#kept * 2) candles.splice(0, candles.length - this.#kept);
      return [code];
    });
  }

  /** A closed candle, counted back from the newest, which is 0; undefined where there is none, or no such timeframe. */
  candle(code: TimeframeCode, back = 0): Candle | undefined {
    const candles = this.#rows.get(code)?.candles ?? [];
    return back >= this.#kept ? undefined : candles[candles.length - 1 - back];
  }

  /** The closed candles that are kept, oldest first. */
  candles(code: TimeframeCode): readonly Candle[] {
    return (this.#rows.get(code)?.candles ?? []).slice(-this.#kept);
  }
}
