/** What holds of every run: repeatable, forward only, money adds up, and the gates of the books hide nothing. */
import { jest } from '@jest/globals';
import fc from 'fast-check';
import { CROSS, crossSettings, enter, HOUR, randomCandles, START, termsOf } from '../../../test/factories/backtests.js';
import { FUSION_DEFAULTS } from '../fusion/candidate.js';
import { fillModel } from '../paper/fill-model.js';
import { marginBrackets } from '../margin/liquidation.js';
import { Decimal } from '../money/decimal.js';
import type { Strategy } from '../strategy/strategy.js';
import { HeldBook } from './held-book.js';
import { INTRABAR_RULES } from './bar-path.js';
import { resultJson, tradesCsv } from './result-json.js';
import { type BacktestInput, runBacktest } from './run.js';
import { partOf } from './series.js';
import type { BacktestTerms } from './terms.js';

const book = { halfSpreadBps: Decimal.of('1'), depthUsdt: Decimal.of('1000'), volatilityPercent: Decimal.of('60') };

/** Spread, latency, partial fills, funding, liquidation, trailing, safety orders: everything at once. */
function fullTerms(): BacktestTerms {
  const fills = fillModel({
    realism: 'full',
    books: { major: book, large: book, other: book },
    classOf: () => 'other',
    latencyMs: 250,
    throughBps: Decimal.of('1'),
    maxSlippagePercent: Decimal.of('5'),
  });
  const brackets = marginBrackets([{ upTo: null, ratePercent: '0.5' }]);
  const base = termsOf(
    { fees: { ...termsOf().venue.fees, fills, brackets }, fundingRatePercent: () => '0.01' },
    { leverage: 5, perTradeUsdt: '150' },
  );
  const spec = {
    'safety.levels': 2,
    'safety.step_percent': '0.5',
    'stop.rules': [{ action: 'BELOW_HIGHEST' as const, at_target: 1, percent: '0.4' }],
    'exit.after': 40 * 3_600,
  };
  return { ...base, plans: { ...base.plans, source: spec } };
}

function inputOf(seed: number, count = 600, terms = fullTerms()): BacktestInput {
  return {
    series: [
      { symbol: 'BTCUSDT', intervalMs: HOUR, candles: randomCandles(seed, count) },
      { symbol: 'ETHUSDT', intervalMs: HOUR, candles: randomCandles(seed + 1, count - 7) },
    ],
    strategy: { rule: CROSS, settings: crossSettings() },
    terms,
    intrabar: INTRABAR_RULES[seed % 2] ?? 'stop-first',
  };
}

const bytes = (input: BacktestInput) => {
  const result = runBacktest(input);
  return JSON.stringify([resultJson(result), result.equity]) + tradesCsv(result.trades);
};

describe('a run', () => {
  it('done twice is the same to the byte', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), (seed) => {
        expect(bytes(inputOf(seed))).toBe(bytes(inputOf(seed)));
      }),
      { numRuns: 5 },
    );
  });

  it('books what its trades won, no more and no less; every exit has something to close', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), (seed) => {
        const result = runBacktest(inputOf(seed));
        const won = Decimal.sum(result.trades.map(({ netPnl }) => netPnl));
        expect(Decimal.of(result.initialBalance).plus(won).toString()).toBe(result.finalBalance);
        for (const { fills, qty, openedAt, closedAt, maePercent, mfePercent } of result.trades) {
          let held = Decimal.ZERO;
          for (const fill of fills) {
            held = fill.effect === 'ENTRY' ? held.plus(fill.qty) : held.minus(fill.qty);
            expect(held.isNegative).toBe(false);
            expect(fill.at >= openedAt && fill.at <= closedAt).toBe(true);
          }
          expect([held.isZero, qty.isPositive, maePercent >= 0, mfePercent >= 0]).toEqual([true, true, true, true]);
        }
        expect(result.trades.length).toBeGreaterThan(5);
      }),
      { numRuns: 8 },
    );
  });

  it('is the same whether every price is looked at or only those that fire a trigger', () => {
    const spy = jest.spyOn(HeldBook.prototype, 'fires');
    try {
      for (const seed of [1, 2, 3, 4]) {
        spy.mockRestore();
        const gated = bytes(inputOf(seed));
        jest.spyOn(HeldBook.prototype, 'fires').mockReturnValue(true);
        expect(bytes(inputOf(seed))).toBe(gated);
        jest.restoreAllMocks();
      }
    } finally {
      jest.restoreAllMocks();
    }
  });

  it('never enters before the decision: what was known then is enough for the same trades', () => {
    const { series, ...rest } = inputOf(5);
    const whole = runBacktest({ ...rest, series });
    const cut = series.map((one) => ({ ...one, candles: partOf(one.candles, 0, 400) }));
    const part = runBacktest({ ...rest, series: cut });
    const end = START + 393 * HOUR;
    const until = (result: typeof whole) =>
      result.trades.filter(({ closedAt }) => closedAt.getTime() < end).map(({ fills }) => fills);
    expect(until(part)).toEqual(until(whole));
    expect(until(part).length).toBeGreaterThan(3);
  });

  it('trades from `from` to `to`, warmed up by what was before', () => {
    const input = inputOf(6);
    const [from, to] = [START + 200 * HOUR, START + 400 * HOUR];
    const result = runBacktest({ ...input, from, to });
    expect([result.from, result.to]).toEqual([from, to]);
    expect(
      result.trades.every(({ openedAt, closedAt }) => openedAt.getTime() >= from && closedAt.getTime() <= to),
    ).toBe(true);
    expect(result.decisions.WARMING_UP).toBe(40);
    expect(() => runBacktest({ ...input, from: START + 9_999 * HOUR })).toThrow('no candles in that time');
  });

  it('with fusion carries out what the layer chooses: one of a symbol at a time, none of them late', () => {
    const bot: Strategy = {
      ...CROSS,
      decide: (view) => {
        const price = view.close(0).toFixed(2);
        const targets = [(view.close(0) * 1.02).toFixed(2)];
        const intent = enter('LONG', (view.close(0) * 0.98).toFixed(2), targets, {}, price);
        const named = { symbol: view.symbol, ref: `${view.symbol}:${view.length}`, meta: { bot_source: 'SCALPER' } };
        return { why: 'ALWAYS', intents: [{ ...intent, ...named }] };
      },
    };
    const input = { ...inputOf(8, 300, termsOf()), strategy: { rule: bot, settings: crossSettings() } };
    const result = runBacktest({ ...input, fusion: FUSION_DEFAULTS });
    for (const symbol of result.symbols) {
      const own = result.trades.filter((trade) => trade.symbol === symbol);
      expect(own.length).toBeGreaterThan(3);
      own.slice(1).forEach((trade, index) => expect(trade.openedAt >= (own[index]?.closedAt as Date)).toBe(true));
    }
    expect(Object.keys(result.refusals)).toContain('FUSION_DUPLICATE');
    expect(runBacktest(input).trades.length).toBeGreaterThan(result.trades.length);
  });

  it('reports progress and ends where it is told to', () => {
    const input = inputOf(7, 12_000, termsOf());
    const seen: number[] = [];
    const goOn = (done: number) => (seen.push(done), seen.length < 2);
    expect(() => runBacktest({ ...input, series: input.series.slice(0, 2) }, goOn)).toThrow('cancelled');
    expect(seen.length).toBe(2);
  });
});
