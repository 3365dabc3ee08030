/** Steps as intents: what of an alert an entry has, and what refuses it. */
import { type Alert } from './alert.js';
import { isStale, timeOf } from './freshness.js';
import { stepsOf, USUAL_RULES } from './held.js';
import { readAlerts } from './read-alerts.js';
import { intentsOf } from './to-intents.js';

const alertOf = (body: object): Alert => readAlerts(JSON.stringify(body)).alerts[0] as Alert;

const made = (body: object, side: 'flat' | 'long' | 'short' = 'flat') => {
  const alert = alertOf(body);
  return intentsOf(alert, stepsOf(alert, { side, said: null }, USUAL_RULES, false).steps);
};

describe('an entry', () => {
  it('of a call has its prices, and stands on its own', () => {
    const { intents } = made({
      symbol: 'BTC/USDT',
      side: 'long',
      price: 60000,
      sl: 59000,
      targets: [61000, 62000],
      leverage: '5x',
    });
    expect(intents).toMatchObject([
      {
        kind: 'ENTER',
        symbol: 'BTCUSDT',
        side: 'LONG',
        entry: '60000',
        stopLoss: '59000',
        targets: ['61000', '62000'],
        leverage: 5,
      },
    ]);
  });

  it('of a strategy is at market: the price that it carries is the one of its bar', () => {
    const { intents } = made({ ticker: 'BTCUSDT', action: 'buy', price: 60000, market_position: 'long' });
    expect(intents).toMatchObject([{ entry: null, meta: { alert_price: '60000', ticker: 'BTCUSDT' } }]);
  });

  it('has percentages in its plan, with their shares', () => {
    const body = {
      ticker: 'BTCUSDT',
      action: 'buy',
      sl_percent: 2,
      take_profit: [
        { percent: 1, share: 30 },
        { percent: 3, share: 30 },
      ],
    };
    expect(made(body).intents).toMatchObject([
      {
        stopLoss: null,
        targets: [],
        plan: {
          'stop.unit': 'PERCENT',
          'stop.value': '2',
          'targets.unit': 'PERCENT',
          'targets.values': ['1', '3'],
          'targets.shares': ['30', '70'],
        },
      },
    ]);
  });

  it('waits where its order does', () => {
    const order = { ticker: 'BTCUSDT', action: 'buy', order_type: 'limit', price: 60000 };
    expect(made(order).intents).toMatchObject([{ entry: '60000', plan: { 'entry.kind': 'LIMIT' } }]);
    expect(made({ ...order, order_type: 'stop', stop_price: 61000 }).intents).toMatchObject([
      { entry: '61000', stopLoss: null, plan: { 'entry.kind': 'BREAKOUT' } },
    ]);
  });

  it('that waits at a price that is not said is not made one at market', () => {
    const order = { ticker: 'BTCUSDT', action: 'buy', order_type: 'limit', sl: 1, tp: 2 };
    expect(made(order)).toMatchObject({ intents: [], refusals: [{ code: 'NO_PRICE' }] });
  });

  it('whose stop is in ticks, or whose symbol is no pair, is refused', () => {
    expect(made({ ticker: 'BTCUSDT', action: 'buy', sl_ticks: 40 })).toMatchObject({
      intents: [],
      refusals: [{ code: 'LEVEL_UNIT' }],
    });
    expect(made({ ticker: 'AAPL', action: 'buy' })).toMatchObject({ intents: [], refusals: [{ code: 'NOT_A_PAIR' }] });
    expect(made({ action: 'buy' })).toMatchObject({ intents: [], refusals: [{ code: 'NO_SYMBOL' }] });
  });

  it('that turns over closes first, and closes also where the entry is refused', () => {
    const kinds = made({ ticker: 'BTCUSDT', action: 'buy' }, 'short').intents.map(({ kind }) => kind);
    expect(kinds).toEqual(['CHANGE', 'ENTER']);
    const refused = made({ ticker: 'BTCUSDT', action: 'buy', sl_ticks: 40 }, 'short');
    expect(refused).toMatchObject({
      intents: [{ kind: 'CHANGE', about: { symbol: 'BTCUSDT', side: 'SHORT' } }],
      refusals: [{}],
    });
  });
});

it('an order that protects moves the stop, or sets the target, of what is held', () => {
  const order = { symbol: 'BTCUSDT', side: 'sell', order_type: 'stop-loss', stop_price: 59000 };
  expect(made(order, 'long').intents).toMatchObject([
    { changes: [{ kind: 'MOVE_STOP', to: { at: 'PRICE', price: '59000' } }] },
  ]);
  const target = { ...order, order_type: 'take-profit', stop_price: 63000 };
  expect(made(target, 'long').intents).toMatchObject([{ changes: [{ kind: 'SET_TARGETS', targets: ['63000'] }] }]);
});

describe('staleness', () => {
  const at = new Date('2026-03-01T10:02:00Z');
  const stale = (more: object, lag: number | null = 60) =>
    isStale(alertOf({ ticker: 'BTCUSDT', action: 'buy', ...more }), at, lag);

  it('is by the time of sending, against the lag of the alert or of the source', () => {
    expect(stale({ timenow: '2026-03-01T10:00:59Z' })).toBe(true);
    expect(stale({ timenow: '2026-03-01T10:01:00Z' })).toBe(false);
    expect(stale({ timestamp: '2026-03-01T10:00:59', max_lag: 300 })).toBe(false);
    expect(stale({ timenow: '2026-03-01T09:00:00Z' }, null)).toBe(false);
  });

  it('allows the length of the bar where the time is the bar’s', () => {
    expect(stale({ time: '2026-03-01T09:00:00Z', interval: '60' })).toBe(false);
    expect(stale({ time: '2026-03-01T07:00:00Z', interval: '60' })).toBe(true);
    expect(stale({ time: '2026-03-01T07:00:00Z' })).toBe(false);
  });

  it('reads times with and without a zone, and of Unix', () => {
    const wanted = Date.parse('2026-03-01T10:00:00Z');
    for (const text of [
      '2026-03-01T10:00:00Z',
      '2026-03-01 10:00',
      '2026-03-01T12:00:00+02:00',
      '1772359200',
      '1772359200000',
    ]) {
      expect(timeOf(text)).toBe(wanted);
    }
    expect(timeOf('yesterday')).toBeUndefined();
  });
});
