/**
 * Two workers and kill -9 in the middle of a fan-out: every follower ends with exactly one decision and one position.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import request from 'supertest';
import { makeFollowers, makePerson } from '../factories/people.js';
import { eventually, startTestApplication, TEST_SECRETS, type TestApplication } from '../support/application.js';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const FOLLOWERS = 500;

describe('workers that die', () => {
  let test: TestApplication;
  let folder: string;
  const workers: ChildProcess[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'crash spec '));
    test = await startTestApplication({ env: { ROLE: 'api', SIGNAL_REPEAT_SECONDS: '0' } });
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
        ROLE: 'worker',
        PORT: '0',
        METRICS_PORT: '0',
        DATA_DIR: folder,
        DATABASE_URL: test.database.url,
        FANOUT_PAGE_SIZE: '10',
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

  it.each(['BTCUSDT', 'ETHUSDT', 'SOLUSDT'])(
    'loses and doubles nothing on %s',
    async (symbol) => {
      const admin = await makePerson(test.app, { role: 'admin' });
      const victim = startWorker();
      await running(1);
      const survivor = startWorker();
      await running(2);
      const signal = { symbol, side: 'LONG', entry: 100, tp: [110, 120], sl: 92 };
      const answer = await request(test.app.getHttpServer())
        .post('/api/signals')
        .set(admin.auth)
        .send(signal)
        .expect(201);
      const { signal_id } = answer.body as { signal_id: number };
      const decisions = `SELECT count(*) AS n FROM decisions WHERE signal_id = ${signal_id}`;
      await eventually(async () => (await count(decisions)) > 0);
      await kill(victim);
      await eventually(async () => (await count(decisions)) === FOLLOWERS, 25_000);
      const positions = `SELECT count(*) AS n FROM positions WHERE signal_id = ${signal_id}`;
      expect(await count(positions)).toBe(FOLLOWERS);
      expect(await count(`SELECT count(DISTINCT user_id) AS n FROM positions WHERE signal_id = ${signal_id}`)).toBe(
        FOLLOWERS,
      );
      expect(
        await count(
          `SELECT count(*) AS n FROM fills f JOIN positions p ON p.id = f.position_id WHERE p.signal_id = ${signal_id}`,
        ),
      ).toBe(FOLLOWERS);
      const wrong = `SELECT count(*) AS n FROM accounts a WHERE
      a.open_positions <> (SELECT count(*) FROM positions p WHERE p.account_id = a.id AND p.status IN ('PENDING', 'OPEN', 'PARTIAL'))
      OR a.balance <> 10000 + (SELECT coalesce(sum(realised_pnl), 0) FROM positions p WHERE p.account_id = a.id)`;
      expect(await count(wrong)).toBe(0);
      // The survivor leads now: it serves the cancel, and meets every position.
      await request(test.app.getHttpServer())
        .post('/api/signals/cancel')
        .set(admin.auth)
        .send({ signal_id })
        .expect(200);
      const open = `${positions} AND status IN ('PENDING', 'OPEN', 'PARTIAL')`;
      await eventually(async () => (await count(open)) === 0, 20_000);
      await kill(survivor);
      await running(0);
    },
    90_000,
  );
});
