/**
 * The scalping bot: five-minute candles, where three of four signs of an overdone move come together.
 * Keeps: closed candles only; long is looked at first.
 */
import type { CandleView } from '../../../domain/strategy/candle-view.js';
import type { Side } from '../../../domain/instrument/side.js';
import { houseSettings, type HouseState, houseSignal, NEVER } from '../../../domain/strategy/house-signal.js';
import type { SettingValues } from '../../../domain/strategy/settings.js';
import { nothing, type Strategy } from '../../../domain/strategy/strategy.js';

interface ScalpingState extends HouseState {
  readonly settings: SettingValues;
}

/** Places of the indicators' outputs. */
const [RSI, K, D, EMA7, EMA25, SURGE, , ATR] = [0, 1, 2, 3, 4, 5, 6, 7] as const;

const MIN_CANDLES = 50;
const SIGNS_NEEDED = 3;
const [BASE_PERCENT, STOP_PERCENT, MOST_CONFIDENCE] = [0.8, 0.5, 95];

/** Nearness to the averages, as shares of them. */
const [NEAR_FAST, NEAR_SLOW] = [0.005, 0.01];

export const strategy: Strategy<ScalpingState> = {
  code: 'scalping',
  summary: 'three of: RSI overdone, stochastic cross, near EMA7 or EMA25, surge of volume',
  intervalMs: 300_000,
  lookBack: 1,
  settings: houseSettings(70, 10),
  indicators: () => [
    { name: 'rsi', parameters: { period: 14 } },
    { name: 'stochFast', parameters: { fastK: 14, fastD: 3 } },
    { name: 'ema', parameters: { period: 7, seed: 'first' } },
    { name: 'ema', parameters: { period: 25, seed: 'first' } },
    { name: 'volumeSurge', parameters: { period: 20, factor: 1.5 } },
    { name: 'atr', parameters: { period: 14 } },
  ],
  begin: (settings) => ({ settings, lastAt: NEVER }),
  decide(view, state, now) {
    if (view.length < MIN_CANDLES || Number.isNaN(view.value(EMA25, 0))) return nothing('WARMING_UP');
    const side = sideOf(view);
    if (side === undefined) return nothing('FEW_SIGNS');
    const seen = { bot: 'SCALPER', symbol: view.symbol, side, price: view.close(0), now, timeframe: '5m' };
    const signal = houseSignal(
      {
        ...seen,
        basePercent: BASE_PERCENT,
        stopPercent: STOP_PERCENT,
        confidence: confidenceOf(view, side),
        atr: view.value(ATR, 0),
      },
      state.settings,
      state,
    );
    return typeof signal === 'string' ? nothing(signal) : { intents: [signal], why: 'SCALP' };
  },
};

function sideOf(view: CandleView): Side | undefined {
  const rsi = view.value(RSI, 0);
  const both = (isNear(view) ? 1 : 0) + view.value(SURGE, 0);
  const k = view.value(K, 0);
  const d = view.value(D, 0);
  const wasAbove = view.value(K, 1) - view.value(D, 1);
  const up = (rsi < 35 ? 1 : 0) + (wasAbove <= 0 && k > d ? 1 : 0);
  if (up + both >= SIGNS_NEEDED) return 'LONG';
  const down = (rsi > 65 ? 1 : 0) + (wasAbove >= 0 && k < d ? 1 : 0);
  return down + both >= SIGNS_NEEDED ? 'SHORT' : undefined;
}

function isNear(view: CandleView): boolean {
  const close = view.close(0);
  const fast = view.value(EMA7, 0);
  const slow = view.value(EMA25, 0);
  return Math.abs(close - fast) <= fast * NEAR_FAST || Math.abs(close - slow) <= slow * NEAR_SLOW;
}

function confidenceOf(view: CandleView, side: Side): number {
  // Mirrored, so that the steps are written once.
  const mirrored = (value: number) => (side === 'LONG' ? value : 100 - value);
  const [rsi, k] = [mirrored(view.value(RSI, 0)), mirrored(view.value(K, 0))];
  const byRsi = rsi < 20 ? 25 : rsi < 30 ? 15 : rsi < 35 ? 10 : 0;
  return Math.min(50 + byRsi + (k < 20 ? 15 : 0) + 10 * view.value(SURGE, 0), MOST_CONFIDENCE);
}
