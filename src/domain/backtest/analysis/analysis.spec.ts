/** Analyses: a peeking strategy is caught and named, a choice is judged by what it has not seen, chance is seeded. */
import fc from 'fast-check';
import {
  CROSS,
  crossSettings,
  enter,
  HOUR,
  randomCandles,
  START,
  termsOf,
} from '../../../../test/factories/backtests.js';
import type { CandleColumns } from '../../strategy/candle-view.js';
import { nothing, type Strategy } from '../../strategy/strategy.js';
import { runBacktest } from '../run.js';
import { candidatesOf } from './candidates.js';
import { detectLookAhead } from './look-ahead.js';
import { monteCarlo, percentilesOf } from './monte-carlo.js';
import { foldsOf, type RunWith, searchSettings, walkForward } from './search.js';

const candles = randomCandles(11, 800);
const question = { settings: crossSettings(), symbol: 'BTCUSDT', intervalMs: HOUR, candles, places: 6, seed: 1 };

const plain = { summary: '', settings: {}, intervalMs: HOUR, lookBack: 0 };

/** Buys where the next candle rises: it was given all candles. */
const peeker = (all: CandleColumns): Strategy => ({
  ...plain,
  code: 'peeker',
  begin: () => ({}),
  decide: (view) => {
    const next = all.close[view.length] ?? NaN;
    return next > view.close(0) ? { why: 'UP', intents: [enter('LONG', '1', ['9999'])] } : nothing('DOWN');
  },
});

/** Compares with the mean of everything, which nobody knows before the end. */
const centred = (all: CandleColumns): Strategy => {
  const mean = all.close.reduce((sum, close) => sum + close, 0) / all.close.length;
  return {
    ...plain,
    code: 'centred',
    begin: () => ({}),
    decide: (view) => nothing(view.close(0) > mean ? 'HIGH' : 'LOW'),
  };
};

describe('looking ahead', () => {
  it('is found in nobody who does not', () => {
    const report = detectLookAhead({ ...question, make: () => CROSS });
    expect(report).toEqual({ strategy: 'cross', places: 6, decisions: 800, findings: [] });
  });

  it('is found and named in one that reads the next candle', () => {
    const { findings } = detectLookAhead({ ...question, make: peeker });
    expect(findings.length).toBeGreaterThan(3);
    for (const { strategy, candle, from, at } of findings) {
      expect(strategy).toBe('peeker');
      // The last candle before the place, whose next one was taken away or replaced.
      expect(candle).toBe(from - 1);
      expect(at).toBe(new Date(START + candle * HOUR).toISOString());
    }
  });

  it('is found in one that uses a figure of the whole, and in one that tries the view itself', () => {
    const { findings } = detectLookAhead({ ...question, make: centred });
    expect(new Set(findings.map(({ kind }) => kind))).toEqual(new Set(['END', 'FUTURE']));
    const tries: Strategy = {
      ...plain,
      code: 'tries',
      begin: () => ({}),
      decide: (view) => nothing(`${view.close(-1)} ${view.time(-5)} ${view.close(view.length)}`),
    };
    expect(detectLookAhead({ ...question, make: () => tries }).findings).toEqual([]);
    const input = {
      series: [{ symbol: 'BTCUSDT', intervalMs: HOUR, candles }],
      terms: termsOf(),
      intrabar: 'stop-first' as const,
    };
    const { decisions } = runBacktest({ ...input, strategy: { rule: tries, settings: {} } });
    expect(decisions).toEqual({ 'NaN NaN NaN': 800 });
  });
});

describe('candidates', () => {
  it('are all points of a grid, in one order, or some of them by chance', () => {
    const grid = { fast: [3, 5], stop: { from: 1, to: 1.2, step: 0.1 } };
    const { candidates } = candidatesOf(CROSS.settings, crossSettings(), grid);
    expect(candidates.map(({ fast, stop }) => `${fast as number} ${stop as number}`)).toEqual([
      '3 1',
      '5 1',
      '3 1.1',
      '5 1.1',
      '3 1.2',
      '5 1.2',
    ]);
    const some = (seed: number) => candidatesOf(CROSS.settings, crossSettings(), grid, { count: 3, seed }).candidates;
    expect(some(4)).toEqual(some(4));
    expect(new Set(some(4).map((one) => JSON.stringify(one))).size).toBe(3);
  });

  it('that are no settings are named, and too many are refused', () => {
    const problems = (grid: unknown) => candidatesOf(CROSS.settings, crossSettings(), grid).problems;
    expect(problems({ fast: [1], colour: ['red'] }).map(({ field }) => field)).toEqual(['colour', 'fast']);
    expect(problems({ fast: { from: 1, to: 2 } })[0]?.rule).toMatch(/list of values/);
    expect(problems([])[0]?.field).toBe('grid');
    const large = { fast: { from: 2, to: 50, step: 1 }, slow: { from: 3, to: 200, step: 1 }, stop: [1, 2] };
    expect(problems(large)[0]?.rule).toMatch(/has 19404 points/);
  });
});

describe('a search', () => {
  const run: RunWith = (settings, from, to) =>
    runBacktest({
      series: [{ symbol: 'BTCUSDT', intervalMs: HOUR, candles }],
      strategy: { rule: CROSS, settings },
      terms: termsOf(),
      intrabar: 'stop-first',
      from,
      to,
    });
  const { candidates } = candidatesOf(CROSS.settings, crossSettings(), { fast: [3, 5, 8], stop: [1, 2] });
  const options = { objective: 'netProfit' as const, minTrades: 1 };
  const whole = { from: START, to: START + 800 * HOUR };

  it('ranks by the sample and judges by what followed', () => {
    const seen: [number, number][] = [];
    const spied: RunWith = (settings, from, to) => (seen.push([from, to]), run(settings, from, to));
    const cut = START + 500 * HOUR;
    const stretches = { inSample: { from: START, to: cut }, outOfSample: { from: cut, to: whole.to } };
    const report = searchSettings(spied, candidates, stretches, options);
    const scores = report.best.map(({ score }) => score as number);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect([report.tried, report.best.length]).toEqual([6, 6]);
    expect(seen.slice(0, 6).every(([, to]) => to === cut)).toBe(true);
    expect(seen.slice(6).every(([from]) => from === cut)).toBe(true);
    expect(searchSettings(run, candidates, stretches, { ...options, minTrades: 999 }).best[0]?.score).toBeNull();
  });

  it('walks forward: every choice is made before the stretch that judges it', () => {
    const folds = foldsOf(whole, 3, true);
    expect(folds.map(({ inSample, outOfSample }) => inSample.to === outOfSample.from)).toEqual([true, true, true]);
    expect([folds[0]?.inSample.from, folds[2]?.outOfSample.to]).toEqual([whole.from, whole.to]);
    expect(foldsOf(whole, 3, false)[2]?.inSample.from).toBe(folds[1]?.inSample.to);
    const report = walkForward(run, candidates, folds, options);
    const net = report.folds.reduce((sum, { judged }) => sum + Number(judged.metrics.netProfit), 0);
    expect(report.netProfit).toBeCloseTo(net, 9);
    expect(report).toEqual(walkForward(run, candidates, folds, options));
  });
});

describe('chance', () => {
  it('is seeded; other orders keep the sum, and no drawdown is below that of the best order', () => {
    const results = [10, -5, 20, -30, 15, -5, 40];
    const options = { runs: 500, seed: 7 };
    expect(monteCarlo(results, 100, options)).toEqual(monteCarlo(results, 100, options));
    expect(monteCarlo(results, 100, options)).not.toEqual(monteCarlo(results, 100, { ...options, seed: 8 }));
    const report = monteCarlo(results, 100, options);
    // All losses in a row from the start are the worst: 40 of 100; the loss of 30 after all wins but none before is the least.
    expect(report?.drawdownOfOrders.p95).toBeLessThanOrEqual(40);
    expect(report?.drawdownOfOrders.p5).toBeGreaterThanOrEqual((30 / 185) * 100);
    expect(monteCarlo([], 100, options)).toBeUndefined();
    expect(monteCarlo([-60, -60], 100, options)).toMatchObject({ ruinPercent: 100, losingPercent: 100 });
  });

  it('has percentiles by nearest rank', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 }), (values) => {
        const { p5, p25, p50, p75, p95 } = percentilesOf(Float64Array.from(values));
        const ascending = [p5, p25, p50, p75, p95];
        expect(ascending).toEqual([...ascending].sort((a, b) => a - b));
        expect(values.filter((value) => value <= p50).length * 2).toBeGreaterThanOrEqual(values.length);
      }),
    );
    expect(percentilesOf(Float64Array.from({ length: 100 }, (_, index) => index + 1))).toEqual({
      p5: 5,
      p25: 25,
      p50: 50,
      p75: 75,
      p95: 95,
    });
  });
});
