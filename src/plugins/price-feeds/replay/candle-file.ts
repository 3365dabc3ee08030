/**
 * Reads candles from CSV, plain or gzipped: header `timestamp_ms,open,high,low,close,volume`, oldest first.
 * Keeps: never holds the file in memory; a line that is not a candle, or out of order, is named with its number.
 */
import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { constants, createGunzip, gunzipSync } from 'node:zlib';
import { Decimal } from '../../../domain/money/decimal.js';

export interface Candle {
  /** When the candle opens, milliseconds since 1970. */
  readonly atMs: number;
  /** Decimal text, as in the file. */
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  /** In the base asset; `0` where the file says none that can be read. */
  readonly volume: string;
}

const HEADER = 'timestamp_ms,open,high,low,close,volume';
const PRICE = /^\d{1,18}(\.\d{1,18})?$/;
const TIME = /^\d{12,14}$/;
/** How much of a file is looked at before it is accepted. */
const PROBE_BYTES = 65_536;

/** A file that cannot be played, in one sentence. */
export class CandleFileError extends Error {}

/** The candle of a line, or what is wrong with it. `after` is the time of the candle before. */
export function parseCandle(line: string, after: number): Candle | string {
  const [time = '', open = '', high = '', low = '', close = '', volume = '', ...extra] = line
    .split(',')
    .map((cell) => cell.trim());
  if (extra.length > 0) return 'has more than 6 columns';
  if (!TIME.test(time)) return 'has no time in milliseconds in its first column';
  const prices = [open, high, low, close];
  if (!prices.every((price) => PRICE.test(price) && /[1-9]/.test(price))) {
    return 'has a price that is not a plain decimal above zero';
  }
  const [first, highest, lowest, last] = prices.map((price) => Decimal.of(price)) as [
    Decimal,
    Decimal,
    Decimal,
    Decimal,
  ];
  if (Decimal.max(first, last).gt(highest) || Decimal.min(first, last).lt(lowest)) {
    return 'has an open or close outside its low and high';
  }
  const atMs = Number(time);
  if (atMs <= after) return 'is not later than the line before';
  return { atMs, open, high, low, close, volume: PRICE.test(volume) ? volume : '0' };
}

/** The candles of a file, one by one. @throws CandleFileError at the first line that is wrong. */
export async function* readCandles(path: string): AsyncGenerator<Candle> {
  const file = createReadStream(path);
  const input = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  // A failing source does not end what it is piped into.
  if (input !== file) file.once('error', (error) => input.destroy(error));
  const lines = createInterface({ input, crlfDelay: Infinity });
  const check = new CandleCheck(path);
  try {
    for await (const line of lines) {
      const candle = check.next(line);
      if (candle !== undefined) yield candle;
    }
  } catch (error) {
    if (error instanceof CandleFileError) throw error;
    throw new CandleFileError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    lines.close();
    file.destroy();
  }
}

/** Looks at the beginning of a file without reading it all; undefined when it can be played. */
export function candleFileProblem(path: string): string | undefined {
  try {
    const { text, isWhole } = beginningOf(path);
    const lines = text.split('\n');
    if (!isWhole) lines.pop();
    const check = new CandleCheck(path);
    let candles = 0;
    for (const line of lines) if (check.next(line) !== undefined) candles += 1;
    return candles > 0 ? undefined : `${path} holds no candles`;
  } catch (error) {
    if (error instanceof CandleFileError) return error.message;
    return `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

class CandleCheck {
  #line = 0;
  #lastMs = -Infinity;

  constructor(private readonly path: string) {}

  /** The candle of the next line; undefined for the header and for blank lines. */
  next(line: string): Candle | undefined {
    this.#line += 1;
    const text = line.replace(/^\uFEFF/, '').trim();
    if (this.#line === 1) {
      if (text === HEADER) return undefined;
      throw new CandleFileError(`${this.path} must begin with the header ${HEADER}`);
    }
    if (text === '') return undefined;
    const candle = parseCandle(text, this.#lastMs);
    if (typeof candle === 'string') throw new CandleFileError(`${this.path}: line ${this.#line} ${candle}`);
    this.#lastMs = candle.atMs;
    return candle;
  }
}

function beginningOf(path: string): { text: string; isWhole: boolean } {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(PROBE_BYTES);
    const read = readSync(file, buffer, 0, PROBE_BYTES, 0);
    const bytes = buffer.subarray(0, read);
    const isWhole = statSync(path).size <= PROBE_BYTES;
    const finish = isWhole ? {} : { finishFlush: constants.Z_SYNC_FLUSH };
    return { text: (path.endsWith('.gz') ? gunzipSync(bytes, finish) : bytes).toString('utf8'), isWhole };
  } finally {
    closeSync(file);
  }
}
