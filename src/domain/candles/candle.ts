/**
 * A candle: what was traded in a stretch of time, by its opening time; and candles by column.
 * Keeps: prices here are doubles, for charts, statistics and rules; what is booked or ordered is decided in decimals.
 */
import type { Bar } from '../indicators/core/columns.js';

export interface Candle extends Bar {
  /** When it opens, ms since 1970, UTC. */
  readonly time: number;
}

/** Ascending by time, all of one length. */
export interface CandleColumns {
  readonly time: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
}

export const COLUMN_NAMES = ['time', 'open', 'high', 'low', 'close', 'volume'] as const;

export function columnsOf(candles: readonly Candle[]): CandleColumns {
  const column = (name: (typeof COLUMN_NAMES)[number]) => Float64Array.from(candles, (candle) => candle[name]);
  return {
    time: column('time'),
    open: column('open'),
    high: column('high'),
    low: column('low'),
    close: column('close'),
    volume: column('volume'),
  };
}

export function candleAt(columns: CandleColumns, index: number): Candle {
  return {
    time: columns.time[index] as number,
    open: columns.open[index] as number,
    high: columns.high[index] as number,
    low: columns.low[index] as number,
    close: columns.close[index] as number,
    volume: columns.volume[index] as number,
  };
}

export function candlesOf(columns: CandleColumns): Candle[] {
  return Array.from(columns.time, (_, index) => candleAt(columns, index));
}

/** What is wrong with a candle by itself; undefined where nothing is. */
export function faultOf({ time, open, high, low, close, volume }: Candle): string | undefined {
  if (!Number.isSafeInteger(time)) return 'its time is not a whole number of milliseconds';
  if (!(low > 0 && high < Infinity)) return 'it has a price that is not above zero';
  if (!(low <= open && low <= close && high >= open && high >= close))
    return 'its open or close is outside low and high';
  return volume >= 0 && volume < Infinity ? undefined : 'its volume is not a number from 0 on';
}
