/**
 * From a posted signal to all decisions committed, against the same rows written by hand in set-based SQL over two
 * connections: for a plain signal, and for a full plan (ten targets, safety orders, stop rules) of followers who all have
 * limits of every kind. `--json` prints one line; `--sizes 1000,10000` limits the run; `--kinds plain,full` as well.
 */
import { isDeepStrictEqual, parseArgs } from 'node:util';
import pg from 'pg';
import { parsePlan, type PlanSpec } from '../src/domain/plan/parse-plan.js';
import { SignalsService } from '../src/modules/signals/signals.service.js';
import {
  type BenchApplication,
  followers,
  median,
  medianRatio,
  pause,
  startBenchApplication,
} from './support/bench-application.js';
import { CLOSE_ALL } from './support/ended-trades.js';
import { type Ceiling, ceilingOf, FULL_PLAN, LIMITS } from './support/fanout-ceiling.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    sizes: { type: 'string' },
    kinds: { type: 'string' },
    runs: { type: 'string' },
  },
});

type Kind = 'plain' | 'full';

interface Load {
  readonly kind: Kind;
  readonly followers: number;
  /** Small sizes vary more; each follower has at most 50 positions. */
  readonly runs: number;
  readonly goal: number;
}

const LOADS: readonly Load[] = [
  { kind: 'plain', followers: 1_000, runs: 13, goal: 0.5 },
  { kind: 'plain', followers: 10_000, runs: 5, goal: 0.65 },
  { kind: 'plain', followers: 100_000, runs: 3, goal: 0.8 },
  { kind: 'full', followers: 100_000, runs: 2, goal: 0.6 },
];

const SIZES = values.sizes?.split(',').map(Number);
const KINDS = values.kinds?.split(',') ?? ['plain', 'full'];

/** Sizes that are asked for and not in the table have no goal. */
function loads(): Load[] {
  const sizes = SIZES ?? [...new Set(LOADS.map(({ followers: size }) => size))];
  return (['plain', 'full'] as const)
    .filter((kind) => KINDS.includes(kind))
    .flatMap((kind) =>
      sizes.flatMap((size): Load[] => {
        const known = LOADS.find((load) => load.kind === kind && load.followers === size);
        if (known !== undefined) return [known];
        return SIZES === undefined ? [] : [{ kind, followers: size, runs: 3, goal: 0 }];
      }),
    );
}

interface Row {
  kind: Kind;
  followers: number;
  oursMs: number;
  ceilingMs: number;
  ratio: number;
  goal: number;
  positionsPerSecond: number;
}

function fullPlan(): PlanSpec {
  const { spec, problems } = parsePlan(FULL_PLAN);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return spec;
}

async function ours({ app, db }: BenchApplication, { kind, followers: size }: Load): Promise<number> {
  const caller = { kind: 'service', name: 'bench' } as const;
  const draft = {
    symbol: `${kind.toUpperCase()}${size}USDT`,
    side: 'LONG',
    entry: '100',
    stopLoss: '96',
    targets: ['110', '120', '130'],
    tradeType: 'FUTURES',
    duration: 'SHORT',
    leverage: 10,
    confidence: 90,
    plan: kind === 'full' ? fullPlan() : {},
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
    await pause(5);
  }
  const elapsed = performance.now() - start;
  const sql = `SELECT count(*) AS n, min(cardinality(target_prices)) AS targets, min(safety_legs) AS safety
    FROM positions WHERE signal_id = $1`;
  const made = await db.first<{ n: number; targets: number; safety: number }>(sql, [signalId]);
  const wanted = { n: size, targets: kind === 'full' ? 10 : 3, safety: kind === 'full' ? 3 : 0 };
  if (!isDeepStrictEqual({ ...made }, wanted)) throw new Error(`not what was asked for: ${JSON.stringify(made)}`);
  return elapsed;
}

async function ceilingMs(clients: readonly pg.Client[], sql: Ceiling, size: number): Promise<number> {
  const [first] = clients as [pg.Client];
  const { rows } = await first.query<{ id: number }>(sql.signal);
  const id = rows[0]?.id;
  const context = (await first.query<{ id: number }>(sql.context, [id])).rows[0]?.id;
  await first.query(sql.plan);
  const start = performance.now();
  const results = await Promise.all(clients.map((client, half) => client.query(sql.write, [id, half, context])));
  const elapsed = performance.now() - start;
  const made = results.reduce((sum, result) => sum + (result.rowCount ?? 0), 0);
  if (made !== size) throw new Error(`the ceiling wrote ${made} instead of ${size}`);
  return elapsed;
}

/** One transaction a follower, as the naive way would: positions per second. */
async function rowByRow(client: pg.Client, sql: Ceiling): Promise<number> {
  const { rows } = await client.query<{ id: number }>(sql.signal);
  const context = (await client.query<{ id: number }>(sql.context, [rows[0]?.id])).rows[0]?.id;
  const users = await client.query<{ id: number }>(
    'SELECT id FROM users WHERE auto_trade_enabled ORDER BY id LIMIT 300',
  );
  const single = sql.write.replace('u.id % 2 = $2', 'u.id = $2');
  const start = performance.now();
  for (const { id } of users.rows) await client.query(single, [rows[0]?.id, id, context]);
  return (users.rows.length / (performance.now() - start)) * 1_000;
}

/**
 * Makes the followers of a load; those of full plans trade enough for ten targets, within limits of every kind, and hold
 * what the runs before have opened: up to four trades each.
 */
async function prepare({ db }: BenchApplication, { kind, followers: size }: Load): Promise<void> {
  await followers(db, size);
  if (kind === 'plain') return;
  for (const { id } of await db.query<{ id: number }>('SELECT id FROM signals ORDER BY id')) {
    for (const statement of CLOSE_ALL) await db.query(statement, [id]);
  }
  await db.query('UPDATE user_settings SET risk = $1::jsonb, per_trade_usdt = 10 * (5 + user_id % 20)', [LIMITS]);
  await db.query('VACUUM ANALYZE');
}

async function measure(bench: BenchApplication, clients: readonly pg.Client[], load: Load): Promise<Row> {
  const { kind, followers: size, goal } = load;
  await prepare(bench, load);
  const sql = ceilingOf({ limits: kind === 'full', fullPlan: kind === 'full' });
  const runs = Number(values.runs ?? load.runs);
  const mine: number[] = [];
  const best: number[] = [];
  for (let run = 0; run <= runs; run += 1) {
    await bench.db.query('CHECKPOINT');
    const a = await ceilingMs(clients, sql, size);
    await bench.db.query('CHECKPOINT');
    const b = await ours(bench, load);
    // The first run of a size warms plans and caches on both sides.
    if (run > 0) {
      best.push(a);
      mine.push(b);
    }
  }
  const oursMs = median(mine);
  return {
    kind,
    followers: size,
    oursMs: Math.round(oursMs),
    ceilingMs: Math.round(median(best)),
    ratio: medianRatio(best, mine),
    goal,
    positionsPerSecond: Math.round((size / oursMs) * 1_000),
  };
}

const bench = await startBenchApplication();
const clients = [new pg.Client(bench.url), new pg.Client(bench.url)];
await Promise.all(clients.map((client) => client.connect()));
const table: Row[] = [];
for (const load of loads()) table.push(await measure(bench, clients, load));
const plain = ceilingOf({ limits: false, fullPlan: false });
const slow = Math.round(await rowByRow(clients[0] as pg.Client, plain));
await Promise.all(clients.map((client) => client.end()));
await bench.app.close();
if (values.json === true) {
  const ratios = Object.fromEntries(table.map((row) => [`${row.kind} ${row.followers}`, row.ratio]));
  const ratio = table.at(-1)?.ratio ?? 0;
  console.log(JSON.stringify({ bench: 'fanout', ratio, ratios, row_by_row_per_second: slow, table }));
} else {
  console.table(table);
  console.log(`Row by row: ${slow} positions/s`);
}
if (table.some((row) => row.ratio < row.goal)) process.exitCode = 1;
