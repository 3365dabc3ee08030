/** Durable work on a real PostgreSQL: who may hold an item, in which order, and what a lost lease undoes. */
import pg from 'pg';
import { SystemClock } from '../../src/platform/clock/clock.js';
import { ManualClock } from '../../src/platform/clock/manual-clock.js';
import type { Database } from '../../src/platform/database/database.js';
import { Logger } from '../../src/platform/logging/logger.js';
import { GoneHolders } from '../../src/platform/work/gone-holders.js';
import { HoldersRepository, sessionName } from '../../src/platform/work/holders.repository.js';
import { type ClaimedWork, LeaseLostError, WorkQueue } from '../../src/platform/work/work-queue.js';
import { NotYet, WorkRunner } from '../../src/platform/work/work-runner.js';
import { eventually } from '../support/application.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { openDatabase, type OpenDatabase } from '../support/open-database.js';

const LEASE_MS = 10_000;

let testDatabase: TestDatabase;
let open: OpenDatabase;
let database: Database;
let clock: ManualClock;
let queue: WorkQueue;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  open = await openDatabase(testDatabase.url);
  database = open.database;
});

afterAll(async () => {
  await open.close();
  await testDatabase.drop();
});

beforeEach(async () => {
  await database.query('TRUNCATE work_items');
  clock = new ManualClock('2026-03-01T12:00:00.000Z');
  queue = new WorkQueue(database, clock);
});

class Signal {
  give: () => void = () => undefined;
  readonly given = new Promise<void>((resolve) => (this.give = resolve));
}

class CountingQueue extends WorkQueue {
  prolonged = 0;

  override async extend(work: ClaimedWork, leaseMs: number): Promise<boolean> {
    const isHeld = await super.extend(work, leaseMs);
    this.prolonged += 1;
    return isHeld;
  }
}

const claim = (holder: string, limit = 10) => queue.claim('q', holder, limit, LEASE_MS);
const keys = (items: readonly ClaimedWork[]) => items.map(({ key }) => key);
const item = (key: string, more: object = {}) => ({ queue: 'q', key, ...more });

async function claimOne(holder: string): Promise<ClaimedWork> {
  const [work] = await claim(holder, 1);
  if (work === undefined) throw new Error('there is nothing to claim');
  return work;
}

it('takes the same key once, also after it is done', async () => {
  expect(await queue.enqueue([item('a'), item('b')])).toBe(2);
  expect(await queue.enqueue([item('a')])).toBe(0);
  await queue.complete(await claimOne('one'));
  expect(await queue.enqueue([item('a')])).toBe(0);
  expect(keys(await claim('one'))).toEqual(['b']);
});

it('belongs to the transaction that enqueues it', async () => {
  const failed = database.transaction(async () => {
    await queue.enqueue([item('a')]);
    throw new Error('undo');
  });
  await expect(failed).rejects.toThrow('undo');
  expect(await claim('one')).toEqual([]);
});

it('gives each item to one of many who ask at once', async () => {
  const names = Array.from({ length: 60 }, (_, index) => `k${index}`);
  await queue.enqueue(names.map((name) => item(name)));
  const claims = await Promise.all(['one', 'two', 'three'].map((holder) => claim(holder, 20)));
  expect(claims.flatMap(keys).sort()).toEqual([...names].sort());
});

it('serves by priority, then by age', async () => {
  await queue.enqueue([item('late', { priority: 200 }), item('first', { priority: 1 }), item('normal')]);
  expect(keys(await claim('one'))).toEqual(['first', 'normal', 'late']);
});

it('runs items of one serial key one after the other, and holds up nobody else', async () => {
  const serial = { serialKey: 'BTCUSDT' };
  await queue.enqueue([item('1', serial), item('2', serial), item('other', { serialKey: 'ETHUSDT' })]);
  const [first, ...rest] = await claim('one');
  expect(keys(rest)).toEqual(['other']);
  expect(await claim('two')).toEqual([]);
  await queue.fail(first as ClaimedWork, 'not yet', new Date(clock.now().getTime() + 60_000));
  expect(await claim('two')).toEqual([]);
  clock.advance(60_001);
  await queue.complete((await claim('two')).find(({ key }) => key === '1') as ClaimedWork);
  expect(keys(await claim('two'))).toEqual(['2']);
});

it('runs items of one serial key in the order of their commits, whoever asked first', async () => {
  const add = (key: string) => queue.enqueue([item(key, { serialKey: 'BTCUSDT' })]);
  const [isAdded, commit] = [new Signal(), new Signal()];
  const slow = database.transaction(async () => {
    await add('slow');
    isAdded.give();
    await commit.given;
  });
  await isAdded.given;
  let isDone = false;
  const quick = add('quick').then(() => (isDone = true));
  const waits = `SELECT 1 AS waits FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`;
  await eventually(async () => isDone || (await database.first(waits)) !== undefined);
  const early = keys(await claim('one'));
  commit.give();
  await Promise.all([slow, quick]);
  expect(early).toEqual([]);
  expect(keys(await claim('two'))).toEqual(['slow']);
});

it('is taken over when the lease is over; the slower holder can then do nothing with it', async () => {
  await queue.enqueue([item('a')]);
  const slow = await claimOne('slow');
  expect(await claim('quick')).toEqual([]);
  clock.advance(LEASE_MS + 1);
  const quick = await claimOne('quick');
  expect(quick).toMatchObject({ id: slow.id, fence: slow.fence + 1, attempts: 2 });
  await expect(queue.complete(slow)).rejects.toThrow(LeaseLostError);
  expect(await queue.extend(slow, LEASE_MS)).toBe(false);
  await queue.fail(slow, 'too late', undefined);
  await queue.complete(quick);
});

it('undoes what was written together with completing a lost lease', async () => {
  await queue.enqueue([item('a')]);
  const slow = await claimOne('slow');
  clock.advance(LEASE_MS + 1);
  await claimOne('quick');
  const late = database.transaction(async () => {
    await queue.enqueue([item('effect')]);
    await queue.complete(slow);
  });
  await expect(late).rejects.toThrow(LeaseLostError);
  expect(await queue.enqueue([item('effect')])).toBe(1);
});

it('keeps a lease that is prolonged, and gives back those of a holder who is known to be gone', async () => {
  await queue.enqueue([item('a'), item('b')]);
  const mine = await claimOne('me');
  const theirs = await claimOne('gone');
  clock.advance(LEASE_MS - 1);
  expect(await queue.extend(mine, LEASE_MS)).toBe(true);
  await queue.release(['q'], 'me');
  expect(await queue.extend(theirs, LEASE_MS)).toBe(false);
  expect(keys(await claim('me'))).toEqual(['b']);
});

it('says since when the oldest work is due and open; what stands behind a run that waits is not due', async () => {
  const depth = async () => (await queue.depth())[0];
  const began = clock.now();
  await queue.enqueue([item('a', { serialKey: 's' }), item('b', { serialKey: 's' })]);
  expect(await depth()).toMatchObject({ open: 2, oldest_due: began, oldest_open: began });
  const later = new Date(began.getTime() + 10_000);
  await queue.fail(await claimOne('one'), 'no price', later);
  clock.advance(5_000);
  expect(await depth()).toMatchObject({ open: 2, oldest_due: null, oldest_open: began });
  clock.advance(6_000);
  expect(await depth()).toMatchObject({ open: 2, oldest_due: later, oldest_open: began });
  await claimOne('one');
  expect(await depth()).toMatchObject({ open: 2, oldest_due: null, oldest_open: began });
});

it('buries what may not be tried again, and digs it up on demand', async () => {
  await queue.enqueue([item('a')]);
  await queue.fail(await claimOne('one'), 'broken', undefined);
  expect(await claim('one')).toEqual([]);
  expect(await queue.depth()).toMatchObject([{ queue: 'q', open: 0, dead: 1 }]);
  expect(await queue.revive('q')).toBe(1);
  expect(await claimOne('one')).toMatchObject({ key: 'a', attempts: 1 });
});

it('forgets what has been done for long, and nothing that is open or dead', async () => {
  await queue.enqueue([item('done'), item('dead'), item('open', { priority: 200 })]);
  await queue.complete(await claimOne('one'));
  await queue.fail(await claimOne('one'), 'broken', undefined);
  clock.advance(86_400_000);
  expect(await queue.purge(clock.now(), 100)).toBe(1);
  expect(await queue.depth()).toMatchObject([{ open: 1, dead: 1 }]);
});

it('is due at once, whatever the clock of the machine that asked for it says', async () => {
  await new WorkQueue(database, new ManualClock('2026-03-01T12:00:05.000Z')).enqueue([item('a')]);
  expect(keys(await claim('one'))).toEqual(['a']);
});

it('stays with a worker that takes longer than its lease, as long as it lives', async () => {
  const real = new SystemClock();
  const work = new CountingQueue(database, real);
  const runs: string[] = [];
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const runners = ['one', 'two'].map((name) => {
    const runner = new WorkRunner(work, database, real, Logger.silent(), name);
    runner.register({
      queue: 'q',
      concurrency: 1,
      leaseMs: 300,
      maxAttempts: 0,
      handle: async () => {
        runs.push(name);
        await finished;
      },
    });
    return runner;
  });
  await work.enqueue([item('long')]);
  for (const runner of runners) runner.start();
  // Four thirds of a lease: without prolonging, the other one would have it now.
  while (work.prolonged < 4) await real.sleep(20);
  for (const runner of runners) runner.sweep();
  finish();
  for (const runner of runners) await runner.stop();
  expect(runs).toHaveLength(1);
  expect(await work.depth()).toEqual([]);
});

it('counts as no attempt that its turn had not come, so that a failure after it is tried again soon', async () => {
  const runner = new WorkRunner(queue, database, clock, Logger.silent(), 'one');
  const seen: number[] = [];
  const handle = (work: ClaimedWork): Promise<void> => {
    seen.push(work.attempts);
    return Promise.reject(seen.length < 13 ? new NotYet('pages are open', clock.now()) : new Error('a passing fault'));
  };
  runner.register({ queue: 'q', concurrency: 1, leaseMs: LEASE_MS, maxAttempts: 0, handle });
  await queue.enqueue([item('a')]);
  runner.start();
  await eventually(() => {
    runner.sweep();
    return seen.length === 13;
  });
  await runner.stop();
  expect(seen).toEqual(Array.from({ length: 13 }, () => 1));
  const [row] = await database.query<{ available_at: Date }>('SELECT available_at FROM work_items');
  expect((row?.available_at.getTime() ?? 0) - clock.now().getTime()).toBe(500);
});

it('lets go what its holder does not know of, once the answer to the claim must be lost', async () => {
  const runner = new WorkRunner(queue, database, clock, Logger.silent(), 'one');
  const done: string[] = [];
  const handle = (work: ClaimedWork) => Promise.resolve(void done.push(work.key));
  const leaseMs = 120_000;
  runner.register({ queue: 'q', concurrency: 4, leaseMs, maxAttempts: 0, handle });
  await queue.enqueue([item('a')]);
  await queue.claim('q', 'one', 1, leaseMs);
  expect(await queue.releaseForgotten('one', [], [['q', new Date(clock.now().getTime() + leaseMs - 1)]])).toEqual([]);
  clock.advance(10_001);
  runner.start();
  await eventually(() => done.length === 1);
  await runner.stop();
});

describe('a process that dies', () => {
  const lookFrom = () => new GoneHolders(new HoldersRepository(database, clock), database, clock, Logger.silent());

  async function sessionOf(holder: string): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: testDatabase.url,
      application_name: sessionName('worker', holder),
    });
    await client.connect();
    return client;
  }

  /** The session of a client that ended may be listed for a moment more. */
  const isGone = (holder: string) =>
    eventually(async () => !(await new HoldersRepository(database, clock).connected()).has(holder));

  it('loses its work to others at the second look that misses it; one that is connected keeps its own', async () => {
    await queue.enqueue([item('a'), item('b')]);
    const [alive, dying] = [await sessionOf('alive'), await sessionOf('dying')];
    const theirs = [await claimOne('alive'), await claimOne('dying')];
    const watcher = lookFrom();
    for (let looks = 0; looks < 3; looks += 1) await watcher.look();
    expect(await claim('me')).toEqual([]);
    await dying.end();
    await isGone('dying');
    await watcher.look();
    expect(await claim('me')).toEqual([]);
    await watcher.look();
    expect(await claim('me')).toMatchObject([{ key: theirs[1]?.key, attempts: 2 }]);
    await alive.end();
  });

  it('loses it also when it died before anybody looked', async () => {
    await queue.enqueue([item('a')]);
    await claimOne('long-dead');
    const watcher = lookFrom();
    await watcher.look();
    await watcher.look();
    expect(keys(await claim('me'))).toEqual(['a']);
  });
});
