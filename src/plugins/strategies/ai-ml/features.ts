/**
 * What the AI bot sees of a candle: sixteen figures that mean the same at any price, and the indicators that they need.
 * Keeps: training and trading read them by this one function; a candle before the warm-up has none.
 */
import type { Named } from '../../../domain/indicators/registry.js';
import type { CandleView } from '../../../domain/strategy/candle-view.js';

/** Their order is that of a model file. */
export const FEATURES = [
  'rsi',
  'macd_line_atr',
  'macd_histogram_atr',
  'averages_apart_percent',
  'bollinger_position',
  'volume_ratio',
  'hammer',
  'shooting_star',
  'change_5_percent',
  'atr_percent',
  'volatility_20_percent',
  'body_ratio',
  'from_ema7_percent',
  'from_ema25_percent',
  'from_ema50_percent',
  'close_in_range',
] as const;

export const AI_INDICATORS: readonly Named[] = [
  { name: 'rsi', parameters: { period: 14 } },
  { name: 'macd', parameters: { fast: 12, slow: 26, signal: 9, seed: 'first' } },
  { name: 'ema', parameters: { period: 7, seed: 'first' } },
  { name: 'ema', parameters: { period: 25, seed: 'first' } },
  { name: 'ema', parameters: { period: 50, seed: 'first' } },
  { name: 'bollinger', parameters: { period: 20 } },
  { name: 'volumeSurge', parameters: { period: 20, factor: 1.5 } },
  { name: 'hammer' },
  { name: 'shootingStar' },
  { name: 'atr', parameters: { period: 14 } },
];

/** Places of their outputs. */
export const [RSI, MACD, SIGNAL, HISTOGRAM, EMA7, EMA25, EMA50, UPPER, MIDDLE, , POSITION, , , VOLUME_RATIO] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
] as const;
export const [HAMMER, STAR, ATR] = [14, 15, 16] as const;

/** Candles that a change is taken over. */
export const CHANGE = 5;

/** Fills `row`, as long as `FEATURES`; false where a figure is missing. */
export function readFeatures(view: CandleView, row: Float64Array): boolean {
  const [open, high, low, close] = [view.open(0), view.high(0), view.low(0), view.close(0)];
  const atr = view.value(ATR, 0);
  const [ema7, ema25, ema50] = [view.value(EMA7, 0), view.value(EMA25, 0), view.value(EMA50, 0)];
  const percent = (part: number, whole: number) => (part / whole) * 100;
  const range = high - low;
  row[0] = view.value(RSI, 0);
  row[1] = atr > 0 ? view.value(MACD, 0) / atr : 0;
  row[2] = atr > 0 ? view.value(HISTOGRAM, 0) / atr : 0;
  row[3] = percent(ema7 - ema25, ema25);
  row[4] = view.value(POSITION, 0);
  row[5] = view.value(VOLUME_RATIO, 0);
  row[6] = view.value(HAMMER, 0);
  row[7] = view.value(STAR, 0);
  row[8] = percent(close - view.close(CHANGE), view.close(CHANGE));
  row[9] = percent(atr, close);
  // The bands lie two deviations from their middle.
  row[10] = percent((view.value(UPPER, 0) - view.value(MIDDLE, 0)) / 2, close);
  row[11] = range > 0 ? Math.abs(close - open) / range : 0;
  row[12] = percent(close - ema7, ema7);
  row[13] = percent(close - ema25, ema25);
  row[14] = percent(close - ema50, ema50);
  row[15] = range > 0 ? (close - low) / range : 0.5;
  for (const value of row) if (!Number.isFinite(value)) return false;
  return true;
}
