/**
 * After a storm of closes the planner takes the indexes of live positions for empty. What is asked for every follower of a
 * page, and every second, is found over its own index even then.
 */
import { DUE } from '../../src/modules/trading/changes/position-state.repository.js';
import { HOLDINGS } from '../../src/modules/trading/fan-out/risk-facts.repository.js';
import { makePerson } from '../factories/people.js';
import { startTestApplication, type TestApplication } from '../support/application.js';

const ENDED = 20_000;

let test: TestApplication;
let owner: [number, number];

beforeAll(async () => {
  test = await startTestApplication();
  const person = await makePerson(test.app, { autoTrade: true });
  const account = await test.db.first<{ id: number }>('SELECT id FROM accounts WHERE user_id = $1', [person.id]);
  owner = [person.id, account?.id ?? 0];
  await test.db.query(
    `INSERT INTO positions (user_id, account_id, symbol, side, mode, exchange, status, entry_type, leverage, planned_qty, qty,
       remaining_qty, entry_price, exit_price, stop_loss, target_prices, target_qtys, target_hit_at, margin, realised_pnl, fees,
       close_reason, created_at, opened_at, closed_at, updated_at)
     SELECT $1, $2, 'BTCUSDT', 'LONG', 'paper', 'paper', 'CLOSED', 'MARKET', 10, 0.003, 0.003, 0, 70000, 72000, 69500, '{71000}',
       '{0.003}', ARRAY[now()], 0, 1, 0.02, 'TARGETS', now(), now(), now(), now() FROM generate_series(1, $3::int)`,
    [...owner, ENDED],
  );
  await test.db.query('VACUUM ANALYZE positions');
});

afterAll(() => test.close());

async function indexesOf(sql: string, params: readonly unknown[]): Promise<string[]> {
  const rows = await test.db.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${sql}`, params);
  const text = rows.map((row) => row['QUERY PLAN']).join('\n');
  return [...text.matchAll(/(?:using|on) (ix_positions_\w+)|Seq Scan on (positions)/g)].map(
    ([, index, table]) => index ?? `all ${table}`,
  );
}

it('what limits are compared with, by the follower', async () => {
  const followers = owner.map((id) => Array.from({ length: 2_000 }, (_, at) => id + at));
  expect(await indexesOf(HOLDINGS, [...followers, '0.05', '0.02'])).toEqual(['ix_positions_live_user']);
});

it('what time alone changes, by its time', async () => {
  expect((await indexesOf(DUE, [new Date(), 100])).sort()).toEqual([
    'ix_positions_entry_expires',
    'ix_positions_exit_at',
  ]);
});
