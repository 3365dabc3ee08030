/**
 * The lengths of candles that people and bots ask for, by the names that charts give them.
 * Keeps: each is a whole number of minutes; days begin at midnight UTC and weeks on Monday.
 */
export const TIMEFRAMES = {
  '1m': 1,
  '3m': 3,
  '5m': 5,
  '15m': 15,
  '30m': 30,
  '1h': 60,
  '2h': 120,
  '4h': 240,
  '6h': 360,
  '8h': 480,
  '12h': 720,
  '1d': 1_440,
  '1w': 10_080,
} as const;

export type Timeframe = keyof typeof TIMEFRAMES;

export const TIMEFRAME_NAMES = Object.keys(TIMEFRAMES) as Timeframe[];

/** A Monday at midnight UTC, from which candles of every length are counted. */
export const TIMEFRAME_ORIGIN_MS = Date.UTC(2001, 0, 1);

/** When the candle of `minutes` begins that `atMs` is in. */
export function candleStart(atMs: number, minutes: number): number {
  const length = minutes * 60_000;
  return TIMEFRAME_ORIGIN_MS + Math.floor((atMs - TIMEFRAME_ORIGIN_MS) / length) * length;
}
