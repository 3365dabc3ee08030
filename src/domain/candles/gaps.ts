/**
 * Places where candles are missing, and what is put there.
 * Keeps: a short silence is filled with candles that stand still at the close before, without volume, and are marked; a long
 * one is not bridged: a single empty candle (NaN) stands there, at which every indicator begins anew. What was there stays.
 */
import { COLUMN_NAMES, type CandleColumns } from './candle.js';
import type { Timeframe } from './timeframe.js';

export interface Gap {
  /** Opening times of the first and the last candle that is missing. */
  readonly from: number;
  readonly to: number;
  readonly missing: number;
}

/** Where candles are missing between the first and the last. @throws RangeError where a time does not begin a candle. */
export function gapsIn({ time }: CandleColumns, timeframe: Timeframe): Gap[] {
  const gaps: Gap[] = [];
  for (let index = 0; index < time.length; index += 1) {
    requireStart(time, index, timeframe);
    if (index === 0) continue;
    const from = timeframe.endOf(time[index - 1] as number);
    const next = time[index] as number;
    if (from < next) gaps.push({ from, to: timeframe.startOf(next - 1), missing: countBetween(from, next, timeframe) });
  }
  return gaps;
}

export interface Filled extends CandleColumns {
  /** 1 for a candle that was put there, 0 for one that was traded. */
  readonly filled: Uint8Array;
}

/**
 * Candles without gaps of up to `most` candles; a longer one is one candle of NaN at the first missing time.
 * @throws RangeError where a time does not begin a candle, or does not ascend.
 */
export function withoutGaps(columns: CandleColumns, timeframe: Timeframe, most: number): Filled {
  const gaps = gapsIn(columns, timeframe);
  const added = gaps.reduce((total, { missing }) => total + (missing <= most ? missing : 1), 0);
  const { length } = columns.time;
  const result = emptyColumns(length + added);
  let read = 0;
  let write = 0;
  for (const gap of [...gaps, undefined]) {
    const end = gap === undefined ? length : indexOf(columns.time, gap.from, read);
    for (const name of COLUMN_NAMES) result[name].set(columns[name].subarray(read, end), write);
    write += end - read;
    read = end;
    if (gap !== undefined) write = fill(result, write, gap, timeframe, most);
  }
  return result;
}

function fill(target: Filled, at: number, gap: Gap, timeframe: Timeframe, most: number): number {
  const isBridged = gap.missing <= most;
  const close = isBridged ? (target.close[at - 1] as number) : NaN;
  let index = at;
  for (let time = gap.from; time <= gap.to; time = timeframe.endOf(time)) {
    target.time[index] = time;
    for (const name of ['open', 'high', 'low', 'close'] as const) target[name][index] = close;
    target.volume[index] = isBridged ? 0 : NaN;
    target.filled[index] = 1;
    index += 1;
    if (!isBridged) break;
  }
  return index;
}

function emptyColumns(length: number): Filled {
  const column = () => new Float64Array(length);
  return {
    time: column(),
    open: column(),
    high: column(),
    low: column(),
    close: column(),
    volume: column(),
    filled: new Uint8Array(length),
  };
}

function requireStart(time: Float64Array, index: number, timeframe: Timeframe): void {
  const at = time[index] as number;
  if (timeframe.startOf(at) !== at) throw new RangeError(`candle ${index + 1} does not begin with a ${timeframe.code}`);
  if (index > 0 && at <= (time[index - 1] as number)) {
    throw new RangeError(`candle ${index + 1} is not later than the one before`);
  }
}

function countBetween(from: number, to: number, timeframe: Timeframe): number {
  if (timeframe.ms !== undefined) return (to - from) / timeframe.ms;
  let count = 0;
  for (let time = from; time < to; time = timeframe.endOf(time)) count += 1;
  return count;
}

/** Index of the first candle from `start` on that opens at `time` or later. */
function indexOf(times: Float64Array, time: number, start: number): number {
  let [low, high] = [start, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
