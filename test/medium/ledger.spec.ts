/** What PostgreSQL itself refuses of the ledger, and that an account begins with its deposit. */
import { makeFollowers } from '../factories/people.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { ledgerViolations } from '../support/invariants.js';
import { openDatabase, type OpenDatabase } from '../support/open-database.js';

let testDatabase: TestDatabase;
let open: OpenDatabase;
let account: number;

const query = (sql: string, params: unknown[] = []) => open.database.query<Record<string, unknown>>(sql, params);

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  open = await openDatabase(testDatabase.url);
  const user = await makeFollowers(open.database, 3);
  const rows = await query('SELECT id FROM accounts WHERE user_id = $1', [user]);
  account = Number(rows[0]?.id);
});

afterAll(async () => {
  await open.close();
  await testDatabase.drop();
});

const row = (columns: Record<string, unknown>) => {
  const names = Object.keys({ account_id: account, created_at: new Date(), ...columns });
  const values = Object.values({ account_id: account, created_at: new Date(), ...columns });
  const marks = values.map((_, index) => `$${index + 1}`).join(', ');
  return query(`INSERT INTO ledger_transactions (${names.join(', ')}) VALUES (${marks}) RETURNING id`, values);
};

describe('the ledger in the database', () => {
  it('begins with the deposit of every account that has a balance', async () => {
    const rows = await query(
      `SELECT cause, cash::text, deposits::text FROM ledger_transactions WHERE account_id = $1`,
      [account],
    );
    expect(rows).toEqual([{ cause: 'DEPOSIT', cash: '10000', deposits: '-10000' }]);
    expect(await ledgerViolations(open.database)).toEqual([]);
  });

  it.each([
    ['an unbalanced row', { cause: 'DEPOSIT', cash: '1' }, 'ck_ledger_transactions_balanced'],
    ['an unbalanced entry', { cause: 'ENTRY', position_id: 1, cash: '-5', margin: '4.99999999' }, 'balanced'],
    ['an unknown cause', { cause: 'GIFT' }, 'ck_ledger_transactions_cause'],
    ['funding without its time', { cause: 'FUNDING', position_id: 1 }, 'ck_ledger_transactions_funding_at'],
    ['a fee of no position', { cause: 'EXIT', cash: '-1', fees: '1' }, 'ck_ledger_transactions_position'],
    [
      'a deposit in the name of a trade',
      { cause: 'EXIT', position_id: 1, cash: '1', deposits: '-1' },
      'ck_ledger_transactions_deposits',
    ],
  ])('refuses %s', async (_name, columns, constraint) => {
    await expect(row(columns)).rejects.toThrow(constraint);
  });

  it('refuses to be rewritten', async () => {
    for (const statement of [
      `UPDATE ledger_transactions SET cash = cash`,
      'DELETE FROM ledger_transactions',
      'TRUNCATE ledger_transactions',
    ]) {
      await expect(query(statement)).rejects.toThrow('append-only');
    }
  });

  it('takes a funding time of a position once', async () => {
    const funding = { cause: 'FUNDING', position_id: 7, cash: '-1', funding: '1', funding_at: '2026-01-01T08:00:00Z' };
    await row(funding);
    await expect(row(funding)).rejects.toThrow('uq_ledger_transactions_funding');
    await row({ ...funding, funding_at: '2026-01-01T16:00:00Z' });
  });

  it('names the account whose balance is not its sum', async () => {
    await query('UPDATE accounts SET balance = balance - 2 WHERE id = $1', [account]);
    expect(await ledgerViolations(open.database)).toEqual([]);
    await query('UPDATE accounts SET balance = balance + 0.5, margin_used = 3 WHERE id = $1', [account]);
    expect(await ledgerViolations(open.database)).toEqual([
      { name: 'ledger.accounts-are-its-sums', subject: `account:${account}`, detail: 'balance 9998.5 instead of 9998' },
      { name: 'ledger.accounts-are-its-sums', subject: `account:${account}`, detail: 'margin_used 3 instead of 0' },
    ]);
  });
});
