/** The page of a run: whole, escaped, alone. */
import { CROSS, crossSettings, HOUR, randomCandles, START, termsOf } from '../../../../test/factories/backtests.js';
import { runBacktest } from '../run.js';
import { htmlReport } from './html-report.js';
import { figure } from './markup.js';
import { monthsOf } from './months.js';

const DAY = 24 * HOUR;
const input = {
  series: [{ symbol: 'BTCUSDT', intervalMs: HOUR, candles: randomCandles(3, 2_000) }],
  strategy: { rule: CROSS, settings: crossSettings() },
  terms: termsOf(),
  intrabar: 'stop-first' as const,
};

describe('the report', () => {
  it('is one page without scripts or addresses, the same every time', () => {
    const head = { title: 'Cross', setup: [['Strategy', 'cross']] as const };
    const page = htmlReport(runBacktest(input), head);
    expect(page).toBe(htmlReport(runBacktest(input), head));
    expect(page).not.toMatch(/<script|src=|href=|url\(|https?:|NaN|undefined|Infinity/);
    expect(page.match(/<svg /g)?.length).toBe(2);
    expect(page).toContain("default-src 'none'");
    for (const title of ['Months', 'By symbol', 'By side', 'By reason of the exit', 'Trades']) {
      expect(page).toContain(`<h2>${title}</h2>`);
    }
  });

  it('escapes whatever comes from outside', () => {
    const evil = '<img src=x onerror=alert(1)>"\'&';
    const result = { ...runBacktest(input), symbols: [evil], refusals: { [evil]: 1 }, decisions: { [evil]: 2 } };
    const section = { title: evil, note: evil, head: [evil], rows: [[evil]] };
    const page = htmlReport(result, { title: evil, setup: [[evil, evil]], sections: [section] });
    expect(page).not.toContain('<img');
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;');
  });

  it('months compound, and a day that ends at midnight belongs to the month that ends', () => {
    const at = (month: number, day: number) => Date.UTC(2025, month, day) + DAY;
    const days = [
      { at: at(10, 30), equity: 110 },
      { at: at(11, 31), equity: 99 },
      { at: at(12, 1), equity: 198 },
    ];
    const [first, second] = monthsOf({ days }, 100);
    expect([first?.year, second?.year]).toEqual([2025, 2026]);
    expect(first?.months.slice(9).map((value) => value?.toFixed(1))).toEqual([undefined, '10.0', '-10.0']);
    expect([first?.total.toFixed(1), second?.months[0], second?.total]).toEqual(['-1.0', 100, 100]);
  });

  it('figures are short and a missing one is a dash', () => {
    expect([figure(1.5), figure(2), figure(-0.0001), figure(1234.567), figure(null)]).toEqual([
      '1.5',
      '2',
      '0',
      '1234.57',
      '–',
    ]);
    expect(START % DAY).toBe(0);
  });
});
