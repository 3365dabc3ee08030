/**
 * What differs between the venues: the file of ccxt that knows it, its route of candles, and how that answers.
 * Keeps: prices stay the text that the venue sent; ccxt's own candles are doubles.
 */
import type { MinuteCandle } from '../../../domain/candles/minute-candle.js';

/** Candles of one answer; a venue's most that costs least of its limit. */
export const PER_ANSWER = 1_000;

export interface Venue {
  /** Stored with the candles. */
  readonly code: string;
  /** Below ccxt's `js/src/`. */
  readonly file: string;
  readonly host: string;
  /** The implicit method of ccxt, and what it is called with. */
  readonly method: string;
  /** Minutes that are looked at in one call; undefined where the first of any range are found. */
  readonly window?: number;
  parameters(symbol: string, fromMs: number, toMs: number): Readonly<Record<string, string | number>>;
  /** The rows of an answer, oldest first; undefined where it is none. */
  rows(answer: unknown): readonly unknown[] | undefined;
}

export const VENUES = {
  binance: {
    code: 'binance',
    file: 'binanceusdm.js',
    host: 'https://fapi.binance.com',
    method: 'fapiPublicGetKlines',
    parameters: (symbol, fromMs, toMs) => ({
      ...{ symbol, interval: '1m', limit: PER_ANSWER },
      ...{ startTime: fromMs, endTime: toMs - 1 },
    }),
    rows: (answer) => (Array.isArray(answer) ? (answer as unknown[]) : undefined),
  },
  bybit: {
    code: 'bybit',
    file: 'bybit.js',
    host: 'https://api.bybit.com',
    method: 'publicGetV5MarketKline',
    // It answers the newest of a range: only as much is asked for as one answer holds.
    window: PER_ANSWER,
    parameters: (symbol, fromMs, toMs) => ({
      ...{ category: 'linear', symbol, interval: '1', limit: PER_ANSWER },
      ...{ start: fromMs, end: toMs - 1 },
    }),
    rows: (answer) => {
      const list = (answer as { result?: { list?: unknown } } | null)?.result?.list;
      return Array.isArray(list) ? (list as unknown[]).toReversed() : undefined;
    },
  },
} as const satisfies Record<string, Venue>;

/** `[time, open, high, low, close, volume, …]`, as both venues write it; undefined for anything else. */
export function candleOf(row: unknown): MinuteCandle | undefined {
  if (!Array.isArray(row)) return undefined;
  const [time, open, high, low, close, volume] = row as unknown[];
  const openMs = Number(time);
  const texts = [open, high, low, close, volume];
  if (!Number.isSafeInteger(openMs) || !texts.every((text) => typeof text === 'string')) return undefined;
  const [first, highest, lowest, last, amount] = texts as [string, string, string, string, string];
  return { openMs, open: first, high: highest, low: lowest, close: last, volume: amount };
}
