import { reportMessage, signalMessage, type SignalFacts } from './messages.js';

const signal: SignalFacts = {
  id: 7,
  symbol: '1000PEPEUSDT',
  side: 'LONG',
  entry: '0.0091',
  stop_loss: '0.0089',
  target_prices: ['0.0092', '0.0093'],
  leverage: 10,
  trade_type: 'FUTURES',
  duration: 'SHORT',
  confidence: 90,
};
const event = { target_index: null, price: null, reason: null };

describe('what groups are told', () => {
  it('shows a new signal with its own digits', () => {
    const message = signalMessage(signal, { ...event, type: 'POSTED' });
    expect(message?.text).toContain('Entry: 0.0091');
    expect(message?.text).toContain('Targets: 0.0092, 0.0093');
    expect(message?.html).toMatch(/^<b>🟢 VerzekAutoTrader: 1000PEPEUSDT LONG<\/b>\n/);
  });

  it('names target, stop and cancel reason', () => {
    expect(signalMessage(signal, { ...event, type: 'TARGET', target_index: 2, price: '0.0093' })?.text).toContain(
      'target 2 hit',
    );
    expect(signalMessage(signal, { ...event, type: 'STOP', price: '0.0089' })?.text).toContain('Price: 0.0089');
    expect(signalMessage(signal, { ...event, type: 'CANCELLED', reason: 'news' })?.text).toContain('Reason: news');
    expect(signalMessage(signal, { ...event, type: 'ENTRY' })).toBeUndefined();
  });

  it('tells what an edit changed of what people trade by', () => {
    const changes = {
      stop_loss: { from: '0.0089', to: '0.009' },
      targets: { from: ['0.0092'], to: ['0.0093', '0.0094'] },
      'stop.value': { from: '5', to: '0.009' },
      'exit.after': { from: null, to: 3600 },
      meta: { from: {}, to: { chart: '4h' } },
    };
    const lines = signalMessage(signal, { ...event, type: 'EDITED', changes })?.text.split('\n');
    expect(lines?.slice(1, -1)).toEqual([
      'Stop loss: 0.0089 → 0.009',
      'Targets: 0.0092 → 0.0093, 0.0094',
      'exit.after: none → 3600',
    ]);
    expect(signalMessage(signal, { ...event, type: 'EDITED', changes: { meta: changes.meta } })).toBeUndefined();
  });

  it('escapes what is foreign', () => {
    const html = signalMessage(signal, { ...event, type: 'CANCELLED', reason: '<a href="x">&</a>' })?.html;
    expect(html).toContain('&lt;a href=&quot;x&quot;&gt;&amp;&lt;/a&gt;');
    expect(html).not.toContain('<a');
  });

  it('stays under the limit of Telegram', () => {
    const symbols = Array.from({ length: 400 }, (_, index) => ({
      symbol: `COIN${index}USDT`,
      trades: 1,
      profit_pct: '-1.5',
    }));
    const figures = {
      total_trades: 400,
      winning_trades: 0,
      losing_trades: 400,
      win_rate_pct: '0',
      total_pnl_usdt: '-1',
      total_profit_pct: '-600',
      best: { symbol: 'COIN1USDT', side: 'LONG', profit_pct: '-1.25' },
      worst: { symbol: 'COIN2USDT', side: 'SHORT', profit_pct: '-2' },
    };
    const message = reportMessage({ date: '2026-01-01', ...figures, symbols });
    expect(message.html?.length).toBeLessThanOrEqual(4_096);
    expect(message.text).toContain('… and 350 more\nTotal profit: -600%');
    expect(message.text).toContain('Best: COIN1USDT LONG -1.25%\nWorst: COIN2USDT SHORT -2%');
  });

  it('says of a day without trades that it had none', () => {
    const none = { total_trades: 0, winning_trades: 0, losing_trades: 0, win_rate_pct: '0', best: null, worst: null };
    const message = reportMessage({
      date: '2026-01-01',
      ...none,
      total_pnl_usdt: '0',
      total_profit_pct: '0',
      symbols: [],
    });
    expect(message.text).toBe('📊 Daily report 2026-01-01\nNo trade ended on this day.');
  });
});
