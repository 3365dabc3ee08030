/**
 * What holds of every house bot: found by its folder, the same live and over recorded candles, forward only, and its signals
 * are such that they can be traded. A new bot is tested by being there.
 */
import { draftOf } from '../../domain/backtest/enter.js';
import { detectLookAhead } from '../../domain/backtest/analysis/look-ahead.js';
import { columnsOf } from '../../domain/backtest/series.js';
import type { EnterIntent } from '../../domain/intent/intent.js';
import { Decimal } from '../../domain/money/decimal.js';
import { SeededRandom } from '../../domain/random/seeded-random.js';
import type { CandleColumns } from '../../domain/strategy/candle-view.js';
import { closedCandlesOf, LiveCandles } from '../../domain/strategy/run-views.js';
import { readSettings } from '../../domain/strategy/settings.js';
import type { Decision, Strategy } from '../../domain/strategy/strategy.js';
import { loadStrategies } from '../../platform/plugins/strategies.js';

const BOTS = ['ai-ml', 'qfl', 'scalping', 'trend'];
/** What each has to be set to, so that a made-up market gives it something to say. */
const SET: Readonly<Record<string, Readonly<Record<string, unknown>>>> = { 'ai-ml': { by: 'points' } };

const strategies = await loadStrategies();

/** Trends, crashes with volume, and quick ways back. */
function wildCandles(seed: number, count: number, interval: number, start: number): CandleColumns {
  const chance = new SeededRandom(seed);
  let [price, drift, left] = [start, 0, 0];
  const rows: [number, number, number, number, number, number][] = [];
  for (let index = 0; index < count; index += 1) {
    if (left === 0) {
      const isCrash = chance.next() < 0.08;
      [drift, left] = isCrash ? [-0.02, 5] : [(chance.next() - 0.5) * 0.004, 20 + Math.floor(chance.next() * 150)];
    }
    left -= 1;
    const turns = drift < -0.015 && left === 0;
    const open = price;
    const close = open * (1 + (turns ? 0.012 : drift) + chance.gaussian() * 0.002);
    const low = Math.min(open, close) * (1 - chance.next() * (turns ? 0.02 : 0.002));
    const high = Math.max(open, close) * (1 + chance.next() * 0.002);
    const volume = (1 + chance.next()) * (drift < -0.015 ? 6 + chance.next() * 10 : chance.next() < 0.1 ? 4 : 1);
    const digits = (value: number) => Number(value.toPrecision(8));
    const [o, c] = [digits(open), digits(close)];
    rows.push([index * interval, o, Math.max(digits(high), o, c), Math.min(digits(low), o, c), c, volume]);
    price = c;
  }
  return columnsOf(rows);
}

function decisionsOf(strategy: Strategy, candles: CandleColumns): { batch: Decision[]; live: Decision[] } {
  const settings = readSettings(strategy.settings, SET[strategy.code]).values;
  const { intervalMs } = strategy;
  const view = closedCandlesOf({ symbol: 'BTCUSDT', intervalMs, candles }, strategy, settings);
  const live = new LiveCandles('BTCUSDT', intervalMs, strategy, settings);
  const states = [strategy.begin(settings, 'BTCUSDT'), strategy.begin(settings, 'BTCUSDT')];
  const decided: { batch: Decision[]; live: Decision[] } = { batch: [], live: [] };
  for (const [index, time] of candles.time.entries()) {
    const at = (column: Float64Array) => column[index] as number;
    const { open, high, low, close, volume } = candles;
    view.showTo(index + 1);
    live.push({ time, open: at(open), high: at(high), low: at(low), close: at(close), volume: at(volume) });
    decided.batch.push(strategy.decide(view, states[0], time + intervalMs));
    decided.live.push(strategy.decide(live, states[1], time + intervalMs));
  }
  return decided;
}

const entries = (decisions: readonly Decision[]): EnterIntent[] =>
  decisions.flatMap(({ intents }) => intents.filter((intent): intent is EnterIntent => intent.kind === 'ENTER'));

it('the house has these bots', () => {
  expect([...strategies.keys()]).toEqual(BOTS);
});

describe.each(BOTS)('%s', (code) => {
  const strategy = strategies.get(code) as Strategy;
  const { intervalMs } = strategy;

  it('has settings whose defaults fit', () => {
    const { values, problems } = readSettings(strategy.settings);
    expect(problems).toEqual([]);
    expect(readSettings(strategy.settings, values).problems).toEqual([]);
    for (const { says } of Object.values(strategy.settings)) expect(says.length).toBeGreaterThan(5);
  });

  it('decides the same bits live as over recorded candles, has something to say, and repeats itself', () => {
    let said = 0;
    for (const seed of [1, 2, 3]) {
      const candles = wildCandles(seed, 3_000, intervalMs, 100);
      const { batch, live } = decisionsOf(strategy, candles);
      expect(live).toEqual(batch);
      expect(decisionsOf(strategy, candles).batch).toEqual(batch);
      said += entries(batch).length;
    }
    expect(said).toBeGreaterThan(0);
  });

  it('does not look ahead', () => {
    const settings = readSettings(strategy.settings, SET[code]).values;
    const candles = wildCandles(4, 1_500, intervalMs, 100);
    const question = { make: () => strategy, settings, symbol: 'BTCUSDT', intervalMs, candles, places: 5, seed: 1 };
    expect(detectLookAhead(question).findings).toEqual([]);
  });

  it('says signals that can be traded, at dear and at cheap symbols, and keeps its cooldown', () => {
    for (const start of [64_000, 0.00002]) {
      const candles = wildCandles(5, 3_000, intervalMs, start);
      let last = -Infinity;
      const cooldown = (readSettings(strategy.settings).values.cooldown_minutes as number) * 60_000;
      const { batch } = decisionsOf(strategy, candles);
      for (const [index, { intents }] of batch.entries()) {
        if (intents.length === 0) continue;
        const [intent] = intents as [EnterIntent];
        expect(draftOf(intent, Decimal.of(intent.entry as string))).toHaveProperty('targets.length', 5);
        const now = (candles.time[index] as number) + intervalMs;
        expect(now - last).toBeGreaterThanOrEqual(cooldown);
        last = now;
      }
    }
  });

  it('has no opinion before it has seen enough, nor where nothing moves', () => {
    const { batch } = decisionsOf(strategy, wildCandles(6, 40, intervalMs, 100));
    expect(entries(batch)).toEqual([]);
    const still = columnsOf(Array.from({ length: 400 }, (_, index) => [index * intervalMs, 1, 1, 1, 1, 0] as const));
    expect(entries(decisionsOf(strategy, still).batch)).toEqual([]);
  });
});
