/** What the routes for watchdogs and operators answer, as examples that give their schemas. */
import { free, oneOf, orNull } from '../../platform/openapi/shape.js';

const TIME = '2026-01-31T12:00:00.000Z';

const PRICES = { ok: true, symbols: orNull(2), newest_age_seconds: orNull(1) };

export const PING = { status: 'ok', service: 'VerzekBackend', version: '0.1.0', message: 'pong' };

export const HEALTH = {
  status: oneOf('healthy', 'degraded', 'unavailable'),
  timestamp: TIME,
  checks: {
    database: { ok: true, ms: 1 },
    queue: {
      ok: true,
      open: orNull(0),
      dead: orNull(0),
      oldest_due_seconds: orNull(0),
      oldest_order_seconds: orNull(0),
    },
    prices: PRICES,
    broadcast: { ok: true, given_up: orNull(0) },
    listening: { ok: true, state: orNull('listening'), reason: '', beat_age_seconds: orNull(3) },
    workers: { ok: true, active: orNull(1) },
  },
};

export const ALIVE = { status: 'alive', timestamp: TIME };

export const ADDRESS = {
  ip: '203.0.113.9',
  server_ip: '203.0.113.9',
  ip_list: ['203.0.113.9'],
  source: 'SYSTEM_PUBLIC_IP',
};

export const SAFETY = {
  active_workers: 1,
  mode: 'paper',
  status: oneOf('operational', 'degraded', 'halted'),
  trading_allowed: true,
  kill_switch: { active: false, mode: orNull('reduce_only'), reason: orNull('News ahead'), activated_at: orNull(TIME) },
  trading_pause: { active: false, reason: orNull('News ahead'), until: orNull(TIME) },
  circuit_breaker: {
    active: false,
    state: oneOf('closed', 'open', 'half_open'),
    reason: orNull('DRAWDOWN'),
    tripped_at: orNull(TIME),
    until: orNull(TIME),
    accounts: 0,
  },
  switches: free({ source: 0, user: 0, symbol: 0, account: 0 }),
  price_feed: 'simulated',
  prices: {
    ...PRICES,
    by_symbol: [{ symbol: 'BTCUSDT', price: '70000', age_seconds: 1 }],
    rejections: [{ symbol: 'BTCUSDT', reason: 'spike', count: 1, last_price: '140000', last_at: TIME }],
    candles: [{ symbol: 'BTCUSDT', age_seconds: orNull(12) }],
  },
  timestamp: TIME,
};
