/**
 * Faults around the processes: workers that stand still past their lease, a PostgreSQL that is killed and comes back,
 * sessions that are ended, links that hang, a disk that is full. The story of the kill matrix must end as always.
 * A new fault is one entry in `FAULTS`. Disk full needs root, for a file system of its own.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../../src/platform/database/embedded/embedded-postgres.js';
import { runningServer } from '../../../src/platform/database/embedded/postmaster-file.js';
import { isRoot } from '../../../src/platform/database/embedded/server-account.js';
import { migrateSchema } from '../../../src/schema-tool.js';
import { makeFollowers, makePerson, neverAskAgain } from '../../factories/people.js';
import { Market } from '../../servers/market.js';
import { TcpProxy } from '../../servers/tcp-proxy.js';
import { eventually, startTestApplication, type TestApplication } from '../../support/application.js';
import { violationsAtQuiet } from '../../support/invariants.js';
import { openDatabase, type OpenDatabase } from '../../support/open-database.js';
import { askOutside } from '../../support/outsider.js';
import { connectedWorkers, expireLeases, type Process, Processes } from '../../support/processes.js';
import { type Stage, Story, STORY_VENUE } from '../support/story.js';

const FOLLOWERS = 25;
const LEADER = `SELECT a.pid FROM pg_locks l JOIN pg_stat_activity a USING (pid)
  WHERE l.locktype = 'advisory' AND l.granted AND a.application_name LIKE 'verzek-listen-worker%'`;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let folder: string;
let server: EmbeddedPostgres;
let proxy: TcpProxy;
let market: Market;
let test: TestApplication;
let direct: OpenDatabase;
let stage: Stage;
let processes: Processes;
let undisturbed: unknown[];
let workers: Process[] = [];
let stories = 0;

const dataDir = () => join(folder, 'data');
const postmaster = () => runningServer(join(dataDir(), 'postgres'))?.pid ?? 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'faults-'));
  chmodSync(folder, 0o755);
  mkdirSync(dataDir());
  if (isRoot()) execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400m,mode=711', 'tmpfs', dataDir()]);
  server = await startEmbeddedPostgres({
    dataDir: dataDir(),
    log: () => undefined,
    settings: { max_wal_size: '64MB' },
  });
  await migrateSchema(server.url);
  proxy = await TcpProxy.before(server.url);
  const url = proxy.through(server.url);
  market = await Market.open();
  direct = await openDatabase(url);
  test = await startTestApplication({
    env: { ROLE: 'api', SIGNAL_REPEAT_SECONDS: '0', ...TIMEOUTS, ...market.settings },
    database: { name: 'verzek', url, drop: () => Promise.resolve() },
  });
  await makeFollowers(test.db, FOLLOWERS - 1);
  const admin = await makePerson(test.app, { role: 'admin' });
  // A run lasts longer than five minutes, after which a kill switch would ask who throws it.
  await neverAskAgain(test.db, admin);
  const person = await makePerson(test.app, { autoTrade: true, settings: { per_trade_usdt: '5', leverage: 10 } });
  stage = { test, market, admin, person, followers: FOLLOWERS, api: () => Promise.resolve(undefined) };
  processes = new Processes({
    ...TIMEOUTS,
    ...market.settings,
    ...STORY_VENUE,
    DATABASE_URL: url,
    FANOUT_PAGE_SIZE: '10',
  });
  await withWorkers({}, {});
  const story = new Story(stage, 'CALMUSDT');
  await story.tell();
  undisturbed = await story.outcome();
}, 90_000);

/** Short, so that what hangs is given up soon. */
const TIMEOUTS = {
  DATABASE_CONNECT_TIMEOUT_MS: '2000',
  DATABASE_STATEMENT_TIMEOUT_MS: '3000',
  DATABASE_LOCK_TIMEOUT_MS: '1500',
  DATABASE_IDLE_TX_TIMEOUT_MS: '1500',
};

afterAll(async () => {
  await processes.close();
  proxy.heal();
  await test.close();
  await direct.close();
  await proxy.close();
  await market.close();
  await server.stop();
  if (isRoot()) execFileSync('umount', ['-l', dataDir()]);
  rmSync(folder, { recursive: true, force: true });
});

/** Two workers that are connected; the first leads. */
async function withWorkers(...extra: Record<string, string>[]): Promise<void> {
  for (const worker of workers) await processes.kill(worker);
  for (const worker of workers) await expireLeases(test.db, worker.pid);
  workers = [];
  for (const [index, settings] of extra.entries()) {
    workers.push(processes.start('worker', settings));
    await connectedWorkers(test.db, index + 1);
    if (index === 0) await eventually(async () => (await test.db.query(LEADER)).length === 1, 20_000);
  }
}

/** Tells a story while `disturb` runs; what comes of it must be what always comes of it. */
async function tellWhile(disturb: (story: Story, isTold: () => boolean) => Promise<void>): Promise<void> {
  const story = new Story(stage, `F${(stories += 1)}USDT`);
  let told = false;
  const disturbing = disturb(story, () => told);
  disturbing.catch(() => undefined);
  await story.tell().finally(() => (told = true));
  await disturbing;
  expect(await story.outcome()).toEqual(undisturbed);
  expect(await violationsAtQuiet(test.db, 60_000)).toEqual([]);
}

async function restartPostgres(): Promise<void> {
  await server.stop();
  server = await startEmbeddedPostgres({
    dataDir: dataDir(),
    log: () => undefined,
    settings: { max_wal_size: '64MB' },
  });
  proxy.retarget(server.url);
}

const FAULTS: Readonly<Record<string, () => Promise<void>>> = {
  'a worker stands still in the middle of a page, past its lease, and wakes up': async () => {
    await withWorkers({}, { VERZEK_KILL_POINT: 'fan-out:page-written!stop' });
    const sleeper = workers[1] as Process;
    await tellWhile(async () => {
      await eventually(() => sleeper.output().includes('kill point'), 20_000);
      await pause(7_000);
      sleeper.child.kill('SIGCONT');
    });
  },
  'the leader stands still: the other takes over, and what the first does when it wakes up changes nothing':
    async () => {
      await withWorkers({ VERZEK_KILL_POINT: 'crossing:noted!stop' }, {});
      const sleeper = workers[0] as Process;
      await tellWhile(async (_story, isTold) => {
        await eventually(isTold, 60_000);
        sleeper.child.kill('SIGCONT');
        await connectedWorkers(test.db, 2);
      });
      expect(sleeper.output()).toContain('kill point crossing:noted');
    },
  'one backend of PostgreSQL is killed, and the server recovers from that': async () => {
    await withWorkers({}, {});
    await tellWhile(async () => {
      await pause(700);
      const row = await direct.database.first<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'verzek-worker%' LIMIT 1`,
      );
      process.kill(row?.pid ?? 0, 'SIGKILL');
    });
  },
  'PostgreSQL is stopped at once and comes back': async () => {
    await tellWhile(async () => {
      await pause(700);
      process.kill(postmaster(), 'SIGQUIT');
      await restartPostgres();
    });
  },
  'PostgreSQL is killed and comes back': async () => {
    await tellWhile(async () => {
      await pause(900);
      process.kill(postmaster(), 'SIGKILL');
      await restartPostgres();
    });
  },
  'sessions are ended all the time': async () => {
    await tellWhile(async (_story, isTold) => {
      for (let round = 0; round < 12 && !isTold(); round += 1) {
        await askOutside(
          server.url,
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'verzek-%'
           AND pid <> pg_backend_pid() ORDER BY md5(pid::text || ${round}) LIMIT 3`,
        );
        await pause(150);
      }
    });
  },
  'links hang half-open, are slow, and are cut': async () => {
    await tellWhile(async () => {
      await pause(500);
      proxy.halfOpen();
      await pause(1_000);
      proxy.delay(40);
      await pause(1_500);
      proxy.drop();
      proxy.heal();
    });
  },
  ...(isRoot()
    ? {
        'the disk of PostgreSQL is full for a while': async () => {
          await tellWhile(async () => {
            await pause(500);
            fillDisk();
            await pause(2_500);
            rmSync(join(dataDir(), 'ballast'), { force: true });
            if (postmaster() === 0) await restartPostgres();
          });
        },
      }
    : {}),
};

/** Writes until nothing more fits. */
function fillDisk(): void {
  const block = Buffer.alloc(1 << 20, 1);
  for (let index = 0; ; index += 1) {
    try {
      writeFileSync(join(dataDir(), 'ballast'), block, { flag: 'a' });
    } catch {
      return;
    }
  }
}

describe('nothing is lost or doubled when', () => {
  it.each(Object.entries(FAULTS))(
    '%s',
    async (_name, fault) => {
      await fault();
    },
    150_000,
  );
});
