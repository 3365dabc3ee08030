/**
 * Candles by column: what the batch form of indicators reads.
 * Keeps: all columns are as long as `length`; a value that is missing is NaN, never a guess.
 */
import type { InputName } from './graph.js';

/** One candle as an indicator sees it; `time` (ms, opening) is needed by those that know days and months. */
export interface Bar {
  readonly time?: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

export type Columns = { readonly length: number } & Readonly<Partial<Record<InputName, Float64Array>>>;

/** The column of that name. @throws RangeError where it is absent or not as long as the others. */
export function columnOf(columns: Columns, name: InputName): Float64Array {
  const column = columns[name];
  if (column === undefined) throw new RangeError(`the column ${name} is missing`);
  if (column.length !== columns.length) throw new RangeError(`the column ${name} has not ${columns.length} values`);
  return column;
}

export function columnsOf(bars: readonly Bar[]): Required<Columns> {
  const column = (pick: (bar: Bar) => number): Float64Array => Float64Array.from(bars, pick);
  return {
    length: bars.length,
    open: column((bar) => bar.open),
    high: column((bar) => bar.high),
    low: column((bar) => bar.low),
    close: column((bar) => bar.close),
    volume: column((bar) => bar.volume),
    time: column((bar) => bar.time ?? NaN),
  };
}
