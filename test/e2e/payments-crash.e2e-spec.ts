/**
 * Workers are killed with -9 while they list, verify and credit one payment, one after the other: the last one finds
 * everything that is left to do, and the money is credited once.
 */
import { WorkQueue } from '../../src/platform/work/work-queue.js';
import { WATCH_QUEUE } from '../../src/modules/payments/payment-work.js';
import { makePerson } from '../factories/people.js';
import { TronServer } from '../servers/tron/tron-server.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';
import { wrongBooks } from '../support/payment-books.js';
import { micro, sellingEnv, Shop } from '../support/payment-shop.js';
import { expireLeases, Processes } from '../support/processes.js';

const PLACES = ['payment:listed', 'payment:verified', 'payment:credited'] as const;

describe('a payment whose workers die', () => {
  const tron = new TronServer();
  let test: TestApplication;
  let workers: Processes;

  beforeAll(async () => {
    const chain = sellingEnv(await tron.start());
    test = await startTestApplication({ env: { ROLE: 'api', ...chain } });
    workers = new Processes({ DATABASE_URL: test.database.url, ...chain });
  });

  afterAll(async () => {
    await workers.close();
    await test.close();
    await tron.stop();
  });

  it('is credited once, and nothing of it is lost', async () => {
    const shop = new Shop(test, tron);
    const ada = await makePerson(test.app);
    const made = await shop.buy(ada);
    tron.pay({ amount: micro(made.amount_usdt) });
    tron.mine();
    await test.app.get(WorkQueue).enqueue([{ queue: WATCH_QUEUE, key: 'now', serialKey: WATCH_QUEUE }]);
    for (const place of PLACES) {
      const victim = workers.start('worker', { VERZEK_KILL_POINT: place });
      expect([place, await victim.ended]).toEqual([place, 'SIGKILL']);
      expect((await shop.seen(ada, made.payment_id)).state).not.toBe('PAID');
      expect(await wrongBooks(test.db)).toEqual([]);
      await expireLeases(test.db, victim.pid);
    }
    workers.start('worker');
    await eventually(async () => (await shop.seen(ada, made.payment_id)).state === 'PAID');
    expect(await wrongBooks(test.db)).toEqual([]);
    const booked = await test.db.query<{ cause: string }>('SELECT cause FROM money_transactions ORDER BY id');
    expect(booked.map(({ cause }) => cause)).toEqual(['TRANSFER', 'PURCHASE']);
    expect((await shop.planOf(ada)).plan).toBe('VIP');
    const periods = await test.db.query(`SELECT 1 FROM subscription_periods WHERE source = 'PAYMENT'`);
    expect(periods).toHaveLength(1);
  }, 120_000);
});
