/**
 * What two years of trades cost today's: a fan-out and a storm on a database with history in the archive, against the same
 * on one without any, in turns on the same server. `--live` leaves the history in the live tables, as without an archive;
 * `--moving` too, and archives it meanwhile.
 * `--json` prints one line; `--trades`, `--followers` and `--runs` set the size.
 */
import { parseArgs } from 'node:util';
import pg from 'pg';
import { daysBefore } from '../src/domain/archive/archive-horizon.js';
import type { Moved } from '../src/modules/archive/archive.repository.js';
import { ArchiveService } from '../src/modules/archive/archive.service.js';
import { SignalsService } from '../src/modules/signals/signals.service.js';
import { TriggerEngine } from '../src/modules/trading/triggers/trigger-engine.service.js';
import { type BenchApplication, followers, median, pause, startBenchApplication } from './support/bench-application.js';
import { makeHistory } from './support/history.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    live: { type: 'boolean' },
    moving: { type: 'boolean' },
    trades: { type: 'string' },
    followers: { type: 'string' },
    runs: { type: 'string' },
  },
});
const TRADES = Number(values.trades ?? 2_000_000);
const SIZE = Number(values.followers ?? 10_000);
const RUNS = Number(values.runs ?? 6);
const GOAL = 0.9;
const IS_MOVING = values.moving === true;
const IS_LIVE = values.live === true || IS_MOVING;

interface Measured {
  readonly fanOutMs: number;
  readonly stormMs: number;
}

/** From a posted signal to all decisions committed, and from a tick on the first target to the last commit. */
async function measure({ app, db, feed }: BenchApplication, run: number): Promise<Measured> {
  const symbol = `R${run}USDT`;
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
  const engine = app.get(TriggerEngine);
  const armed = engine.triggers.count;
  await db.query('CHECKPOINT');
  const posted = performance.now();
  const { signalId } = await app.get(SignalsService).publish(draft, { kind: 'service', name: 'bench' }, null);
  for (;;) {
    const row = await db.first<{ done: boolean }>(
      `SELECT dispatched_at IS NOT NULL AND NOT EXISTS (
         SELECT 1 FROM work_items WHERE queue = 'signal.page' AND state = 'open') AS done FROM signals WHERE id = $1`,
      [signalId],
    );
    if (row?.done === true) break;
    await pause(2);
  }
  const fanOutMs = performance.now() - posted;
  while (engine.triggers.count < armed + 2 * SIZE) await pause(5);
  await db.query('CHECKPOINT');
  const ticked = performance.now();
  feed.tick(symbol, '110');
  await engine.settled(symbol);
  const stormMs = performance.now() - ticked;
  const sql = `SELECT count(*) AS n FROM positions WHERE signal_id = $1 AND status = 'PARTIAL'`;
  const hit = (await db.first<{ n: number }>(sql, [signalId]))?.n;
  if (hit !== SIZE) throw new Error(`${hit} positions hit instead of ${SIZE}`);
  feed.tick(symbol, '130');
  await engine.settled(symbol);
  return { fanOutMs, stormMs };
}

/** A second database on the same server. */
async function another(url: string): Promise<string> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query('CREATE DATABASE history');
  await client.end();
  const address = new URL(url);
  address.pathname = '/history';
  return address.href;
}

const url = process.env.DATABASE_URL;
if (url === undefined) throw new Error('run it through npm run bench');
const empty = await startBenchApplication(url);
const old = await startBenchApplication(await another(url));
for (const bench of [empty, old]) await followers(bench.db, SIZE);
const began = performance.now();
const trades = await makeHistory(old.db, TRADES, !IS_LIVE);
const madeIn = Math.round((performance.now() - began) / 1_000);
const size = (
  await old.db.first<{ size: string }>('SELECT pg_size_pretty(pg_database_size(current_database())) AS size')
)?.size;
if (values.json !== true) console.log(`${trades} trades made in ${madeIn} s, ${size}`);

const OVER = new Error('measured');
const archiving = { isOver: false, positions: 0, began: performance.now() };

/** Archives what lies in the live tables until all is measured. */
async function archive({ app, db }: BenchApplication): Promise<void> {
  await db.query(
    `INSERT INTO daily_reports (day, report, created_at) VALUES (current_date - 1, '{}', now()) ON CONFLICT DO NOTHING`,
  );
  const service = app.get(ArchiveService);
  const before = await service.horizon(daysBefore(new Date(), 45));
  const onBatch = ({ positions }: Moved) => {
    archiving.positions = positions;
    if (archiving.isOver) throw OVER;
  };
  if (before === undefined) throw new Error('there is nothing to archive');
  await db
    .inLane('worker', () => service.run(before, { onBatch }))
    .catch((error: unknown) => {
      if (error !== OVER) throw error;
    });
}

const moving = IS_MOVING ? archive(old) : Promise.resolve();
const without: Measured[] = [];
const withHistory: Measured[] = [];
for (let run = 0; run <= RUNS; run += 1) {
  // Each goes first as often as the other.
  for (const bench of run % 2 === 0 ? [empty, old] : [old, empty]) {
    const measured = await measure(bench, run);
    // The first run warms plans and caches on both sides.
    if (run > 0) (bench === empty ? without : withHistory).push(measured);
  }
}
const movedPerSecond = Math.round((archiving.positions / (performance.now() - archiving.began)) * 1_000);
archiving.isOver = true;
await moving;
if (IS_MOVING && values.json !== true) console.log(`${archiving.positions} trades archived, ${movedPerSecond}/s`);
await old.app.close();
await empty.app.close();

const rows = (['fanOutMs', 'stormMs'] as const).map((what) => {
  const emptyMs = median(without.map((measured) => measured[what]));
  const historyMs = median(withHistory.map((measured) => measured[what]));
  return {
    what: what === 'fanOutMs' ? 'fan-out' : 'storm',
    positions: SIZE,
    emptyMs: Math.round(emptyMs),
    historyMs: Math.round(historyMs),
    ratio: Number((emptyMs / historyMs).toFixed(2)),
    goal: GOAL,
  };
});
const ratio = Math.min(...rows.map((row) => row.ratio));
if (values.json === true)
  console.log(JSON.stringify({ bench: 'history', ratio, trades, size, live: IS_LIVE, movedPerSecond, rows }));
else console.table(rows);
if (ratio < GOAL && !IS_LIVE) process.exitCode = 1;
