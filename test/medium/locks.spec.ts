/**
 * What only a row lock can hold: the same position changed by many at once, and one follower's cap under parallel
 * signals. Each is a race that is lost at once when its lock is taken away (`npm run prove-checker` does that).
 */
import { PositionChanges } from '../../src/modules/trading/changes/position-changes.service.js';
import { makeFollowers, makePerson, type Person } from '../factories/people.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';
import { violationsAtQuiet } from '../support/invariants.js';
import { holdOutside } from '../support/outsider.js';
import { postSignal } from '../support/signals.js';

const CAP = 1;
const SIGNALS = 4;
const FOLLOWERS = 12;

let test: TestApplication;
let admin: Person;

beforeAll(async () => {
  test = await startTestApplication({ env: { SIGNAL_REPEAT_SECONDS: '0', FANOUT_PAGE_SIZE: '10' } });
  admin = await makePerson(test.app, { role: 'admin' });
  await makeFollowers(test.db, FOLLOWERS);
});

afterAll(() => test.close());

const post = (symbol: string) =>
  postSignal(test, admin, { symbol, side: 'LONG', entry: 100, tp: [110, 120, 130], sl: 92 });

const decided = (ids: readonly number[], followers = FOLLOWERS) =>
  eventually(async () => {
    const row = await test.db.first<{ n: number }>('SELECT count(*) AS n FROM decisions WHERE signal_id = ANY ($1)', [
      ids,
    ]);
    return row?.n === ids.length * followers;
  }, 20_000);

describe('a position that many change at once', () => {
  it('takes each target and its stop once', async () => {
    const id = await post('LOCKUSDT');
    await decided([id]);
    const rows = await test.db.query<{ id: number }>('SELECT id FROM positions WHERE signal_id = $1', [id]);
    const ids = rows.map((row) => row.id);
    const changes = test.app.get(PositionChanges);
    const at = new Date();
    const apply = (price: string) =>
      test.db.inLane('worker', () =>
        changes.applyPrice(
          ids,
          price,
          at,
          () => undefined,
          () => undefined,
        ),
      );
    await Promise.all(['111', '111', '121', '121', '111', '89', '121', '89'].map(apply));
    const legs = await test.db.query<{ leg: string; n: number }>(
      `SELECT leg, count(*) AS n FROM orders JOIN fills ON fills.order_id = orders.id
       WHERE orders.position_id = ANY ($1) GROUP BY leg`,
      [ids],
    );
    for (const { n } of legs) expect(n).toBeLessThanOrEqual(FOLLOWERS);
    expect(await violationsAtQuiet(test.db)).toEqual([]);
  });
});

describe('a cap under parallel signals', () => {
  it('is never passed', async () => {
    // One follower alone, so that each signal is one page and pages of several signals run at once.
    await test.db.query('UPDATE users SET auto_trade_enabled = (id = (SELECT max(user_id) FROM positions))');
    await test.db.query('UPDATE user_settings SET max_concurrent_trades = $1', [CAP]);
    const release = await holdAccounts();
    const ids = await Promise.all(Array.from({ length: SIGNALS }, (_, index) => post(`CAP${index}USDT`)));
    await eventually(async () => (await waitingForLocks()) >= 2, 20_000);
    await release();
    await decided(ids, 1);
    const row = await test.db.first<{ n: number }>(
      `SELECT count(*) AS n FROM positions WHERE signal_id = ANY ($1) AND status = 'OPEN'`,
      [ids],
    );
    expect(row?.n).toBe(CAP);
    expect(await violationsAtQuiet(test.db)).toEqual([]);
  });
});

/** Holds all accounts as another transaction would; answers what lets them go. */
const holdAccounts = () => holdOutside(test.database.url, 'SELECT 1 FROM accounts FOR UPDATE');

async function waitingForLocks(): Promise<number> {
  const row = await test.db.first<{ n: number }>(
    `SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return row?.n ?? 0;
}
