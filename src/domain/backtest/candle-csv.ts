/**
 * Candles from CSV text: header `timestamp_ms,open,high,low,close,volume`, one candle a line, oldest first.
 * Keeps: the first line that is not a candle is named with its number; nothing is guessed, filled in or put in order.
 */
import type { CandleColumns } from '../strategy/candle-view.js';

const HEADER = 'timestamp_ms,open,high,low,close,volume';
const COLUMNS = 6;
const PLAIN = /^\d{1,18}(\.\d{1,18})?$/;
const TIME = /^\d{12,14}$/;

/** @throws RangeError with a sentence for people. */
export function parseCandleCsv(text: string): CandleColumns {
  const lines = text.split('\n');
  if ((lines[0] ?? '').replace(/^\uFEFF/, '').trim() !== HEADER)
    throw new RangeError(`must begin with the header ${HEADER}`);
  const columns = Array.from({ length: COLUMNS }, () => new Float64Array(lines.length - 1)) as Six;
  let count = 0;
  let last = -Infinity;
  for (let index = 1; index < lines.length; index += 1) {
    const line = (lines[index] as string).trim();
    if (line === '') continue;
    const problem = readLine(line, columns, count, last);
    if (problem !== undefined) throw new RangeError(`line ${index + 1} ${problem}`);
    last = columns[0][count] as number;
    count += 1;
  }
  if (count === 0) throw new RangeError('holds no candles');
  const [time, open, high, low, close, volume] = columns.map((column) => column.subarray(0, count)) as Six;
  return { time, open, high, low, close, volume };
}

type Six = [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];

function readLine(line: string, columns: Six, at: number, after: number): string | undefined {
  const cells = line.split(',');
  if (cells.length !== COLUMNS) return `has ${cells.length} columns instead of ${COLUMNS}`;
  for (let column = 0; column < COLUMNS; column += 1) {
    const cell = (cells[column] as string).trim();
    if (!(column === 0 ? TIME : PLAIN).test(cell)) {
      return column === 0
        ? 'has no time in milliseconds in its first column'
        : `has no plain number in column ${column + 1}`;
    }
    (columns[column] as Float64Array)[at] = Number(cell);
  }
  const [time, open, high, low, close] = columns.map((column) => column[at]) as [
    number,
    number,
    number,
    number,
    number,
  ];
  if (time <= after) return 'is not later than the line before';
  if (!(low > 0)) return 'has a price that is not above zero';
  if (low > Math.min(open, close) || high < Math.max(open, close))
    return 'has an open or close outside its low and high';
  return undefined;
}
