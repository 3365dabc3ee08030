/**
 * 10,000 positions hit the same target on one tick, from the tick to the last commit, against the same changes written
 * by hand in set-based SQL over two connections. `--json` prints one line.
 */
import { parseArgs } from 'node:util';
import pg from 'pg';
import { SignalsService } from '../src/modules/signals/signals.service.js';
import { accountBooking } from '../src/modules/trading/changes/account-counters.repository.js';
import { TriggerEngine } from '../src/modules/trading/triggers/trigger-engine.service.js';
import { followers, median, medianRatio, pause, startBenchApplication } from './support/bench-application.js';

const { values } = parseArgs({ options: { json: { type: 'boolean' }, positions: { type: 'string' } } });
const SIZE = Number(values.positions ?? 10_000);
const RUNS = 9;
const GOAL = 0.6;

/** Takes the first target of every open position of a signal in one half of the accounts: what the application writes. */
const CEILING = `
  WITH hit AS (
    UPDATE positions SET status = 'PARTIAL', remaining_qty = remaining_qty - target_qtys[1], exit_price = 110,
      target_hit_at[1] = now(), margin = (remaining_qty - target_qtys[1]) * entry_price / leverage,
      realised_pnl = realised_pnl + target_qtys[1] * 10 - target_qtys[1] * 110 * 0.0002,
      fees = fees + target_qtys[1] * 110 * 0.0002, cost = cost - target_qtys[1] * entry_price, updated_at = now()
    WHERE signal_id = $1 AND status = 'OPEN' AND user_id % 2 = $2
    RETURNING id, user_id, account_id, signal_id, target_qtys[1] AS qty, target_qtys[1] * 110 * 0.0002 AS fee,
      target_qtys[1] * entry_price / leverage AS freed
  ), ordered AS (
    INSERT INTO orders (position_id, user_id, account_id, client_order_id, leg, side, type, reduce_only, price, qty, filled_qty,
      average_price, status, created_at, updated_at)
    SELECT id, user_id, account_id, md5('t' || id), 'TP1', 'SELL', 'LIMIT', true, 110, qty, qty, 110, 'FILLED', now(), now() FROM hit
    RETURNING id, position_id, user_id, account_id, qty
  ), filled AS (
    INSERT INTO fills (order_id, position_id, user_id, account_id, trade_id, effect, price, qty, fee, liquidity, realised_pnl, created_at)
    SELECT id, position_id, user_id, account_id, md5('t' || position_id) || ':1', 'EXIT', 110, qty, qty * 0.022, 'MAKER', qty * 10, now()
    FROM ordered
  ), logged AS (
    INSERT INTO trade_log (position_id, user_id, signal_id, type, message, meta, created_at)
    SELECT id, user_id, signal_id, 'TP_HIT', 'Target 1 (110) hit', jsonb_build_object('target', 1, 'target_price', '110', 'price', '110',
      'qty', qty::text, 'pnl', (qty * 10 - fee)::text, 'fee', fee::text), now() FROM hit
  ), booked AS (
    INSERT INTO ledger_transactions (account_id, position_id, cause, cash, margin, fees, realised, created_at)
    SELECT account_id, id, 'EXIT', qty * 10 - fee + freed, -freed, fee, -qty * 10, now() FROM hit
  )
  UPDATE accounts SET ${accountBooking({ now: 'now()', delta: 'qty * 10 - fee', trades: '0' })},
    margin_used = margin_used - freed, updated_at = now()
  FROM hit WHERE accounts.id = hit.account_id`;

const bench = await startBenchApplication();
const { app, db, feed } = bench;
const clients = [new pg.Client(bench.url), new pg.Client(bench.url)];
await Promise.all(clients.map((client) => client.connect()));
await followers(db, SIZE);

/** A signal with `SIZE` open positions, armed. */
async function open(symbol: string): Promise<number> {
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
  const armed = app.get(TriggerEngine).triggers.count;
  const { signalId } = await app.get(SignalsService).publish(draft, { kind: 'service', name: 'bench' }, null);
  while (app.get(TriggerEngine).triggers.count < armed + 2 * SIZE) await pause(5);
  await db.query('CHECKPOINT');
  return signalId;
}

async function ours(run: number): Promise<number> {
  const symbol = `O${run}USDT`;
  await open(symbol);
  const start = performance.now();
  feed.tick(symbol, '110');
  await app.get(TriggerEngine).settled(symbol);
  const elapsed = performance.now() - start;
  const sql = `SELECT count(*) AS n FROM positions WHERE symbol = $1 AND status = 'PARTIAL'`;
  const hit = (await db.first<{ n: number }>(sql, [symbol]))?.n;
  if (hit !== SIZE) throw new Error(`${hit} positions hit instead of ${SIZE}`);
  return elapsed;
}

async function ceiling(run: number): Promise<number> {
  const signalId = await open(`C${run}USDT`);
  const start = performance.now();
  const results = await Promise.all(clients.map((client, half) => client.query(CEILING, [signalId, half])));
  const elapsed = performance.now() - start;
  const hit = results.reduce((sum, result) => sum + (result.rowCount ?? 0), 0);
  if (hit !== SIZE) throw new Error(`the ceiling hit ${hit} instead of ${SIZE}`);
  return elapsed;
}

const mine: number[] = [];
const best: number[] = [];
for (let run = 0; run <= RUNS; run += 1) {
  const a = await ceiling(run);
  const b = await ours(run);
  if (run > 0) {
    best.push(a);
    mine.push(b);
  }
}
await Promise.all(clients.map((client) => client.end()));
await app.close();
const row = {
  positions: SIZE,
  oursMs: Math.round(median(mine)),
  ceilingMs: Math.round(median(best)),
  ratio: medianRatio(best, mine),
  goal: GOAL,
  hitsPerSecond: Math.round((SIZE / median(mine)) * 1_000),
};
if (values.json === true) console.log(JSON.stringify({ bench: 'storm', ...row }));
else console.table([row]);
if (row.ratio < GOAL) process.exitCode = 1;
