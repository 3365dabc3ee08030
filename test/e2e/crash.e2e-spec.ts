/**
 * Two workers and kill -9 in the middle of a fan-out: every follower ends with exactly one decision and one position.
 */
import request from 'supertest';
import { makeFollowers, makePerson } from '../factories/people.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';
import { connectedWorkers, type Process, Processes } from '../support/processes.js';
import { postSignal } from '../support/signals.js';

const FOLLOWERS = 500;

describe('workers that die', () => {
  let test: TestApplication;
  let workers: Processes;
  let survivor: Process | undefined;

  beforeAll(async () => {
    test = await startTestApplication({ env: { ROLE: 'api', SIGNAL_REPEAT_SECONDS: '0' } });
    await makeFollowers(test.db, FOLLOWERS);
    workers = new Processes({
      DATABASE_URL: test.database.url,
      FANOUT_PAGE_SIZE: '10',
      SIMULATED_VOLATILITY_PERCENT: '0.01',
    });
  });

  afterAll(async () => {
    await workers.close();
    await test.close();
  });

  const count = async (sql: string) => (await test.db.first<{ n: number }>(sql))?.n ?? 0;

  it.each(['BTCUSDT', 'ETHUSDT'])(
    'loses and doubles nothing on %s',
    async (symbol) => {
      const admin = await makePerson(test.app, { role: 'admin' });
      // Who survived the last time is the next to die.
      const victim = survivor ?? workers.start('worker');
      await connectedWorkers(test.db, 1);
      survivor = workers.start('worker');
      await connectedWorkers(test.db, 2);
      const signal = { symbol, side: 'LONG', entry: 100, tp: [110, 120], sl: 92 };
      const signal_id = await postSignal(test, admin, signal);
      const decisions = `SELECT count(*) AS n FROM decisions WHERE signal_id = ${signal_id}`;
      await eventually(async () => (await count(decisions)) > 0);
      await workers.kill(victim);
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
    },
    90_000,
  );
});
