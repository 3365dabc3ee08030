/**
 * The files of a backtest: candles, plan, grid. Keeps: what cannot be read is a sentence that names the file; nothing is
 * written here.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseCandleCsv } from '../../domain/backtest/candle-csv.js';
import { resampled } from '../../domain/backtest/resample.js';
import { type CandleSeries, intervalOf } from '../../domain/backtest/series.js';
import { splitSymbol } from '../../domain/instrument/instrument.js';
import type { CandleColumns } from '../../domain/strategy/candle-view.js';

interface CandleFile {
  readonly path: string;
  readonly symbol: string;
  readonly candles: CandleColumns;
  readonly intervalMs: number;
}

/** The text of a file, unpacked where its name ends in .gz. @throws TypeError with a sentence. */
export function textOf(path: string): string {
  try {
    const bytes = readFileSync(path);
    return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  } catch (error) {
    throw new TypeError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** @throws TypeError with a sentence. */
export function jsonOf(path: string): unknown {
  try {
    return JSON.parse(textOf(path)) as unknown;
  } catch (error) {
    if (error instanceof TypeError) throw error;
    throw new TypeError(`${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * One series for each symbol, with candles of `intervalMs` (undefined: as they are). Shorter ones are made longer and then tell
 * what came first inside a candle, unless `fine` has shorter ones still.
 */
export function readSeries(
  paths: readonly string[],
  fine: readonly string[],
  intervalMs: number | undefined,
): CandleSeries[] {
  const finer = new Map(fine.map((path) => read(path)).map((file) => [file.symbol, file]));
  const seen = new Set<string>();
  return paths.map((path) => {
    const file = read(path);
    if (seen.has(file.symbol)) throw new TypeError(`There are two files of ${file.symbol}: give one for each symbol.`);
    seen.add(file.symbol);
    return seriesOf(file, finer.get(file.symbol), intervalMs ?? file.intervalMs);
  });
}

function seriesOf(file: CandleFile, finer: CandleFile | undefined, intervalMs: number): CandleSeries {
  const { symbol, path } = file;
  if (finer !== undefined && finer.intervalMs >= file.intervalMs) {
    throw new TypeError(`${finer.path} holds no shorter candles than ${path}.`);
  }
  if (file.intervalMs > intervalMs || intervalMs % file.intervalMs !== 0) {
    const [has, needs] = [file.intervalMs, intervalMs].map((ms) => `${ms / 60_000} minutes`);
    throw new TypeError(`${path} holds candles of ${has}; of them none of ${needs} can be made.`);
  }
  const isAsked = file.intervalMs === intervalMs;
  const candles = isAsked ? file.candles : resampled(file.candles, file.intervalMs, intervalMs);
  const inside = finer ?? (isAsked ? undefined : file);
  return { symbol, intervalMs, candles, ...(inside === undefined ? {} : { fine: inside }) };
}

function read(argument: string): CandleFile {
  const [, named, path] = /^(?:([A-Z0-9]{2,20})=)?(.+)$/s.exec(argument) as unknown as [
    string,
    string | undefined,
    string,
  ];
  const symbol = named ?? /^[A-Z0-9]+/.exec(basename(path))?.[0] ?? '';
  if (splitSymbol(symbol) === undefined) {
    throw new TypeError(`${path} does not begin with a symbol such as BTCUSDT: write BTCUSDT=${path}.`);
  }
  try {
    const candles = parseCandleCsv(textOf(path));
    const intervalMs = intervalOf(candles);
    if (intervalMs === undefined) throw new RangeError('holds one candle only');
    return { path, symbol, candles, intervalMs };
  } catch (error) {
    if (error instanceof RangeError) throw new TypeError(`${path}: ${error.message}`);
    throw error;
  }
}
