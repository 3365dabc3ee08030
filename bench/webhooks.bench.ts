/**
 * Alerts taken over HTTP, each stored with the work that carries it out before it is answered, against a bare Fastify handler
 * with one INSERT of the body; and the 99th percentile while a worker carries alerts out beside it. Load from its own process.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { hashOf } from '../src/modules/alerts/alert-tokens.service.js';
import { median, startBenchApplication } from './support/bench-application.js';
import { EACH, load, type Load } from './support/load.js';

const { values } = parseArgs({ options: { json: { type: 'boolean' }, seconds: { type: 'string' } } });
const SECONDS = Number(values.seconds ?? 3);
const RUNS = 3;
const CONNECTIONS = 32;
const GOALS = { ratio: 0.5, p99Ms: 100 };

/** What a strategy sends. */
const ALERT = {
  ticker: 'BINANCE:BTCUSDT.P',
  action: 'sell',
  price: '64000.5',
  contracts: '0.25',
  market_position: 'flat',
  prev_market_position: 'long',
  interval: '15',
  comment: EACH,
  secret: 'only of the bench',
};

const TOKENS = `
  WITH source AS (
    INSERT INTO sources (code, kind, name, created_at) VALUES ('bench:alerts', 'webhook', 'Bench', now()) RETURNING id)
  INSERT INTO alert_tokens (source_id, prefix, token_hash, created_at) SELECT id, 'vza_bench', $1, now() FROM source`;

async function measure(role: 'api' | 'all', databaseUrl: string | undefined) {
  const { app, db } = await startBenchApplication(databaseUrl, { ROLE: role });
  const token = `vza_bench-${role}`;
  await db.query('DELETE FROM alert_tokens');
  await db.query(`DELETE FROM sources WHERE code LIKE 'bench:%'`);
  await db.query(TOKENS, [hashOf(token)]);
  await app.listen(0, '127.0.0.1');
  const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
  return { app, db, url: `http://127.0.0.1:${port}/api/webhooks/${token}` };
}

const bare = fork(fileURLToPath(new URL('support/bare-server.js', import.meta.url)), { execArgv: [] });
const [barePort] = (await once(bare, 'message')) as [number];
const peer = `http://127.0.0.1:${barePort}/alerts`;
const take = (url: string): Promise<Load> => load(url, SECONDS, CONNECTIONS, {}, ALERT);

const door = await measure('api', process.env.DATABASE_URL);
const runs: { ours: Load; bare: Load }[] = [];
for (let run = 0; run <= RUNS; run += 1) {
  const one = { bare: await take(peer), ours: await take(door.url) };
  if (run > 0) runs.push(one);
}
const stored = await door.db.first<{ count: number }>('SELECT count(*) AS count FROM alerts');
const asked = await door.db.first<{ count: number }>(
  `SELECT count(*) AS count FROM work_items WHERE queue = 'alerts.follow'`,
);
if (stored?.count !== asked?.count) throw new Error(`${stored?.count} alerts have ${asked?.count} pieces of work`);
await door.db.query(`DELETE FROM work_items WHERE queue = 'alerts.follow'`);
await door.app.close();

// One process for everything, as in a small installation: the worker follows while alerts arrive.
const small = await measure('all', process.env.DATABASE_URL);
const beside = await take(small.url);
const followed = await small.db.first<{ count: number }>(
  `SELECT count(*) AS count FROM alerts WHERE verdict <> 'QUEUED'`,
);
await small.db.query(`DELETE FROM work_items WHERE queue = 'alerts.follow' AND leased_by IS NULL`);
await small.app.close();
bare.disconnect();

const middle = (read: (run: (typeof runs)[number]) => number) => median(runs.map(read));
const result = {
  perSecond: Math.round(middle((run) => run.ours.requestsPerSecond)),
  barePerSecond: Math.round(middle((run) => run.bare.requestsPerSecond)),
  ratio: Number(middle((run) => run.ours.requestsPerSecond / run.bare.requestsPerSecond).toFixed(2)),
  p99Ms: middle((run) => run.ours.p99Ms),
  bareP99Ms: middle((run) => run.bare.p99Ms),
  besideWorkerPerSecond: Math.round(beside.requestsPerSecond),
  besideWorkerP99Ms: beside.p99Ms,
  followedPerSecond: Math.round((followed?.count ?? 0) / SECONDS),
};
if (values.json === true) console.log(JSON.stringify({ bench: 'webhooks', ...result, goals: GOALS }));
else console.table([result]);
if (result.ratio < GOALS.ratio || Math.max(result.p99Ms, result.besideWorkerP99Ms) > GOALS.p99Ms) process.exitCode = 1;
