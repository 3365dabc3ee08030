/** What accounts had done before there was a ledger is carried into it: their figures are its sums from the first day. */
import { loadMigrations } from '../../src/platform/database/load-migrations.js';
import { migrateSchema, revertSchema } from '../../src/schema-tool.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { ledgerViolations } from '../support/invariants.js';
import { openDatabase, type OpenDatabase } from '../support/open-database.js';

let testDatabase: TestDatabase;
let open: OpenDatabase;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  const names = (await loadMigrations()).map((migration) => migration.name);
  await revertSchema(testDatabase.url, names.length - names.indexOf('PaperLedger1763676000050'));
  open = await openDatabase(testDatabase.url);
}, 60_000);

afterAll(async () => {
  await open.close();
  await testDatabase.drop();
});

it('carries deposits and positions over, and refuses to forget them', async () => {
  const { database } = open;
  await database.query(`
    WITH person AS (
      INSERT INTO users (email, password_hash, role, is_verified, referral_code, created_at, updated_at)
      SELECT 'old' || n || '@example.com', '-', 'user', true, 'OLD' || n, now(), now() FROM generate_series(1, 3) AS n RETURNING id
    ), account AS (
      -- 1,000 deposited; one position lost 7.5 with its fees, another holds 20 of margin and has paid 0.1.
      INSERT INTO accounts (user_id, exchange, balance, margin_used, open_positions, created_at, updated_at)
      SELECT id, 'paper', 1000 - 7.5 - 0.1, 20, 1, now(), now() FROM person RETURNING id, user_id
    )
    INSERT INTO positions (user_id, account_id, symbol, side, mode, exchange, status, entry_type, leverage, planned_qty, qty,
      remaining_qty, entry_price, stop_loss, target_prices, target_qtys, target_hit_at, margin, realised_pnl, fees, close_reason,
      created_at, opened_at, closed_at, updated_at)
    SELECT user_id, account.id, 'BTCUSDT', 'LONG', 'paper', 'paper', status, 'MARKET', 10, 2, 2, remaining, 100, 90, '{110}', '{2}',
      '{NULL}', margin, pnl, fee, CASE WHEN status = 'STOPPED' THEN 'STOP' END, now(), now(),
      CASE WHEN status = 'STOPPED' THEN now() END, now()
    FROM account CROSS JOIN (VALUES ('STOPPED', 0, 0, -7.5, 0.5), ('OPEN', 2, 20, -0.1, 0.1)) AS p (status, remaining, margin, pnl, fee)`);
  await migrateSchema(testDatabase.url);
  expect(await ledgerViolations(database)).toEqual([]);
  const [account] = await database.query<{ id: number }>('SELECT min(id) AS id FROM accounts');
  const rows = await database.query(
    `SELECT cause, cash::text, margin::text, fees::text, realised::text, deposits::text FROM ledger_transactions
     WHERE account_id = $1 ORDER BY id`,
    [account?.id],
  );
  expect(rows).toEqual([
    { cause: 'DEPOSIT', cash: '1000.0', margin: '0', fees: '0', realised: '0', deposits: '-1000.0' },
    { cause: 'CARRIED', cash: '-7.5', margin: '0', fees: '0.5', realised: '7.0', deposits: '0' },
    { cause: 'CARRIED', cash: '-20.1', margin: '20', fees: '0.1', realised: '0.0', deposits: '0' },
  ]);
  await database.query(`UPDATE positions SET close_reason = 'LIQUIDATION', status = 'STOPPED', remaining_qty = 0,
    closed_at = now() WHERE status = 'OPEN'`);
}, 60_000);
