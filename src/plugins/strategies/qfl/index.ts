/**
 * The QFL bot: fifteen-minute candles, a fall from a quiet base that is bought on its way back. Long only.
 * Keeps: closed candles only; the base lies above the price, so that the target is a way back and not a way on.
 */
import type { CandleView } from '../../../domain/strategy/candle-view.js';
import { houseSettings, type HouseState, houseSignal, NEVER } from '../../../domain/strategy/house-signal.js';
import { numberSetting, type SettingValues } from '../../../domain/strategy/settings.js';
import { nothing, type Strategy } from '../../../domain/strategy/strategy.js';

interface QflState extends HouseState {
  readonly settings: SettingValues;
}

/** Places of the indicators' outputs. */
const [BASE, , DROP, SURGE, , HAMMER, ATR] = [0, 1, 2, 3, 4, 5, 6] as const;

const MIN_CANDLES = 50;
const MOST_CONFIDENCE = 95;

export const strategy: Strategy<QflState> = {
  code: 'qfl',
  summary: 'a fall of 6 to 15 % below a quiet base, with a surge of volume and a hammer or a bounce',
  intervalMs: 900_000,
  lookBack: 1,
  settings: {
    ...houseSettings(80, 30),
    drop_min: { form: 'number', min: 0.1, max: 90, fallback: 6, says: 'Least fall from the highest high, percent' },
    drop_max: { form: 'number', min: 0.1, max: 90, fallback: 15, says: 'Largest fall from the highest high, percent' },
  },
  indicators: () => [
    { name: 'qflBase', parameters: { window: 100, volatility: 10, base: 20 } },
    { name: 'dropPercent', parameters: { period: 50 } },
    { name: 'volumeSurge', parameters: { period: 20, factor: 2 } },
    { name: 'hammer' },
    { name: 'atr', parameters: { period: 14 } },
  ],
  begin: (settings) => ({ settings, lastAt: NEVER }),
  decide(view, state, now) {
    const drop = Math.abs(view.value(DROP, 0));
    const [base, price] = [view.value(BASE, 0), view.close(0)];
    if (view.length < MIN_CANDLES || Number.isNaN(drop) || Number.isNaN(base)) return nothing('WARMING_UP');
    const { settings } = state;
    if (drop < numberSetting(settings, 'drop_min') || drop > numberSetting(settings, 'drop_max'))
      return nothing('DROP');
    if (view.value(SURGE, 0) !== 1) return nothing('VOLUME');
    const [isHammer, isBounce] = [view.value(HAMMER, 0) === 1, bounces(view)];
    if (!isHammer && !isBounce) return nothing('NO_TURN');
    if (!(base > price)) return nothing('BASE_BELOW_PRICE');
    const byDrop = drop > 12 ? 10 : drop >= 8 ? 15 : 5;
    const confidence = Math.min(70 + byDrop + 10 + (isHammer ? 10 : 0) + (isBounce ? 5 : 0), MOST_CONFIDENCE);
    const signal = houseSignal(
      {
        bot: 'QFL',
        symbol: view.symbol,
        side: 'LONG',
        price,
        now,
        basePercent: ((base - price) / price) * 100,
        stopPercent: drop / 2,
        confidence,
        timeframe: '15m',
        atr: view.value(ATR, 0),
      },
      settings,
      state,
    );
    return typeof signal === 'string' ? nothing(signal) : { intents: [signal], why: 'DIP' };
  },
};

/** A green candle that closes high in its range, most of it body, after a red one. */
function bounces(view: CandleView): boolean {
  const [open, high, low, close] = [view.open(0), view.high(0), view.low(0), view.close(0)];
  const range = high - low;
  if (!(close > open) || !(range > 0) || !(view.close(1) < view.open(1))) return false;
  return (close - low) / range > 0.6 && (close - open) / range > 0.5;
}
