/**
 * An API and two workers as processes on one PostgreSQL, under signals and prices without pause, while processes are
 * killed at random: nothing lost, nothing doubled, recovery within seconds. `npm run chaos -- --seconds 120` prints it.
 * Keeps: what was lost or doubled is counted from the test's own record of what it asked for, and by the invariants.
 */
import request from 'supertest';
import { SeededRandom } from '../../../src/domain/random/seeded-random.js';
import { makeFollowers, makePerson, neverAskAgain, type Person } from '../../factories/people.js';
import { Market } from '../../servers/market.js';
import { startTestApplication, type TestApplication } from '../../support/application.js';
import { violationsAtQuiet, violationsOf } from '../../support/invariants.js';
import { connectedWorkers, type Process, Processes } from '../../support/processes.js';
import { ChaosRecord, type Difference } from './record.js';
import { Recoveries } from './recoveries.js';

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
/**
 * What "within seconds" means as long as a worker lives: a process that dies is missed within two seconds and another
 * watches the market within one; the rest is the work itself, on a machine that is busy with the load.
 */
const RECOVERY_LIMIT_MS = 15_000;
/** After this it counts as lost. */
const GIVE_UP_MS = 60_000;
const PER_TRADE_USDT = 5;
const LEVERAGE = 10;

interface Role {
  readonly kind: 'api' | 'worker';
  process: Process;
}

interface Figures {
  killed: number;
  posts: number;
  heldBack: number;
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
  await neverAskAgain(test.db, admin);
  person = await makePerson(test.app, {
    autoTrade: true,
    settings: { per_trade_usdt: String(PER_TRADE_USDT), leverage: LEVERAGE },
  });
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

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Calls until the process answers; answers undefined when the run is over before. */
async function ask(role: Role, path: string, who: Person, body: object, key: string): Promise<Answer | undefined> {
  while (!stopped) {
    try {
      const address = await role.process.address;
      const answer = await request(address)
        .post(path)
        .set(who.auth)
        .set('Idempotency-Key', key)
        .timeout(10_000)
        .send(body);
      if (answer.status < 500) return { status: answer.status, body: answer.body as Answer['body'] };
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
        refusedPosts: 0,
        closes: 0,
        cancels: 0,
        ticks: 0,
        checks: 0,
      };
      const users = await test.db.query<{ id: number }>('SELECT id FROM users WHERE auto_trade_enabled ORDER BY id');
      const record = new ChaosRecord(
        test.db,
        market,
        users.map(({ id }) => id),
      );
      const roles: Role[] = (['api', 'worker', 'worker'] as const).map((kind) => ({
        kind,
        process: processes.start(kind),
      }));
      const [api, ...workers] = roles as [Role, ...Role[]];
      const recoveries = new Recoveries(test.db, () => workers.map((worker) => worker.process), GIVE_UP_MS);
      for (const { process } of roles) recoveries.started(process);
      await Promise.all(roles.map(({ process }) => process.address));
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
        const asked = {
          symbol,
          side: way === 1 ? ('LONG' as const) : ('SHORT' as const),
          entry: at(between(-1, 0)),
          sl: at(-2),
        };
        const kind = between(0, 3);
        const key = `chaos-${index}`;
        figures.posts += 1;
        record.posting(key, { ...asked, ...expectationOf(kind, asked.entry) });
        const body = { ...asked, leverage: LEVERAGE, tp: [at(1), at(2), at(4)], plan: planOf(at, kind) };
        const answer = await ask(api, '/api/signals', admin, body, key);
        if (answer === undefined) return;
        if (answer.status < 300) record.posted(key, Number(answer.body.signal_id));
        else figures.refusedPosts += 1;
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
        figures[closing ? 'closes' : 'cancels'] += 1;
        if (closing) {
          const answer = await ask(api, '/api/positions/close', person, { position_id: row.id }, `close-${index}`);
          if (answer?.status === 200) record.closed(row.id);
          return;
        }
        record.cancelled(row.id, false);
        const answer = await ask(api, '/api/signals/cancel', admin, { signal_id: row.id }, `cancel-${index}`);
        if (answer?.status === 200) record.cancelled(row.id, true);
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
          const dead = victim.process;
          const wasLeading = await recoveries.isLeading(dead);
          await processes.kill(dead);
          figures.killed += 1;
          victim.process = processes.start(victim.kind);
          recoveries.started(victim.process);
          await recoveries.after(dead, wasLeading);
        }
        stopped = true;
      })();
      await Promise.all([killing, ticking, posting, interfering, watching]);

      const found = await violationsAtQuiet(test.db, 60_000);
      const differences = await settledDifferences(record);
      const stored = await test.db.first<Record<string, number>>(
        `SELECT (SELECT count(*) FROM signals) AS signals, (SELECT count(*) FROM decisions) AS decisions,
           (SELECT count(*) FROM positions) AS positions, (SELECT count(*) FROM fills) AS fills,
           (SELECT count(*) FROM signal_events) AS events`,
      );
      const attended = recoveries.all.map(({ ms, unattendedMs }) => ms - unattendedMs);
      const leaders = recoveries.all
        .filter(({ wasLeading }) => wasLeading)
        .map(({ ms, unattendedMs }) => ms - unattendedMs);
      report({
        seed: SEED,
        seconds: SECONDS,
        ...figures,
        answered: record.answered,
        ...stored,
        'boot p50 / max s': spread(recoveries.boots),
        'recovery p50 / max s': spread(recoveries.all.map(({ ms }) => ms)),
        'recovery with a worker alive p50 / max s': spread(attended),
        'of the market watch p50 / max s': spread(leaders),
        lost: differences.filter(({ kind }) => kind === 'lost').length,
        doubled: differences.filter(({ kind }) => kind === 'doubled').length,
        'broken invariants': found.length,
      });
      expect(differences).toEqual([]);
      expect(found).toEqual([]);
      expect(figures.killed).toBeGreaterThan(0);
      expect(record.answered).toBeGreaterThan(0);
      expect(Math.max(...attended)).toBeLessThan(RECOVERY_LIMIT_MS);
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

/** What the books must say of an entry; ladders and safety orders come to more than one. */
function expectationOf(kind: number, entry: number) {
  const isSingle = kind === 0 || kind === 3;
  return {
    entry: kind === 0 || kind === 2 ? entry : null,
    mostNotional: isSingle ? PER_TRADE_USDT * LEVERAGE * 1.05 : null,
  };
}

/** The market stands still now, but its last price may still be on its way. */
async function settledDifferences(record: ChaosRecord): Promise<Difference[]> {
  let found = await record.differences();
  for (let left = 20; left > 0 && found.length > 0; left -= 1) {
    await pause(500);
    found = await record.differences();
  }
  return found;
}

/** Median and maximum, in seconds. */
function spread(milliseconds: readonly number[]): string {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const seconds = (ms: number | undefined) => (ms === undefined ? '-' : (ms / 1_000).toFixed(1));
  return `${seconds(sorted[Math.floor(sorted.length / 2)])} / ${seconds(sorted.at(-1))}`;
}

function report(lines: Readonly<Record<string, string | number>>): void {
  const width = Math.max(...Object.keys(lines).map((name) => name.length));
  for (const [name, value] of Object.entries(lines)) process.stderr.write(`  ${name.padEnd(width)}  ${value}\n`);
}
