/**
 * The trend bot: hourly candles, where averages, MACD and the structure of highs and lows all point the same way.
 * Keeps: closed candles only; the histogram is measured in average true ranges, so that it means the same at any price.
 */
import { houseSettings, type HouseState, houseSignal, NEVER } from '../../../domain/strategy/house-signal.js';
import { numberSetting, type SettingValues } from '../../../domain/strategy/settings.js';
import { nothing, type Strategy } from '../../../domain/strategy/strategy.js';
import type { CandleView } from '../../../domain/strategy/candle-view.js';
import type { Side } from '../../../domain/instrument/side.js';

interface TrendState extends HouseState {
  readonly settings: SettingValues;
}

/** Places of the indicators' outputs. */
const [EMA50, EMA100, SMA200, MACD, SIGNAL, HISTOGRAM, ATR, UPPER, , LOWER] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

/** Candles of each half that the structure compares. */
const HALF = 10;

const [BASE_PERCENT, STOP_PERCENT, MOST_CONFIDENCE] = [3, 1.5, 92];

export const strategy: Strategy<TrendState> = {
  code: 'trend',
  summary: 'EMA50 > EMA100 > SMA200, MACD and higher highs and lows agree (or all the other way round)',
  intervalMs: 3_600_000,
  lookBack: HALF,
  settings: {
    ...houseSettings(75, 30),
    strong_histogram: {
      form: 'number',
      min: 0,
      max: 10,
      fallback: 0.5,
      says: 'MACD histogram in average true ranges from which on it counts as strong',
    },
  },
  indicators: () => [
    { name: 'ema', parameters: { period: 50, seed: 'first' } },
    { name: 'ema', parameters: { period: 100, seed: 'first' } },
    { name: 'sma', parameters: { period: 200 } },
    { name: 'macd', parameters: { fast: 12, slow: 26, signal: 9, seed: 'first' } },
    { name: 'atr', parameters: { period: 14 } },
    { name: 'donchian', parameters: { period: HALF } },
  ],
  begin: (settings) => ({ settings, lastAt: NEVER }),
  decide(view, state, now) {
    const side = alignment(view);
    if (side === undefined) return nothing(Number.isNaN(view.value(SMA200, 0)) ? 'WARMING_UP' : 'NOT_ALIGNED');
    if (momentum(view) !== side) return nothing('MACD_DISAGREES');
    if (structure(view) !== side) return nothing('STRUCTURE_DISAGREES');
    const atr = view.value(ATR, 0);
    const isStrong = Math.abs(view.value(HISTOGRAM, 0)) / atr > numberSetting(state.settings, 'strong_histogram');
    // All present, and all three agree: whoever comes here has both.
    const confidence = Math.min(60 + 20 + (isStrong ? 10 : 0) + 15, MOST_CONFIDENCE);
    const signal = houseSignal(
      {
        bot: 'TREND',
        symbol: view.symbol,
        side,
        price: view.close(0),
        now,
        basePercent: BASE_PERCENT,
        stopPercent: STOP_PERCENT,
        confidence,
        timeframe: '1h',
        atr,
      },
      state.settings,
      state,
    );
    return typeof signal === 'string' ? nothing(signal) : { intents: [signal], why: 'TREND' };
  },
};

/** Hot: one name at a time, for a destructured list is made anew for every candle. */
function alignment(view: CandleView): Side | undefined {
  const close = view.close(0);
  const fast = view.value(EMA50, 0);
  const middle = view.value(EMA100, 0);
  const slow = view.value(SMA200, 0);
  if (fast > middle && middle > slow && close > fast) return 'LONG';
  return fast < middle && middle < slow && close < fast ? 'SHORT' : undefined;
}

/** A cross says more than where the line lies. */
function momentum(view: CandleView): Side | undefined {
  const line = view.value(MACD, 0);
  const signal = view.value(SIGNAL, 0);
  const wasAbove = view.value(MACD, 1) - view.value(SIGNAL, 1);
  if (wasAbove <= 0 && line > signal) return 'LONG';
  if (wasAbove >= 0 && line < signal) return 'SHORT';
  if (line > signal && line > 0) return 'LONG';
  return line < signal && line < 0 ? 'SHORT' : undefined;
}

/** The last ten candles against the ten before. */
function structure(view: CandleView): Side | undefined {
  const highs = view.value(UPPER, 0) - view.value(UPPER, HALF);
  const lows = view.value(LOWER, 0) - view.value(LOWER, HALF);
  if (highs > 0 && lows > 0) return 'LONG';
  return highs < 0 && lows < 0 ? 'SHORT' : undefined;
}
