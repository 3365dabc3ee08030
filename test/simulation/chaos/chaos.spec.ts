/**
 * An API and two workers as processes on one PostgreSQL, under signals and prices without pause, while processes are
 * killed at random: nothing lost, nothing doubled, recovery within seconds. `npm run chaos -- --seconds 120` prints it.
 */
import request from 'supertest';
import { SeededRandom } from '../../../src/domain/random/seeded-random.js';
import { makeFollowers, makePerson, type Person } from '../../factories/people.js';
import { Market } from '../../servers/market.js';
import { startTestApplication, type TestApplication } from '../../support/application.js';
import { violationsAtQuiet, violationsOf } from '../../support/invariants.js';
import { connectedWorkers, type Process, Processes } from '../support/processes.js';

const SECONDS = Number(process.env.CHAOS_SECONDS ?? '8');
const SEED = Number(process.env.CHAOS_SEED ?? String(Date.now() % 1_000_000));
const FOLLOWERS = 60;
const SYMBOLS = 8;
const TICK_MS = 20;
const SIGNAL_MS = 150;
/** Open pieces of trading work above which no signal is posted. */
const MOST_OPEN = 15;
/** A process is killed this long after the one before, at least and at most. */
const KILL_MS = [1_500, 5_000] as const;
/** What "within seconds" means: the longest lease on trading work and a boot. */
const RECOVERY_LIMIT_MS = 20_000;

interface Role {
  readonly kind: 'api' | 'worker';
  process: Process;
}

interface Figures {
  killed: number;
  posts: number;
  heldBack: number;
  answered: number;
  refusedPosts: number;
  closes: number;
  cancels: number;
  ticks: number;
  checks: number;
}

let test: TestApplication;
let market: Market;
let processes: Processes;
let admin: Person;
let person: Person;
let stopped = false;

const random = new SeededRandom(SEED);
const between = (low: number, high: number) => low + Math.floor(random.next() * (high - low + 1));
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const symbolOf = (index: number) => `CH${index}USDT`;

beforeAll(async () => {
  market = await Market.open();
  // This one only reads, and signs people in; the API under load is a process.
  test = await startTestApplication({ env: { ROLE: 'api', SIGNAL_REPEAT_SECONDS: '0', ...market.settings } });
  await makeFollowers(test.db, FOLLOWERS - 1);
  admin = await makePerson(test.app, { role: 'admin' });
  person = await makePerson(test.app, { autoTrade: true, settings: { per_trade_usdt: '5', leverage: 10 } });
  processes = new Processes({
    ...market.settings,
    DATABASE_URL: test.database.url,
    FANOUT_PAGE_SIZE: '10',
    MAX_CONCURRENT_TRADES: '500',
    PAPER_REALISM: 'full',
  });
}, 60_000);

afterAll(async () => {
  stopped = true;
  await processes.close();
  await test.close();
  await market.close();
});

/** Calls until the process answers; answers undefined when the run is over before. */
async function ask(role: Role, path: string, who: Person, body: object, key: string): Promise<number | undefined> {
  while (!stopped) {
    try {
      const address = await role.process.address;
      const answer = await request(address)
        .post(path)
        .set(who.auth)
        .set('Idempotency-Key', key)
        .timeout(10_000)
        .send(body);
      if (answer.status < 500) return answer.status;
    } catch {
      // Killed while it answered: asked again with the same key.
    }
    await pause(50);
  }
  return undefined;
}

async function every(ms: number, task: (index: number) => Promise<void> | void): Promise<void> {
  for (let index = 0; !stopped; index += 1) {
    await task(index);
    await pause(ms);
  }
}

async function backlog(): Promise<number> {
  const row = await test.db.first<{ n: number }>(
    `SELECT count(*) AS n FROM work_items WHERE state = 'open' AND queue IN ('signal', 'signal.page')`,
  );
  return row?.n ?? 0;
}

/** Milliseconds until all trading work that was open just now is done, by whoever took it over. */
async function recovery(): Promise<number> {
  const began = performance.now();
  const open = await test.db.query<{ id: number }>(
    `SELECT id FROM work_items WHERE state = 'open' AND queue IN ('signal', 'signal.page', 'position.close', 'crossing')`,
  );
  const ids = open.map(({ id }) => id);
  while (performance.now() - began < RECOVERY_LIMIT_MS * 2) {
    const left = await test.db.first(
      `SELECT 1 FROM work_items WHERE id = ANY ($1::bigint[]) AND state = 'open' LIMIT 1`,
      [ids],
    );
    if (left === undefined) return performance.now() - began;
    await pause(25);
  }
  return Infinity;
}

/** A kill switch of one symbol, set and cleared: what it flattens must be flat, what it forbids must not grow. */
async function flick(): Promise<void> {
  const http = () => request(test.app.getHttpServer());
  const body = { scope: 'symbol', value: symbolOf(0), mode: 'flatten', reason: 'chaos', confirm: 'KILL' };
  await http().post('/api/safety/switches').set(admin.auth).send(body);
  await pause(1_000);
  const set = await test.db.first<{ id: number }>('SELECT id FROM safety_switches WHERE cleared_at IS NULL');
  if (set !== undefined) await http().delete(`/api/safety/switches/${set.id}`).set(admin.auth);
}

describe('chaos', () => {
  it(
    `${SECONDS} s of killing lose and double nothing`,
    async () => {
      const figures: Figures = {
        killed: 0,
        posts: 0,
        heldBack: 0,
        answered: 0,
        refusedPosts: 0,
        closes: 0,
        cancels: 0,
        ticks: 0,
        checks: 0,
      };
      const recoveries: number[] = [];
      const roles: Role[] = (['api', 'worker', 'worker'] as const).map((kind) => ({
        kind,
        process: processes.start(kind),
      }));
      const [api] = roles as [Role, ...Role[]];
      await api.process.address;
      await connectedWorkers(test.db, 2);
      for (let index = 0; index < SYMBOLS; index += 1) market.set(symbolOf(index), '100');

      const ticking = every(TICK_MS, () => {
        const symbol = symbolOf(between(0, SYMBOLS - 1));
        const price = Number(market.priceOf(symbol)) * (1 + (random.next() - 0.5) / 50);
        market.set(symbol, Math.min(200, Math.max(50, price)).toFixed(2));
        if (random.next() < 0.01) market.noise('{"e":"markPriceUpdate","s":"CH0USDT","p":"NaN","E":1}');
        figures.ticks += 1;
      });
      const posting = every(SIGNAL_MS, async (index) => {
        // As much as this machine carries: a growing backlog would be measured as slow recovery.
        if ((await backlog()) > MOST_OPEN) {
          figures.heldBack += 1;
          return;
        }
        const symbol = symbolOf(between(0, SYMBOLS - 1));
        const price = Number(market.priceOf(symbol));
        const way = random.next() < 0.5 ? 1 : -1;
        const at = (percent: number) => Number((price * (1 + (way * percent) / 100)).toFixed(2));
        const signal = {
          symbol,
          side: way === 1 ? 'LONG' : 'SHORT',
          entry: at(between(-1, 0)),
          tp: [at(1), at(2), at(4)],
          sl: at(-2),
          plan: planOf(at, between(0, 3)),
        };
        figures.posts += 1;
        const status = await ask(api, '/api/signals', admin, signal, `chaos-${index}`);
        if (status === 201 || status === 200) figures.answered += 1;
        else if (status !== undefined) figures.refusedPosts += 1;
      });
      const interfering = every(400, async (index) => {
        const closing = random.next() < 0.5;
        const row = await test.db.first<{ id: number }>(
          closing
            ? `SELECT id FROM positions WHERE user_id = ${person.id} AND status IN ('OPEN', 'PARTIAL') ORDER BY id DESC LIMIT 1`
            : `SELECT id FROM signals WHERE status IN ('NEW', 'OPENED', 'PARTIAL') ORDER BY id LIMIT 1`,
        );
        if (row === undefined) return;
        if (index % 10 === 9) return void (await flick());
        if (closing) await ask(api, '/api/positions/close', person, { position_id: row.id }, `close-${index}`);
        else await ask(api, '/api/signals/cancel', admin, { signal_id: row.id }, `cancel-${index}`);
        figures[closing ? 'closes' : 'cancels'] += 1;
      });
      const watching = every(1_000, async () => {
        const found = await violationsOf(test.db, false);
        figures.checks += 1;
        if (found.length > 0) throw new Error(`during the run: ${JSON.stringify(found.slice(0, 5))}`);
      });

      const until = performance.now() + SECONDS * 1_000;
      const killing = (async () => {
        while (performance.now() < until && !stopped) {
          await pause(between(...KILL_MS));
          const victim = roles[between(0, roles.length - 1)] as Role;
          await processes.kill(victim.process);
          figures.killed += 1;
          victim.process = processes.start(victim.kind);
          recoveries.push(await recovery());
        }
        stopped = true;
      })();
      await Promise.all([killing, ticking, posting, interfering, watching]);

      const found = await violationsAtQuiet(test.db, 60_000);
      const stored = await test.db.first<Record<string, number>>(
        `SELECT (SELECT count(*) FROM signals) AS signals, (SELECT count(*) FROM decisions) AS decisions,
           (SELECT count(*) FROM positions) AS positions, (SELECT count(*) FROM fills) AS fills,
           (SELECT count(*) FROM signal_events) AS events`,
      );
      const doubled = found.filter(({ name }) => /one-|position.qty|filled/.test(name)).length;
      const sorted = [...recoveries].sort((a, b) => a - b);
      const seconds = (ms: number | undefined) => (ms === undefined ? '-' : (ms / 1_000).toFixed(1));
      report({
        seed: SEED,
        seconds: SECONDS,
        ...figures,
        ...stored,
        'recovery p50 s': seconds(sorted[Math.floor(sorted.length / 2)]),
        'recovery max s': seconds(sorted.at(-1)),
        'lost posts': figures.answered - (stored?.signals ?? 0) > 0 ? figures.answered - (stored?.signals ?? 0) : 0,
        lost: found.length - doubled,
        doubled,
      });
      expect(found).toEqual([]);
      expect(figures.killed).toBeGreaterThan(0);
      expect(stored?.signals).toBeGreaterThanOrEqual(figures.answered);
      expect(stored?.signals).toBeLessThanOrEqual(figures.posts);
      expect(sorted.at(-1)).toBeLessThan(RECOVERY_LIMIT_MS);
    },
    SECONDS * 1_000 + 180_000,
  );
});

/** A plain plan, or one that keeps the engine busy in its own way. */
function planOf(at: (percent: number) => number, kind: number): object {
  const rules = [
    { action: 'BREAKEVEN', at_target: 1 },
    { action: 'BELOW_HIGHEST', at_target: 2, percent: '0.5' },
  ];
  const stop = { rules };
  const plans = [
    {},
    { entry: { kind: 'LADDER', prices: [0, -0.5, -1].map((percent) => String(at(percent))) }, stop },
    { safety: { levels: 2, step_percent: '0.6' }, targets: { anchor: 'AVERAGE', trailing_percent: '0.4' } },
    { entry: { kind: 'BREAKOUT', prices: [String(at(0.3))], expires_after: 5 }, exit: { after: 8 }, stop },
  ];
  return plans[kind] as object;
}

function report(lines: Readonly<Record<string, string | number>>): void {
  const width = Math.max(...Object.keys(lines).map((name) => name.length));
  for (const [name, value] of Object.entries(lines)) process.stderr.write(`  ${name.padEnd(width)}  ${value}\n`);
}
