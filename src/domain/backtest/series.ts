/**
 * The candles of a run: columns that are checked once, and parts of them.
 * Keeps: what passes `requireCandles` ascends, has no hole in a column and no price that is not above zero; parts share the
 * memory of the whole.
 */
import type { CandleColumns } from '../strategy/candle-view.js';

export interface CandleSeries {
  readonly symbol: string;
  readonly intervalMs: number;
  readonly candles: CandleColumns;
  /** Shorter candles of the same symbol: they tell in which order prices came inside a candle. */
  readonly fine?: { readonly intervalMs: number; readonly candles: CandleColumns } | undefined;
}

const COLUMNS = ['time', 'open', 'high', 'low', 'close', 'volume'] as const;

/** @throws RangeError for the first candle that is none. */
export function requireCandles(candles: CandleColumns): void {
  const { time, open, high, low, close, volume } = candles;
  for (const name of COLUMNS) {
    if (candles[name].length !== time.length) throw new RangeError(`the column ${name} has another length`);
  }
  for (let index = 0; index < time.length; index += 1) {
    const [o, h, l, c] = [open[index], high[index], low[index], close[index]] as [number, number, number, number];
    if (index > 0 && !((time[index] as number) > (time[index - 1] as number)))
      fail(index, 'is not later than the one before');
    if (!(l > 0 && h < Infinity)) fail(index, 'has a price that is not above zero');
    if (!(l <= o && l <= c && h >= o && h >= c)) fail(index, 'has an open or close outside its low and high');
    if (!((volume[index] as number) >= 0)) fail(index, 'has a negative volume');
  }
}

function fail(index: number, what: string): never {
  throw new RangeError(`candle ${index + 1} ${what}`);
}

/** The commonest step between candles; undefined for fewer than two. */
export function intervalOf({ time }: CandleColumns): number | undefined {
  const counts = new Map<number, number>();
  for (let index = 1; index < time.length; index += 1) {
    const step = (time[index] as number) - (time[index - 1] as number);
    counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  let best: number | undefined;
  for (const [step, count] of counts) if (best === undefined || count > (counts.get(best) as number)) best = step;
  return best;
}

/** Candles from index `from` up to, without, `to`. */
export function partOf(candles: CandleColumns, from: number, to: number): CandleColumns {
  const { time, open, high, low, close, volume } = candles;
  return {
    time: time.subarray(from, to),
    open: open.subarray(from, to),
    high: high.subarray(from, to),
    low: low.subarray(from, to),
    close: close.subarray(from, to),
    volume: volume.subarray(from, to),
  };
}

/** Index of the first candle that opens at `time` or later. */
export function indexAt({ time }: CandleColumns, at: number): number {
  let [low, high] = [0, time.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((time[middle] as number) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Columns of rows `[time, open, high, low, close, volume]`. */
export function columnsOf(rows: readonly (readonly [number, number, number, number, number, number])[]): CandleColumns {
  const column = (at: number) => Float64Array.from(rows, (row) => row[at] as number);
  return { time: column(0), open: column(1), high: column(2), low: column(3), close: column(4), volume: column(5) };
}
