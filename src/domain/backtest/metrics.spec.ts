/** The figures of runs, by hand. */
import { termsOf, enter, HOUR, hours, START } from '../../../test/factories/backtests.js';
import { EquityRecorder } from './equity.js';
import { dailyReturns, metricsTable, sharpeOf, sortinoOf } from './metrics.js';
import { resultJson, tradesCsv } from './result-json.js';
import { runBacktest } from './run.js';

const DAY = 24 * HOUR;

describe('equity', () => {
  it('drawdowns are from the highest before, their length until it is passed', () => {
    const recorder = new EquityRecorder(START, START + 6 * HOUR, 100);
    [100, 120, 90, 108, 120, 121].forEach((equity, index) =>
      recorder.mark(START + (index + 1) * HOUR, equity, index > 2),
    );
    const figures = recorder.finish(121);
    expect(figures).toMatchObject({ maxDrawdownPercent: 25, maxDrawdownUsdt: 30, exposure: 0.5 });
    expect(figures.longestDrawdownMs).toBe(4 * HOUR);
    expect(figures.points.length).toBe(7);
  });

  it('a drawdown that has not ended counts until the end; days without candles stay as they were', () => {
    const recorder = new EquityRecorder(START, START + 4 * DAY, 100);
    recorder.mark(START + HOUR, 110, true);
    recorder.mark(START + 3 * DAY + HOUR, 99, true);
    const figures = recorder.finish(99);
    expect(figures.longestDrawdownMs).toBe(3 * DAY);
    expect(figures.days.map(({ equity }) => equity)).toEqual([110, 110, 110, 99]);
    expect(dailyReturns(figures, 100).map((value) => value.toFixed(2))).toEqual(['0.10', '0.00', '0.00', '-0.10']);
  });
});

describe('ratios', () => {
  it('are those of their sources', () => {
    // Mean 0.01, sample deviation 0.02: 0.5 × √365.
    expect(sharpeOf([0.03, -0.01, 0.01])).toBeCloseTo(0.5 * Math.sqrt(365), 12);
    // Downside deviation √(0.0001 ÷ 3).
    expect(sortinoOf([0.03, -0.01, 0.01])).toBeCloseTo((0.01 / Math.sqrt(0.0001 / 3)) * Math.sqrt(365), 12);
    expect([sharpeOf([0.01]), sharpeOf([0.01, 0.01]), sortinoOf([0.01, 0.02])]).toEqual([null, null, null]);
  });

  it('of a run: factor, expectancy, growth', () => {
    const rows = Array.from({ length: 48 }, () => [100, 100, 100, 100] as const);
    const candles = hours(rows);
    const set = (index: number, price: number) => {
      for (const name of ['open', 'high', 'low', 'close'] as const) candles[name][index] = price;
    };
    set(3, 111);
    set(10, 90);
    const said = [0, 8].map((hour) => ({ at: START + hour * HOUR + 1, intent: enter('LONG', '95', ['110']) }));
    const series = [{ symbol: 'BTCUSDT', intervalMs: HOUR, candles }];
    const result = runBacktest({ series, said, terms: termsOf(), intrabar: 'stop-first' });
    const { total, byReason, bySide } = metricsTable(result);
    // +10 − 0.05 − 0.022, and −10 − 0.05 − 0.045.
    expect([total.grossProfit, total.grossLoss, total.netProfit]).toEqual(['9.928', '10.095', '-0.167']);
    expect(total).toMatchObject({ trades: 2, wins: 1, winRate: 50, longestLosingStreak: 1 });
    expect(total.profitFactor).toBeCloseTo(9.928 / 10.095, 12);
    expect(total.expectancy).toBeCloseTo(-0.0835, 12);
    expect(total.cagr).toBeCloseTo(((1 - 0.000167) ** (365.25 / 2) - 1) * 100, 9);
    expect(total.calmar).toBeCloseTo((total.cagr as number) / total.maxDrawdownPercent, 12);
    expect(Object.keys(byReason)).toEqual(['STOP', 'TARGETS']);
    expect(bySide.LONG?.trades).toBe(2);
    expect(resultJson(result).final_balance).toBe('999.833');
  });

  it('of nothing are null, not infinite', () => {
    const series = [{ symbol: 'BTCUSDT', intervalMs: HOUR, candles: hours([[1, 1, 1, 1]]) }];
    const { total } = metricsTable(runBacktest({ series, terms: termsOf(), intrabar: 'stop-first' }));
    expect(total).toMatchObject({
      trades: 0,
      winRate: null,
      profitFactor: null,
      sharpe: null,
      cagr: null,
      netProfit: '0',
    });
  });
});

describe('the list of trades', () => {
  it('is CSV that no spreadsheet runs', () => {
    const intent = { ...enter('LONG', '95', ['110']), ref: '=1+1, "x"' };
    const candles = hours([1, 2, 3].map(() => [100, 100, 100, 100] as const));
    const series = [{ symbol: 'BTCUSDT', intervalMs: HOUR, candles }];
    const { trades } = runBacktest({ series, said: [{ at: START, intent }], terms: termsOf(), intrabar: 'stop-first' });
    const [header, row, rest] = tradesCsv(trades).split('\r\n');
    expect(header).toMatch(/^id,symbol,side,opened_at/);
    expect(row).toMatch(/^1,BTCUSDT,LONG,2026-01-01T00:00:00.000Z,.*,"'=1\+1, ""x"""$/);
    expect(rest).toBe('');
  });
});
