/**
 * Longer candles out of shorter ones, one at a time as they close.
 * Keeps: a longer candle is handed out once, when its stretch of time is over: with the shorter candle that ends it, or with
 * the first that is later. One whose beginning was not seen is marked as partial; silence inside is no reason to be.
 */
import { candleAt, type Candle, type CandleColumns, columnsOf } from './candle.js';
import { isMadeOf, type Timeframe } from './timeframe.js';

export interface LongCandle extends Candle {
  /** Its first candle was not seen, or its last not yet. */
  readonly isPartial: boolean;
}

export class Resampler {
  readonly #from: Timeframe;
  readonly #to: Timeframe;
  #open: LongCandle | undefined;
  #last = -Infinity;

  /** @throws RangeError where the longer is not made of whole candles of the shorter. */
  constructor(from: Timeframe, to: Timeframe) {
    if (!isMadeOf(to, from)) throw new RangeError(`candles of ${from.code} cannot be made into candles of ${to.code}`);
    this.#from = from;
    this.#to = to;
  }

  /** The candle that is not over yet, as far as it is known; always partial. */
  get open(): LongCandle | undefined {
    return this.#open === undefined ? undefined : { ...this.#open, isPartial: true };
  }

  /**
   * Takes a shorter candle that has closed; the answer holds the longer ones that are over with it: none, one or two.
   * @throws RangeError for one that is not later than the last.
   */
  take(candle: Candle): LongCandle[] {
    if (!(candle.time > this.#last)) throw new RangeError('a candle is not later than the one before');
    const over: LongCandle[] = [];
    const start = this.#to.startOf(candle.time);
    if (this.#open !== undefined && this.#open.time !== start) over.push(this.#open);
    const isPartial = this.#isPartial(candle.time, start);
    this.#open = this.#open?.time === start ? joined(this.#open, candle) : { ...candle, time: start, isPartial };
    this.#last = candle.time;
    if (this.#from.endOf(candle.time) < this.#to.endOf(start)) return over;
    over.push(this.#open);
    this.#open = undefined;
    return over;
  }

  /** The very first candle of all may have begun in the middle of a longer one. */
  #isPartial(time: number, start: number): boolean {
    return this.#last === -Infinity && time !== start;
  }
}

function joined(long: LongCandle, { high, low, close, volume }: Candle): LongCandle {
  return {
    ...long,
    high: Math.max(long.high, high),
    low: Math.min(long.low, low),
    close,
    volume: long.volume + volume,
  };
}

/** Longer candles of whole columns; `partial` is 1 for a first or last that is not whole. */
export function resampled(
  columns: CandleColumns,
  from: Timeframe,
  to: Timeframe,
): CandleColumns & { readonly partial: Uint8Array } {
  const resampler = new Resampler(from, to);
  const candles: LongCandle[] = [];
  for (let index = 0; index < columns.time.length; index += 1)
    candles.push(...resampler.take(candleAt(columns, index)));
  if (resampler.open !== undefined) candles.push(resampler.open);
  return { ...columnsOf(candles), partial: Uint8Array.from(candles, ({ isPartial }) => (isPartial ? 1 : 0)) };
}
