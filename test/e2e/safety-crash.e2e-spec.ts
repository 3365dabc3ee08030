/**
 * The leader is killed with -9 while it closes what a switch covers: the next one goes on where it stopped, and every
 * position is closed once.
 */
import request from 'supertest';
import { makeFollowers, makePerson, type Person } from '../factories/people.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';
import { holdOutside } from '../support/outsider.js';
import { connectedWorkers, Processes } from '../support/processes.js';
import { postSignal } from '../support/signals.js';

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
  let admin: Person;
  let workers: Processes;

  beforeAll(async () => {
    test = await startTestApplication({ env: { ROLE: 'api', SIGNAL_REPEAT_SECONDS: '0' } });
    admin = await makePerson(test.app, { role: 'admin' });
    await makeFollowers(test.db, FOLLOWERS);
    workers = new Processes({
      DATABASE_URL: test.database.url,
      DATABASE_LOCK_TIMEOUT_MS: '60000',
      SIMULATED_VOLATILITY_PERCENT: '0.01',
    });
  });

  afterAll(async () => {
    await workers.close();
    await test.close();
  });

  const count = async (sql: string) => (await test.db.first<{ n: number }>(sql))?.n ?? 0;

  async function progress(id: number): Promise<Flatten> {
    const answer = await request(test.app.getHttpServer())
      .get(`/api/safety/switches/${id}`)
      .set(admin.auth)
      .expect(200);
    return (answer.body as { switch: { flatten: Flatten } }).switch.flatten;
  }

  it('goes on where it stopped', async () => {
    const victim = workers.start('worker');
    await connectedWorkers(test.db, 1);
    const signal = { symbol: 'BTCUSDT', side: 'LONG', entry: 100, tp: [110, 120], sl: 92 };
    await postSignal(test, admin, signal);
    const open = `SELECT count(*) AS n FROM positions WHERE status = 'OPEN'`;
    await eventually(async () => (await count(open)) === FOLLOWERS, 30_000);

    const last = 'SELECT 1 FROM positions WHERE id = (SELECT max(id) FROM positions) FOR UPDATE';
    const letGo = await holdOutside(test.database.url, last);
    const answer = await request(test.app.getHttpServer())
      .post('/api/safety/kill')
      .set(admin.auth)
      .send({ confirm: 'KILL', mode: 'flatten', reason: 'drill' })
      .expect(200);
    const { id } = (answer.body as { switch: { id: number } }).switch;
    await eventually(async () => (await progress(id)).closed === 2_000, 20_000);
    expect(await progress(id)).toMatchObject({ found: FOLLOWERS, left: FOLLOWERS - 2_000, done_at: null });

    workers.start('worker');
    await connectedWorkers(test.db, 2);
    await workers.kill(victim);
    await letGo();
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
