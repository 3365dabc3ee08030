/**
 * The peer of the `api` and `webhooks` benches: Fastify and pg with nothing around them, sending the newest rows as the driver
 * reads them, and storing what is posted.
 * Forked by the bench with the database in DATABASE_URL; tells its port to the parent and ends with it.
 */
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import pg from 'pg';

const POSITIONS = `
  SELECT id, user_id, signal_id, symbol, side, mode, exchange, status, leverage, planned_qty, qty, remaining_qty, entry_price,
    exit_price, stop_loss, target_prices, target_qtys, target_hit_at, realised_pnl, fees, close_reason, created_at, opened_at,
    closed_at, updated_at FROM positions WHERE user_id = $1 ORDER BY id DESC LIMIT 20`;

const SIGNALS = `
  SELECT id, symbol, side, trade_type, duration, entry, stop_loss, target_prices, target_hit_at, leverage, confidence, status,
    close_reason, meta, created_at, closed_at FROM signals ORDER BY id DESC LIMIT 20`;

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
const server = Fastify();
server.get<{ Querystring: { user: string } }>('/positions', async ({ query }) => {
  const { rows } = await pool.query<object>({ name: 'positions', text: POSITIONS, values: [query.user] });
  return { ok: true, positions: rows };
});
server.get('/signals', async () => {
  const { rows } = await pool.query<object>({ name: 'signals', text: SIGNALS });
  return { ok: true, signals: rows };
});
// What taking an alert comes down to: one row, committed before the answer.
await pool.query(
  'CREATE TABLE IF NOT EXISTS bare_alerts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body jsonb)',
);
server.post('/alerts', async ({ body }) => {
  const text = 'INSERT INTO bare_alerts (body) VALUES ($1) RETURNING id';
  const { rows } = await pool.query<{ id: number }>({ name: 'alert', text, values: [body] });
  return { ok: true, alert_id: rows[0]?.id };
});
await server.listen({ port: 0, host: '127.0.0.1' });
process.once('disconnect', () => process.exit());
process.send?.((server.server.address() as AddressInfo).port);
