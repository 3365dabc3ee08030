/**
 * The leader is killed with -9 while it closes what a switch covers: the next one goes on where it stopped, and every
 * position is closed once.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import request from 'supertest';
import { makeFollowers, makePerson, type Person } from '../factories/people.js';
import {
  eventually,
  startTestApplication,
  TEST_SECRETS,
  type TestApplication,
  WITHOUT_BREAKERS,
} from '../support/application.js';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** More than two of the pages in which positions are closed. */
const FOLLOWERS = 2_200;

interface Flatten {
  found: number;
  closed: number;
  left: number;
  done_at: string | null;
}

describe('a leader that dies while it flattens', () => {
  let test: TestApplication;
  let folder: string;
  let admin: Person;
  const workers: ChildProcess[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'safety crash spec '));
    test = await startTestApplication({ env: { ROLE: 'api', SIGNAL_REPEAT_SECONDS: '0' } });
    admin = await makePerson(test.app, { role: 'admin' });
    await makeFollowers(test.db, FOLLOWERS);
  });

  afterAll(async () => {
    for (const worker of workers) await kill(worker);
    await test.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function startWorker(): ChildProcess {
    const { PATH = '', HOME = '' } = process.env;
    const worker = spawn(process.execPath, [join(ROOT, 'dist/src/main.js')], {
      cwd: folder,
      stdio: 'ignore',
      env: {
        PATH,
        HOME,
        ...TEST_SECRETS,
        ...WITHOUT_BREAKERS,
        ROLE: 'worker',
        PORT: '0',
        METRICS_PORT: '0',
        DATA_DIR: folder,
        DATABASE_URL: test.database.url,
        DATABASE_LOCK_TIMEOUT_MS: '60000',
        WORKER_POLL_SECONDS: '1',
        SIMULATED_VOLATILITY_PERCENT: '0.01',
      },
    });
    workers.push(worker);
    return worker;
  }

  async function kill(worker: ChildProcess): Promise<void> {
    if (worker.exitCode !== null || worker.signalCode !== null) return;
    const ended = once(worker, 'exit');
    worker.kill('SIGKILL');
    await ended;
  }

  const count = async (sql: string) => (await test.db.first<{ n: number }>(sql))?.n ?? 0;
  const running = (wanted: number) =>
    eventually(
      async () =>
        (await count(`SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database()
          AND application_name LIKE 'verzek-listen-worker%'`)) === wanted,
      30_000,
    );

  async function progress(id: number): Promise<Flatten> {
    const answer = await request(test.app.getHttpServer())
      .get(`/api/safety/switches/${id}`)
      .set(admin.auth)
      .expect(200);
    return (answer.body as { switch: { flatten: Flatten } }).switch.flatten;
  }

  it('goes on where it stopped', async () => {
    const victim = startWorker();
    await running(1);
    const signal = { symbol: 'BTCUSDT', side: 'LONG', entry: 100, tp: [110, 120], sl: 92 };
    await request(test.app.getHttpServer()).post('/api/signals').set(admin.auth).send(signal).expect(201);
    const open = `SELECT count(*) AS n FROM positions WHERE status = 'OPEN'`;
    await eventually(async () => (await count(open)) === FOLLOWERS, 30_000);

    const client = new pg.Client({ connectionString: test.database.url });
    await client.connect();
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM positions WHERE id = (SELECT max(id) FROM positions) FOR UPDATE');
    const answer = await request(test.app.getHttpServer())
      .post('/api/safety/kill')
      .set(admin.auth)
      .send({ confirm: 'KILL', mode: 'flatten', reason: 'drill' })
      .expect(200);
    const { id } = (answer.body as { switch: { id: number } }).switch;
    await eventually(async () => (await progress(id)).closed === 2_000, 20_000);
    expect(await progress(id)).toMatchObject({ found: FOLLOWERS, left: FOLLOWERS - 2_000, done_at: null });

    startWorker();
    await running(2);
    await kill(victim);
    await client.query('COMMIT');
    await client.end();
    const done = await eventually(async () => {
      const now = await progress(id);
      return now.done_at === null ? undefined : now;
    }, 30_000);
    expect(done).toMatchObject({ found: FOLLOWERS, closed: FOLLOWERS, left: 0 });
    expect(await count(`SELECT count(*) AS n FROM positions WHERE close_reason = 'FLATTEN'`)).toBe(FOLLOWERS);
    expect(await count(`SELECT count(*) AS n FROM fills WHERE effect = 'EXIT'`)).toBe(FOLLOWERS);
    expect(await count('SELECT count(*) AS n FROM accounts WHERE open_positions <> 0 OR margin_used <> 0')).toBe(0);
  }, 120_000);
});
