/**
 * From a posted signal to all decisions committed, against the same rows written by hand in set-based SQL over two
 * connections. `--json` prints one line; `--sizes 1000,10000` limits the run; `--limits` gives every follower limits.
 */
import { parseArgs } from 'node:util';
import pg from 'pg';
import { SignalsService } from '../src/modules/signals/signals.service.js';
import { accountBooking } from '../src/modules/trading/account-counters.repository.js';
import { type BenchApplication, followers, median, pause, startBenchApplication } from './support/bench-application.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    sizes: { type: 'string' },
    runs: { type: 'string' },
    limits: { type: 'boolean' },
  },
});
const SIZES = (values.sizes ?? '1000,10000,100000').split(',').map(Number);
/** Small sizes vary more; each follower has at most 50 positions. */
const RUNS: Readonly<Record<number, number>> = { 1000: 12, 10000: 5, 100000: 3 };
const GOALS: Readonly<Record<number, number>> = { 1000: 0.5, 10000: 0.65, 100000: 0.8 };

const SIGNAL = `
  INSERT INTO signals (source_id, symbol, side, trade_type, duration, entry, stop_loss, target_prices, target_hit_at, leverage,
    confidence, status, entry_type, dispatched_at, created_at, updated_at)
  VALUES (1, 'CEILUSDT', 'LONG', 'FUTURES', 'SHORT', 100, 96, '{110,120,130}', '{NULL,NULL,NULL}', 10, 90, 'OPENED', 'MARKET',
    now(), now(), now()) RETURNING id`;

const CONTEXT = `
  INSERT INTO decision_contexts (signal_id, digest, context, created_at) VALUES ($1, 'ceiling', '{}', now()) RETURNING id`;

/** Limits of every kind, none of which refuses. */
const LIMITS = JSON.stringify({
  max_per_symbol: 5,
  max_per_direction: 500,
  max_per_source: 500,
  max_total_margin_usdt: '90000',
  max_group_exposure_usdt: '1000000',
  max_daily_trades: 10_000,
  max_daily_loss_percent: '50',
  max_drawdown_percent: '90',
  losing_streak_losses: 5,
  cooldown_after_loss_minutes: 10,
  min_confidence: 50,
  max_worst_case_loss_usdt: '90000',
  trading_hours: [{ days: ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'], from: '00:00', to: '00:00' }],
});

const STATE = JSON.stringify([1, 1, 1, 'B', '100', '0', '10', 1, '0', '100000', null, '0', 0, null, null, null, 5_000]);

/** What the application stores of a follower, and how it books on the account. */
const FACTS = `jsonb_build_array(7, 'TRIAL', 0, per_trade_usdt::text, leverage, 50, '0', balance::text, margin_used::text,
  open_positions, jsonb_build_array(leverage, qty::text, (qty * 100)::text, (qty * 100 / leverage)::text,
  (qty * 0.05)::text, (qty * 10.1)::text, NULL, '90.492462311558')${values.limits === true ? `, '${LIMITS}'::jsonb, '${STATE}'::jsonb, '[]'::jsonb` : ''})`;
const BOOKING = accountBooking({ now: 'now()', delta: '-fees', trades: '1' });

/** The rows that the application writes, by one statement. */
const CEILING = `
  WITH follower AS MATERIALIZED (
    SELECT u.id AS user_id, a.id AS account_id, s.leverage, s.per_trade_usdt, a.balance, a.margin_used, a.open_positions, floor(s.per_trade_usdt * s.leverage / 100 / 0.001) * 0.001 AS qty
    FROM users u JOIN user_settings s ON s.user_id = u.id JOIN accounts a ON a.user_id = u.id AND a.exchange = 'paper'
    WHERE u.auto_trade_enabled AND u.disabled_at IS NULL AND u.id % 2 = $2
  ), opened AS (
    INSERT INTO positions (user_id, account_id, signal_id, symbol, side, mode, exchange, status, entry_type, leverage, planned_qty,
      qty, remaining_qty, entry_price, stop_loss, target_prices, target_qtys, target_hit_at, margin, realised_pnl, fees, created_at,
      opened_at, updated_at, plan_id, cost)
    SELECT user_id, account_id, $1, 'CEILUSDT', 'LONG', 'paper', 'paper', 'OPEN', 'MARKET', leverage, qty, qty, qty, 100, 96,
      '{110,120,130}', ARRAY[trunc(qty / 3, 3), trunc(qty / 3, 3), qty - 2 * trunc(qty / 3, 3)], '{NULL,NULL,NULL}',
      qty * 100 / leverage, -qty * 0.05, qty * 0.05, now(), now(), now(),
      (SELECT id FROM trade_plans WHERE digest = 'ceiling'), qty * 100
    FROM follower RETURNING id, user_id, account_id, qty, leverage, margin, fees
  ), ordered AS (
    INSERT INTO orders (position_id, user_id, account_id, client_order_id, leg, side, type, reduce_only, qty, filled_qty,
      average_price, status, created_at, updated_at)
    SELECT id, user_id, account_id, md5('c' || id), 'ENTRY', 'BUY', 'MARKET', false, qty, qty, 100, 'FILLED', now(), now()
    FROM opened RETURNING id, position_id, user_id, account_id, qty
  ), filled AS (
    INSERT INTO fills (order_id, position_id, user_id, account_id, trade_id, effect, price, qty, fee, liquidity, created_at)
    SELECT id, position_id, user_id, account_id, md5('c' || position_id) || ':1', 'ENTRY', 100, qty, qty * 0.05, 'TAKER', now()
    FROM ordered
  ), logged AS (
    INSERT INTO trade_log (position_id, user_id, signal_id, type, message, meta, created_at)
    SELECT id, user_id, $1, 'OPEN', 'LONG CEILUSDT ' || qty || ' opened at 100',
      jsonb_build_object('price', '100', 'qty', qty::text, 'fee', fees::text, 'leg', 'ENTRY'), now() FROM opened
  ), decided AS (
    INSERT INTO decisions (signal_id, user_id, position_id, verdict, detail, context_id, rules_version, facts, created_at)
    SELECT $1, user_id, opened.id, 'OPENED',
      jsonb_build_object('qty', opened.qty::text, 'leverage', opened.leverage, 'margin', margin::text), $3, 1, facts, now()
    FROM opened JOIN (SELECT user_id, ${FACTS} AS facts FROM follower) AS fact USING (user_id)
  ), booked AS (
    INSERT INTO ledger_transactions (account_id, position_id, cause, cash, margin, fees, created_at)
    SELECT account_id, id, 'ENTRY', -margin - fees, margin, fees, now() FROM opened
  )
  UPDATE accounts SET ${BOOKING}, margin_used = margin_used + margin, open_positions = open_positions + 1,
    updated_at = now() FROM opened WHERE accounts.id = opened.account_id`;

/** The plan that the ceiling's positions follow. */
const PLAN = `INSERT INTO trade_plans (digest, body, created_at) VALUES ('ceiling', '{}', now()) ON CONFLICT DO NOTHING`;

interface Row {
  followers: number;
  oursMs: number;
  ceilingMs: number;
  ratio: number;
  goal: number;
  positionsPerSecond: number;
}

async function ours({ app, db }: BenchApplication, size: number, symbol: string): Promise<number> {
  const caller = { kind: 'service', name: 'bench' } as const;
  const draft = {
    symbol,
    side: 'LONG',
    entry: '100',
    stopLoss: '96',
    targets: ['110', '120', '130'],
    tradeType: 'FUTURES',
    duration: 'SHORT',
    leverage: 10,
    confidence: 90,
    plan: {},
    meta: {},
  } as const;
  const start = performance.now();
  const { signalId } = await app.get(SignalsService).publish(draft, caller, null);
  for (;;) {
    const row = await db.first<{ done: boolean }>(
      `SELECT dispatched_at IS NOT NULL AND NOT EXISTS (
         SELECT 1 FROM work_items WHERE queue = 'signal.page' AND state = 'open') AS done FROM signals WHERE id = $1`,
      [signalId],
    );
    if (row?.done === true) break;
    await pause(2);
  }
  const elapsed = performance.now() - start;
  const sql = `SELECT count(*) AS n FROM positions WHERE signal_id = $1`;
  const made = (await db.first<{ n: number }>(sql, [signalId]))?.n;
  if (made !== size) throw new Error(`${made} positions instead of ${size}`);
  return elapsed;
}

async function ceiling(clients: readonly pg.Client[], size: number): Promise<number> {
  const [first] = clients as [pg.Client];
  const { rows } = await first.query<{ id: number }>(SIGNAL);
  const id = rows[0]?.id;
  const context = (await first.query<{ id: number }>(CONTEXT, [id])).rows[0]?.id;
  await first.query(PLAN);
  const start = performance.now();
  const results = await Promise.all(clients.map((client, half) => client.query(CEILING, [id, half, context])));
  const elapsed = performance.now() - start;
  const made = results.reduce((sum, result) => sum + (result.rowCount ?? 0), 0);
  if (made !== size) throw new Error(`the ceiling wrote ${made} instead of ${size}`);
  return elapsed;
}

/** One transaction a follower, as the naive way would: positions per second. */
async function rowByRow(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ id: number }>(SIGNAL);
  const context = (await client.query<{ id: number }>(CONTEXT, [rows[0]?.id])).rows[0]?.id;
  const users = await client.query<{ id: number }>(
    'SELECT id FROM users WHERE auto_trade_enabled ORDER BY id LIMIT 300',
  );
  const single = CEILING.replace('u.id % 2 = $2', 'u.id = $2');
  const start = performance.now();
  for (const { id } of users.rows) await client.query(single, [rows[0]?.id, id, context]);
  return (users.rows.length / (performance.now() - start)) * 1_000;
}

const bench = await startBenchApplication();
const clients = [new pg.Client(bench.url), new pg.Client(bench.url)];
await Promise.all(clients.map((client) => client.connect()));
const table: Row[] = [];
for (const size of SIZES) {
  await followers(bench.db, size);
  if (values.limits === true) await bench.db.query('UPDATE user_settings SET risk = $1::jsonb', [LIMITS]);
  const runs = Number(values.runs ?? RUNS[size] ?? 5);
  const mine: number[] = [];
  const best: number[] = [];
  for (let run = 0; run <= runs; run += 1) {
    await bench.db.query('CHECKPOINT');
    const a = await ceiling(clients, size);
    await bench.db.query('CHECKPOINT');
    const b = await ours(bench, size, `B${size}USDT`);
    // The first run of a size warms plans and caches on both sides.
    if (run > 0) {
      best.push(a);
      mine.push(b);
    }
  }
  const oursMs = median(mine);
  const ceilingMs = median(best);
  table.push({
    followers: size,
    oursMs: Math.round(oursMs),
    ceilingMs: Math.round(ceilingMs),
    ratio: Number((ceilingMs / oursMs).toFixed(2)),
    goal: GOALS[size] ?? 0,
    positionsPerSecond: Math.round((size / oursMs) * 1_000),
  });
}
const slow = Math.round(await rowByRow(clients[0] as pg.Client));
await Promise.all(clients.map((client) => client.end()));
await bench.app.close();
if (values.json === true) {
  const ratios = Object.fromEntries(table.map((row) => [row.followers, row.ratio]));
  const ratio = table.at(-1)?.ratio ?? 0;
  console.log(JSON.stringify({ bench: 'fanout', ratio, ratios, row_by_row_per_second: slow, table }));
} else {
  console.table(table);
  console.log(`Row by row: ${slow} positions/s`);
}
if (table.some((row) => row.ratio < row.goal)) process.exitCode = 1;
