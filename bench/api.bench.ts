/**
 * Reading twenty positions and twenty signals over HTTP with a token, against a bare Fastify handler that sends the rows
 * of the same tables from a named statement; and a page 100,000 rows deep against the first. Load from its own process.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { AuthService } from '../src/modules/auth/auth.service.js';
import { median, startBenchApplication } from './support/bench-application.js';
import { load, type Load } from './support/load.js';

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, seconds: { type: 'string' }, route: { type: 'string' } },
});
const SECONDS = Number(values.seconds ?? 3);
const RUNS = 3;
const ROWS = 120_000;
const DEPTH = 100_000;
const CONNECTIONS = 32;
const GOALS = { ratio: 0.55, deep: 1.3 };

const SIGNALS = `
  INSERT INTO signals (source_id, symbol, side, trade_type, duration, entry, stop_loss, target_prices, target_hit_at, leverage,
    confidence, status, entry_type, dispatched_at, created_at, updated_at)
  SELECT 1, 'BTCUSDT', 'LONG', 'FUTURES', 'SHORT', 70000, 69500, '{70500,71000,72000}', '{NULL,NULL,NULL}', 10, 90, 'CANCELLED',
    'MARKET', now(), now(), now() FROM generate_series(1, $1::int)`;

const POSITIONS = `
  INSERT INTO positions (user_id, account_id, signal_id, symbol, side, mode, exchange, status, entry_type, leverage, planned_qty,
    qty, remaining_qty, entry_price, exit_price, stop_loss, target_prices, target_qtys, target_hit_at, margin, realised_pnl, fees,
    created_at, opened_at, closed_at, updated_at)
  SELECT $1, (SELECT id FROM accounts WHERE user_id = $1), s.id, s.symbol, s.side, 'paper', 'paper', 'CLOSED', 'MARKET', 10,
    0.000714, 0.000714, 0, 70000.5, 72000, 69500, s.target_prices, '{0.000238,0.000238,0.000238}', ARRAY[now(), now(), now()], 0,
    1.2345, 0.0234, now(), now(), now(), now()
  FROM signals s`;

/** Ours, bare and deep variants of one list. */
interface Case {
  readonly route: string;
  readonly ours: string;
  readonly bare: string;
  readonly deep: string;
}

const bench = await startBenchApplication();
const { app, db } = bench;
const auth = app.get(AuthService);
const device = { userAgent: 'bench', address: '127.0.0.1' };
const admin = await auth.bootstrapAdmin('bench-reader@example.com', 'correct horse battery', device);
const { accessToken } = await auth.login(admin.email, 'correct horse battery', device);
await db.query(SIGNALS, [ROWS]);
await db.query(POSITIONS, [admin.id]);
for (const table of ['signals', 'positions']) await db.query(`VACUUM ANALYZE ${table}`);

const bare = fork(fileURLToPath(new URL('support/bare-server.js', import.meta.url)), { execArgv: [] });
const [barePort] = (await once(bare, 'message')) as [number];
await app.listen(0, '127.0.0.1');
const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();

async function deepId(table: string): Promise<number> {
  const row = await db.first<{ id: number }>(`SELECT id FROM ${table} ORDER BY id DESC OFFSET $1 LIMIT 1`, [DEPTH]);
  if (row === undefined) throw new Error(`${table} is not ${DEPTH} rows deep`);
  return row.id;
}

const cases: Case[] = [];
for (const route of values.route === undefined ? ['positions', 'signals'] : [values.route]) {
  const ours = `http://127.0.0.1:${port}/api/${route}?limit=20`;
  cases.push({
    route,
    ours,
    bare: `http://127.0.0.1:${barePort}/${route}?user=${admin.id}`,
    deep: `${ours}&before_id=${await deepId(route)}`,
  });
}

async function measure(url: string): Promise<Load> {
  return load(url, SECONDS, CONNECTIONS, { authorization: `Bearer ${accessToken}` });
}

const rows = [];
for (const { route, ours, bare: peer, deep } of cases) {
  const runs: { ours: Load; bare: Load; deep: Load }[] = [];
  for (let run = 0; run <= RUNS; run += 1) {
    const one = { bare: await measure(peer), ours: await measure(ours), deep: await measure(deep) };
    if (run > 0) runs.push(one);
  }
  const middle = (read: (run: (typeof runs)[number]) => number) => median(runs.map(read));
  rows.push({
    route,
    rps: Math.round(middle((run) => run.ours.requestsPerSecond)),
    bareRps: Math.round(middle((run) => run.bare.requestsPerSecond)),
    ratio: Number(middle((run) => run.ours.requestsPerSecond / run.bare.requestsPerSecond).toFixed(2)),
    p99Ms: middle((run) => run.ours.p99Ms),
    bareP99Ms: middle((run) => run.bare.p99Ms),
    deepCost: Number(middle((run) => run.ours.requestsPerSecond / run.deep.requestsPerSecond).toFixed(2)),
  });
}
bare.disconnect();
await app.close();
const ratio = Math.min(...rows.map((row) => row.ratio));
if (values.json === true) console.log(JSON.stringify({ bench: 'api', ratio, rows, goals: GOALS }));
else console.table(rows);
if (rows.some((row) => row.ratio < GOALS.ratio || row.deepCost > GOALS.deep)) process.exitCode = 1;
