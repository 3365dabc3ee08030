/**
 * Candles per second of a backtest of the trend bot on one core: indicators, rules, account and equity of every candle,
 * against a bare loop that reads the same columns and does one sum, which is less than any backtest must do.
 * Keeps: both in one run, the best of several rounds; what is traded is counted, so that nothing is left out unseen.
 */
import { runBacktest } from '../src/domain/backtest/run.js';
import { columnsOf } from '../src/domain/backtest/series.js';
import type { BacktestTerms } from '../src/domain/backtest/terms.js';
import { Decimal } from '../src/domain/money/decimal.js';
import { NO_USER_PLAN } from '../src/domain/plan/user-plan.js';
import { SeededRandom } from '../src/domain/random/seeded-random.js';
import { type CandleColumns } from '../src/domain/strategy/candle-view.js';
import { readSettings } from '../src/domain/strategy/settings.js';
import { strategy } from '../src/plugins/strategies/trend/index.js';

const CANDLES = 1_000_000;
const ROUNDS = 5;
const HOUR = 3_600_000;

/** Candles per second: indicators and rules; with the trades of a follower as well. */
const GOALS = { rules: 1_000_000, traded: 250_000 } as const;

function market(count: number): CandleColumns {
  const chance = new SeededRandom(1);
  let [price, drift] = [50_000, 0];
  return columnsOf(
    Array.from({ length: count }, (_, index) => {
      if (chance.next() < 0.01) drift = (chance.next() - 0.5) * 0.002;
      const open = price;
      const close = Math.max(1, Math.round(open * (1 + drift + chance.gaussian() * 0.004) * 100) / 100);
      const high = Math.round(Math.max(open, close) * (1 + chance.next() * 0.002) * 100) / 100;
      const low = Math.round(Math.min(open, close) * (1 - chance.next() * 0.002) * 100) / 100;
      // Toward where it began, so that a million candles do not end at nothing.
      price = close * (1 + Math.log(50_000 / close) * 0.0005);
      price = Math.round(price * 100) / 100;
      return [
        index * HOUR,
        open,
        Math.max(high, open, close),
        Math.min(low, open, close),
        close,
        1 + chance.next(),
      ] as const;
    }),
  );
}

const terms = (maxConcurrentTrades: number): BacktestTerms => ({
  venue: {
    fees: { makerPercent: Decimal.of('0.02'), takerPercent: Decimal.of('0.05') },
    rules: (symbol) => ({
      symbol,
      base: 'BTC',
      quote: 'USDT',
      tickSize: '0.01',
      lotStep: '0.00001',
      minQty: '0.00001',
      minNotional: '1',
      maxLeverage: 125,
    }),
  },
  account: {
    balance: '1000000',
    perTradeUsdt: '100',
    leverage: 1,
    maxConcurrentTrades,
    capitalUsdt: '0',
    positionMode: 'ONE_WAY',
    allowsReversal: true,
  },
  plans: { user: NO_USER_PLAN, source: {}, platform: {} },
  platform: { maxLeverage: 25, maxConcurrentTrades: 50, tolerancePercent: '0.5' },
});

const candles = market(CANDLES);
const series = [{ symbol: 'BTCUSDT', intervalMs: HOUR, candles }];

/** Best of the rounds: seconds. */
function best(work: () => void): number {
  let seconds = Infinity;
  for (let round = 0; round < ROUNDS; round += 1) {
    globalThis.gc?.();
    const start = process.hrtime.bigint();
    work();
    seconds = Math.min(seconds, Number(process.hrtime.bigint() - start) / 1e9);
  }
  return seconds;
}

let sum = 0;
function bare(): void {
  const { open, high, low, close, volume } = candles;
  for (let index = 0; index < CANDLES; index += 1) {
    sum +=
      (open[index] as number) +
      (high[index] as number) +
      (low[index] as number) +
      (close[index] as number) +
      (volume[index] as number);
  }
}

let [trades, signals] = [0, 0];
function backtest(cooldownMinutes: number, maxConfidence: number): void {
  const { values: settings } = readSettings(strategy.settings, {
    cooldown_minutes: cooldownMinutes,
    min_confidence: maxConfidence,
  });
  const result = runBacktest({
    series,
    strategy: { rule: strategy, settings },
    terms: terms(1),
    intrabar: 'stop-first',
  });
  trades = result.trades.length;
  signals = result.signals;
}

const bareSeconds = best(bare);
const rulesSeconds = best(() => backtest(30, 100));
const quiet = signals;
const tradedSeconds = best(() => backtest(1_440, 75));

const rate = (seconds: number) => Math.round(CANDLES / seconds);
const measured = { bare: rate(bareSeconds), rules: rate(rulesSeconds), traded: rate(tradedSeconds) };
const isMet = measured.rules >= GOALS.rules && measured.traded >= GOALS.traded;

if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ candles: CANDLES, per_second: measured, goals: GOALS, trades, signals, is_met: isMet }));
} else {
  console.log(`${CANDLES} candles, trend bot, one core, best of ${ROUNDS} (checksum ${sum.toExponential(3)})`);
  console.table({
    'a bare loop over the columns': { 'candles/s': measured.bare, goal: '', of: '' },
    'indicators and rules': {
      'candles/s': measured.rules,
      goal: GOALS.rules,
      of: `every candle, ${quiet} signals`,
    },
    'with its trades': {
      'candles/s': measured.traded,
      goal: GOALS.traded,
      of: `${trades} trades of ${signals} signals`,
    },
  });
}
process.exitCode = isMet ? 0 : 1;
