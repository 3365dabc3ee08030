/** What backtests are made of in tests: terms, candles, a strategy of two moving averages, intents. */
import { SeededRandom } from '../../src/domain/random/seeded-random.js';
import { columnsOf } from '../../src/domain/backtest/series.js';
import type { BacktestAccount, BacktestTerms, BacktestVenue } from '../../src/domain/backtest/terms.js';
import type { EnterIntent } from '../../src/domain/intent/intent.js';
import type { Side } from '../../src/domain/instrument/side.js';
import { Decimal } from '../../src/domain/money/decimal.js';
import type { PlanSpec } from '../../src/domain/plan/parse-plan.js';
import { NO_USER_PLAN } from '../../src/domain/plan/user-plan.js';
import type { CandleColumns } from '../../src/domain/strategy/candle-view.js';
import { numberSetting, readSettings } from '../../src/domain/strategy/settings.js';
import { nothing, type Strategy } from '../../src/domain/strategy/strategy.js';

export const HOUR = 3_600_000;
/** 2026-01-01, midnight. */
export const START = Date.UTC(2026, 0, 1);

export const VENUE: BacktestVenue = {
  fees: { makerPercent: Decimal.of('0.02'), takerPercent: Decimal.of('0.05') },
  rules: (symbol) => ({
    symbol,
    base: symbol.slice(0, -4),
    quote: 'USDT',
    tickSize: '0.01',
    lotStep: '0.001',
    minQty: '0.001',
    minNotional: '1',
    maxLeverage: 125,
  }),
};

export const ACCOUNT: BacktestAccount = {
  balance: '1000',
  perTradeUsdt: '100',
  leverage: 1,
  maxConcurrentTrades: 5,
  capitalUsdt: '0',
  positionMode: 'ONE_WAY',
  allowsReversal: true,
};

export function termsOf(venue: Partial<BacktestVenue> = {}, account: Partial<BacktestAccount> = {}): BacktestTerms {
  return {
    venue: { ...VENUE, ...venue },
    account: { ...ACCOUNT, ...account },
    plans: { user: NO_USER_PLAN, source: {}, platform: {} },
    platform: { maxLeverage: 25, maxConcurrentTrades: 50, tolerancePercent: '0.5' },
  };
}

export function enter(
  side: Side,
  stopLoss: string,
  targets: readonly string[],
  plan: PlanSpec = {},
  entry: string | null = null,
): EnterIntent {
  return {
    kind: 'ENTER',
    symbol: 'BTCUSDT',
    side,
    entry,
    stopLoss,
    targets,
    tradeType: null,
    leverage: null,
    confidence: 80,
    plan,
    meta: {},
    ref: null,
  };
}

/** Hourly candles `[open, high, low, close]` from 2026 on. */
export function hours(rows: readonly (readonly [number, number, number, number])[], start = START): CandleColumns {
  return columnsOf(rows.map(([open, high, low, close], index) => [start + index * HOUR, open, high, low, close, 10]));
}

/** A walk with trends and noise, prices of two places. */
export function randomCandles(seed: number, count: number, interval = HOUR): CandleColumns {
  const chance = new SeededRandom(seed);
  let [price, drift] = [100, 0];
  const rows: [number, number, number, number, number, number][] = [];
  const cents = (value: number) => Math.max(1, Math.round(value * 100)) / 100;
  for (let index = 0; index < count; index += 1) {
    if (chance.next() < 0.03) drift = (chance.next() - 0.5) * 0.008;
    const open = cents(price * (1 + (chance.next() - 0.5) * 0.001));
    const close = cents(open * (1 + drift + chance.gaussian() * 0.006));
    const high = cents(Math.max(open, close) * (1 + chance.next() * 0.004));
    const low = cents(Math.min(open, close) * (1 - chance.next() * 0.004));
    rows.push([
      START + index * interval,
      open,
      Math.max(high, open, close),
      Math.min(low, open, close),
      close,
      1 + chance.next(),
    ]);
    price = close;
  }
  return columnsOf(rows);
}

interface Averages {
  readonly weights: readonly [fast: number, slow: number];
  readonly stop: number;
  readonly warmUp: number;
  fast: number;
  slow: number;
  count: number;
  wasAbove: boolean;
}

/** Long where the fast average crosses above the slow one, short where it crosses below. */
export const CROSS: Strategy<Averages> = {
  code: 'cross',
  summary: 'two moving averages',
  intervalMs: HOUR,
  settings: {
    fast: { form: 'integer', min: 2, max: 50, fallback: 5, says: 'candles of the fast average' },
    slow: { form: 'integer', min: 3, max: 200, fallback: 20, says: 'candles of the slow average' },
    stop: { form: 'number', min: 0.1, max: 20, fallback: 1.5, says: 'percent' },
  },
  lookBack: 0,
  begin: (settings) => {
    const [fast, slow] = [numberSetting(settings, 'fast'), numberSetting(settings, 'slow')];
    return {
      weights: [2 / (fast + 1), 2 / (slow + 1)],
      stop: numberSetting(settings, 'stop'),
      warmUp: slow,
      fast: NaN,
      slow: NaN,
      count: 0,
      wasAbove: false,
    };
  },
  decide(view, state) {
    const close = view.close(0);
    state.count += 1;
    state.fast = state.count === 1 ? close : state.fast + (close - state.fast) * state.weights[0];
    state.slow = state.count === 1 ? close : state.slow + (close - state.slow) * state.weights[1];
    const isAbove = state.fast > state.slow;
    const hasCrossed = isAbove !== state.wasAbove;
    state.wasAbove = isAbove;
    if (state.count <= state.warmUp) return nothing('WARMING_UP');
    if (!hasCrossed) return nothing('NO_CROSS');
    const at = (percent: number) => (close * (1 + ((isAbove ? 1 : -1) * percent) / 100)).toFixed(2);
    const intent = enter(
      isAbove ? 'LONG' : 'SHORT',
      at(-state.stop),
      [at(state.stop), at(2 * state.stop)],
      {},
      close.toFixed(2),
    );
    return { why: 'CROSSED', intents: [{ ...intent, symbol: view.symbol }] };
  },
};

export const crossSettings = (given: Readonly<Record<string, unknown>> = {}) =>
  readSettings(CROSS.settings, given).values;
