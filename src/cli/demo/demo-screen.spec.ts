/** The demo's screens: exact figures, rounded for the eye, within the width of an ordinary terminal. */
import type { DemoFigures, SignalFigures } from './demo-figures.js';
import { type DemoView, progressLine, reportLines, tableLines } from './demo-screen.js';

const signal = (change: Partial<SignalFigures> = {}): SignalFigures => ({
  signal_id: 1,
  symbol: 'BTCUSDT',
  side: 'LONG',
  entry: '70000',
  status: 'PARTIAL',
  opened: 150,
  refused: 40,
  live: 150,
  trades: 0,
  target_hits: 150,
  stop_hits: 0,
  pnl_usdt: '1430.425',
  ...change,
});

const view = (change: Partial<DemoFigures> = {}): DemoView => ({
  seconds: 67.9,
  followers: 200,
  trading: 190,
  figures: {
    signals: [signal(), signal({ symbol: 'ETHUSDT', side: 'SHORT', pnl_usdt: '-0.004' })],
    refusals: [{ reason: 'NOT_VERIFIED', count: 20 }],
    broadcasts: { messages: 3, sent: 5, waiting: 1, last: 'x'.repeat(100) },
    ...change,
  },
  prices: new Map([['BTCUSDT', '70912.4']]),
});

describe('the screens of the demo', () => {
  it('show each signal, the sums, the reasons and the broadcasts', () => {
    const lines = tableLines(view());
    expect(lines[0]).toMatch(/01:07$/);
    expect(lines[3]).toBe('BTCUSDT LONG 70000   PARTIAL     70912.4    150      40     150     0   +1430.42');
    expect(lines[4]).toMatch(/^ETHUSDT SHORT 70000 .* - .* 0\.00$/);
    expect(lines[5]).toMatch(/^all +300 +80 +300 +0 +\+1430\.42$/);
    expect(lines).toContain('Followers   200: 190 auto-trading, 10 only watching; 300 positions live');
    expect(lines).toContain('Refused     NOT_VERIFIED 20');
    expect(lines).toContain('Broadcasts  3 messages, 5 delivered, 1 on their way');
    expect(progressLine(view())).toMatch(
      /^01:07 .*opened 300, refused 80, live 300; targets 300, stops 0, PnL \+1430\.42/,
    );
  });

  it('stay within 80 characters', () => {
    const reasons = Array.from({ length: 9 }, (_none, index) => ({
      reason: `MAX_CONCURRENT_TRADES_${index}`,
      count: 9,
    }));
    const lines = tableLines(view({ refusals: reasons }));
    expect(Math.max(...lines.map((line) => line.length))).toBe(80);
    for (const { reason } of reasons) expect(lines.join('\n')).toContain(`${reason} 9`);
  });

  it('show the report in the words of the server', () => {
    const lines = reportLines({
      date: '2026-01-31',
      total_trades: 3,
      winning_trades: 2,
      losing_trades: 1,
      win_rate_pct: 66.67,
      total_pnl_usdt: 12.345,
      total_profit_pct: 40,
      fees_usdt: 0.5,
      tp_hits: 5,
      sl_hits: 1,
      symbols: [{ symbol: 'BTCUSDT', trades: 3, pnl_usdt: -1.5, profit_pct: 40 }],
    });
    expect(lines[1]).toBe('  Trades      3: 2 won, 1 lost, win rate 66.67 %');
    expect(lines.at(-1)).toBe('  BTCUSDT      3 trades      -1.50 USDT       40.00 %');
  });
});
