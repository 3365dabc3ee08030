/**
 * Two years of ended trades, made by set-based SQL: each signal followed by everybody, entered, closed at its first target
 * in full. Into the archive, or into the live tables to see what it would be like without one.
 * Keeps: rows as wide as those that trading writes; ids below those of what is traded afterwards.
 */
import type { Database } from '../../src/platform/database/database.js';

export const YEARS_DAYS = 730;

/** The archive never holds what is younger. */
const LEAST_DAYS = 90;

const FACTS = JSON.stringify([
  7,
  'TRIAL',
  0,
  '15',
  10,
  50,
  '0',
  '100000',
  '1500',
  12,
  [10, '1.5', '150', '15', '0.075', '15.15', null, '90.49'],
]);

/** Position number i (from 0), of follower `f` and signal number `s`; `at` is when it began. */
const TRADES = `
  FROM generate_series($1::bigint, $2::bigint) AS i
    JOIN bench_followers f ON f.n = i % $3::bigint
    CROSS JOIN LATERAL (SELECT i / $3::bigint AS s) AS number
    CROSS JOIN LATERAL (SELECT now() - make_interval(days => ${YEARS_DAYS}) + s * $4::interval AS at) AS time`;

const ROWS: Readonly<Record<string, readonly string[]>> = {
  positions: [
    `INSERT INTO TABLE (id, user_id, account_id, signal_id, symbol, side, mode, exchange, status, entry_type, leverage, planned_qty,
       qty, remaining_qty, entry_price, exit_price, stop_loss, target_prices, target_qtys, target_hit_at, margin, realised_pnl, fees,
       close_reason, created_at, opened_at, closed_at, updated_at)
     SELECT 1 + i, f.user_id, f.account_id, 1 + s, 'H' || s % 50 || 'USDT', 'LONG', 'paper', 'paper', 'CLOSED', 'MARKET', 10, 1.5, 1.5, 0, 100,
       110, 96, '{110,120,130}', '{0.5,0.5,0.5}', ARRAY[at, NULL, NULL], 0, 14.9, 0.1, 'TARGETS', at, at, at + interval '1 hour', at ${TRADES}`,
  ],
  orders: [
    `INSERT INTO TABLE (id, position_id, user_id, account_id, client_order_id, leg, side, type, reduce_only, qty, filled_qty,
       average_price, status, created_at, updated_at)
     SELECT 1 + i * 2 + part, 1 + i, f.user_id, f.account_id, md5(i || ':' || part), CASE part WHEN 0 THEN 'ENTRY' ELSE 'TP1' END,
       CASE part WHEN 0 THEN 'BUY' ELSE 'SELL' END, CASE part WHEN 0 THEN 'MARKET' ELSE 'LIMIT' END, part = 1, 1.5, 1.5, 100, 'FILLED', at, at
     ${TRADES} CROSS JOIN generate_series(0, 1) AS part`,
  ],
  fills: [
    `INSERT INTO TABLE (id, order_id, position_id, user_id, account_id, trade_id, effect, price, qty, fee, liquidity, realised_pnl, created_at)
     SELECT 1 + i * 2 + part, 1 + i * 2 + part, 1 + i, f.user_id, f.account_id, md5(i || ':' || part) || ':1',
       CASE part WHEN 0 THEN 'ENTRY' ELSE 'EXIT' END, 100 + 10 * part, 1.5, 0.05, 'TAKER', 15 * part, at
     ${TRADES} CROSS JOIN generate_series(0, 1) AS part`,
  ],
  trade_log: [
    `INSERT INTO TABLE (id, position_id, user_id, signal_id, type, message, meta, created_at)
     SELECT 1 + i * 2 + part, 1 + i, f.user_id, 1 + s, CASE part WHEN 0 THEN 'OPEN' ELSE 'TP_HIT' END, 'LONG H' || s % 50 || 'USDT 1.5 at 100',
       '{"fee": "0.05", "qty": "1.5", "leg": "ENTRY", "price": "100"}', at ${TRADES} CROSS JOIN generate_series(0, 1) AS part`,
  ],
  decisions: [
    `INSERT INTO TABLE (signal_id, user_id, position_id, verdict, detail, context_id, rules_version, facts, created_at)
     SELECT 1 + s, f.user_id, 1 + i, 'OPENED', '{"qty": "1.5", "margin": "15", "leverage": 10}', 1, 1, '${FACTS}', at ${TRADES}`,
  ],
  ledger_transactions: [
    `INSERT INTO TABLE (id, account_id, position_id, cause, cash, margin, fees, realised, created_at)
     SELECT 1000000 + i * 2 + part, f.account_id, 1 + i, CASE part WHEN 0 THEN 'ENTRY' ELSE 'EXIT' END, -15.05 + 45 * part, 15 - 30 * part, 0.05,
       -15 * part, at ${TRADES} CROSS JOIN generate_series(0, 1) AS part`,
  ],
};

/** Trades of one statement. */
const AT_ONCE = 100_000;

/** Makes about `trades` of them for the followers there are, before anything is traded. Answers how many. */
export async function makeHistory(db: Database, trades: number, isArchived: boolean): Promise<number> {
  const side = isArchived ? 'archived_' : '';
  await db.query(`CREATE TABLE bench_followers AS
    SELECT row_number() OVER (ORDER BY a.user_id) - 1 AS n, a.user_id, a.id AS account_id FROM accounts a`);
  const people = (await db.first<{ n: number }>('SELECT count(*) AS n FROM bench_followers'))?.n ?? 0;
  const signals = Math.ceil(trades / people);
  const total = signals * people;
  const apart = `${((YEARS_DAYS - LEAST_DAYS) * 86_400) / signals} seconds`;
  const unguarded = (sql: string, params: readonly unknown[] = []) =>
    db.transaction(async () => {
      await db.query('SET LOCAL session_replication_role = replica');
      await db.query('SET LOCAL synchronous_commit = off');
      return db.query(sql, params);
    });
  await unguarded(
    `INSERT INTO signals (id, trading_id, source_id, symbol, side, trade_type, duration, entry, stop_loss, target_prices, target_hit_at,
       leverage, confidence, status, entry_type, dispatched_at, closed_at, created_at, updated_at)
     SELECT 1 + s, CASE WHEN $3 THEN NULL ELSE 1 + s END, 1, 'H' || s % 50 || 'USDT', 'LONG', 'FUTURES', 'SHORT', 100, 96, '{110}', ARRAY[at], 10, 90,
       'CLOSED', 'MARKET', at, at, at, at
     FROM generate_series(0, $1::bigint - 1) AS s
       CROSS JOIN LATERAL (SELECT now() - make_interval(days => ${YEARS_DAYS}) + s * $2::interval AS at) AS time`,
    [signals, apart, isArchived],
  );
  await unguarded(
    `INSERT INTO decision_contexts (id, signal_id, digest, context, created_at) VALUES (1, 1, 'history', '{}', now())`,
  );
  // Everybody was there before the first trade.
  await unguarded(`UPDATE ledger_transactions SET created_at = now() - make_interval(days => ${YEARS_DAYS + 1})`);
  for (const [table, statements] of Object.entries(ROWS)) {
    for (let first = 0; first < total; first += AT_ONCE) {
      const last = Math.min(total, first + AT_ONCE) - 1;
      for (const sql of statements)
        await unguarded(sql.replace('TABLE', `${side}${table}`), [first, last, people, apart]);
    }
  }
  for (const table of [
    'signals',
    'positions',
    'orders',
    'fills',
    'trade_log',
    'ledger_transactions',
    'decision_contexts',
  ]) {
    await db.query(`SELECT setval(pg_get_serial_sequence($1, 'id'), 100000000)`, [table]);
  }
  for (const table of Object.keys(ROWS)) await db.query(`VACUUM ANALYZE ${side}${table}`);
  await db.query('DROP TABLE bench_followers');
  await db.query('CHECKPOINT');
  return total;
}
