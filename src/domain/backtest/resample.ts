/**
 * Longer candles out of shorter ones, on the boundaries of UTC.
 * Keeps: a candle is made only where its whole stretch of time has passed in the shorter ones: a first that began in its
 * middle and a last that has not ended are left out; holes inside are no reason, a market may be silent.
 */
import type { CandleColumns } from '../strategy/candle-view.js';
import { columnsOf } from './series.js';

type Row = [time: number, open: number, high: number, low: number, close: number, volume: number];

/** @throws RangeError where `to` is no multiple of `from` (both in milliseconds). */
export function resampled(candles: CandleColumns, from: number, to: number): CandleColumns {
  if (!(from > 0) || to % from !== 0)
    throw new RangeError(`candles of ${from} ms cannot be made into candles of ${to} ms`);
  const { time, open, high, low, close, volume } = candles;
  const rows: Row[] = [];
  for (let index = 0; index < time.length; index += 1) {
    const start = Math.floor((time[index] as number) / to) * to;
    const at = (column: Float64Array) => column[index] as number;
    const last = rows.at(-1);
    if (last === undefined || last[0] !== start) {
      rows.push([start, at(open), at(high), at(low), at(close), at(volume)]);
      continue;
    }
    last[2] = Math.max(last[2], at(high));
    last[3] = Math.min(last[3], at(low));
    last[4] = at(close);
    last[5] += at(volume);
  }
  const isFirstWhole = rows[0]?.[0] === time[0];
  const end = (time.at(-1) ?? 0) + from;
  const isLastWhole = rows.length > 0 && end >= (rows.at(-1) as Row)[0] + to;
  return columnsOf(rows.slice(isFirstWhole ? 0 : 1, isLastWhole ? undefined : -1));
}
