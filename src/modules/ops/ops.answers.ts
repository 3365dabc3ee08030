/** What the routes for watchdogs and operators answer, as examples that give their schemas. */
import { oneOf, orNull } from '../../platform/openapi/shape.js';

const TIME = '2026-01-31T12:00:00.000Z';

const PRICES = { ok: true, symbols: orNull(2), newest_age_seconds: orNull(1) };

export const PING = { status: 'ok', service: 'VerzekBackend', version: '1', message: 'pong' };

export const HEALTH = {
  status: oneOf('healthy', 'degraded', 'unavailable'),
  timestamp: TIME,
  checks: {
    database: { ok: true, ms: 1 },
    queue: { ok: true, open: orNull(0), dead: orNull(0), oldest_due_seconds: orNull(0) },
    prices: PRICES,
    broadcast: { ok: true, given_up: orNull(0) },
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
  status: oneOf('operational', 'degraded'),
  trading_allowed: true,
  price_feed: 'simulated',
  prices: PRICES,
  timestamp: TIME,
};
