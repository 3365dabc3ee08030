/**
 * What ended long ago moves to the archive whole and once, whatever dies meanwhile, and everything that people read and
 * rules look at stays as it was.
 */
import request from 'supertest';
import type { QueryRunner } from 'typeorm';
import { TradeArchive1763676000075 } from '../../migrations/1763676000075-trade-archive.js';
import { loadConfig } from '../../src/config/load-config.js';
import { daysBefore, LEAST_DAYS_KEPT } from '../../src/domain/archive/archive-horizon.js';
import { ArchiveRepository, MOVED_TABLES } from '../../src/modules/archive/archive.repository.js';
import { ARCHIVE_QUEUE, ArchiveService } from '../../src/modules/archive/archive.service.js';
import { InvariantsRepository } from '../../src/modules/ops/invariants/invariants.repository.js';
import { LEDGER_LIST } from '../../src/modules/paper/ledger.repository.js';
import { positionsList } from '../../src/modules/positions/positions.repository.js';
import { BreakersRepository } from '../../src/modules/safety/breakers.repository.js';
import { sqlState } from '../../src/platform/database/database.js';
import { POSITION_STATUSES } from '../../src/domain/position/position-status.js';
import { makeFollowers, makePerson, type Person } from '../factories/people.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';
import { violationsAtQuiet } from '../support/invariants.js';
import { postSignal } from '../support/signals.js';
import { openDatabase, type OpenDatabase } from '../support/open-database.js';

const TABLES = ['positions', 'orders', 'fills', 'trade_log', 'decisions', 'ledger_transactions'];
const ROLLED_BACK = new Error('rolled back');

let test: TestApplication;
let other: OpenDatabase;
let admin: Person;
let ada: Person;
let archive: ArchiveService;
let symbols = 0;

beforeAll(async () => {
  test = await startTestApplication({ env: { SIGNAL_REPEAT_SECONDS: '0', TRADE_ARCHIVE_AT: '00:00' } });
  other = await openDatabase(test.database.url);
  archive = test.app.get(ArchiveService);
  admin = await makePerson(test.app, { role: 'admin' });
  ada = await makePerson(test.app, {
    autoTrade: true,
    plan: 'PREMIUM',
    settings: { per_trade_usdt: '10', leverage: 10 },
  });
  await makeFollowers(test.db, 12);
  // Refused: too small for an order.
  await makeFollowers(test.db, 3, '0.01', 1);
  await test.db.query(`INSERT INTO daily_reports (day, report, created_at) VALUES (current_date - 1, '{}', now())`);
});

afterAll(async () => {
  await other.close();
  await test.close();
});

const http = () => request(test.app.getHttpServer());
const number = async (sql: string, params: readonly unknown[] = []) =>
  Number((await test.db.first<{ n: string }>(`SELECT (SELECT ${sql}) AS n`, params))?.n);
const before = async () => (await archive.horizon(daysBefore(new Date(), 90))) as Date;

/** A signal that everybody follows; `to` is the price it ends at. */
async function trade(to?: string): Promise<number> {
  const symbol = `A${(symbols += 1)}USDT`;
  const signal = { symbol, side: 'LONG', entry: 100, tp: [110, 120], sl: 95 };
  const id = await postSignal(test, admin, signal);
  const at = (condition: string, count: number) =>
    eventually(
      async () => (await number(`count(*) FROM positions WHERE signal_id = $1 AND ${condition}`, [id])) === count,
    );
  await at(`status = 'OPEN'`, 13);
  if (to === undefined) return id;
  test.feed.tick(symbol, '111');
  await at(`status = 'PARTIAL'`, 13);
  test.feed.tick(symbol, to);
  await at('closed_at IS NOT NULL', 13);
  await eventually(() => test.db.first('SELECT 1 FROM signals WHERE id = $1 AND closed_at IS NOT NULL', [id]));
  return id;
}

/** Lets everything that is stored have happened `days` earlier. */
async function age(signals: readonly number[], days: number): Promise<void> {
  await violationsAtQuiet(test.db);
  const shift = (columns: readonly string[]) =>
    columns.map((column) => `${column} = ${column} - make_interval(days => $2)`).join(', ');
  const times: Readonly<Record<string, readonly string[]>> = {
    positions: ['created_at', 'opened_at', 'closed_at', 'updated_at'],
    orders: ['created_at', 'updated_at'],
    fills: ['created_at'],
    trade_log: ['created_at'],
    ledger_transactions: ['created_at'],
  };
  await test.db.transaction(async () => {
    await test.db.query('SET LOCAL session_replication_role = replica');
    for (const [table, columns] of Object.entries(times)) {
      await test.db.query(
        `UPDATE ${table} SET ${shift(columns)} WHERE ${table === 'positions' ? 'id' : 'position_id'} IN (
           SELECT id FROM positions WHERE signal_id = ANY ($1::bigint[]))
           ${table === 'ledger_transactions' ? 'OR position_id IS NULL' : ''}`,
        [signals, days],
      );
    }
    await test.db.query(`UPDATE decisions SET ${shift(['created_at'])} WHERE signal_id = ANY ($1::bigint[])`, [
      signals,
      days,
    ]);
    await test.db.query(
      `UPDATE signals SET ${shift(['created_at', 'closed_at', 'updated_at'])} WHERE id = ANY ($1::bigint[])`,
      [signals, days],
    );
  });
}

/** What people are told, as text, but for the last price of a symbol, which is stored with a delay. */
async function told(signal: number): Promise<string[]> {
  const first = await number('min(id) FROM all_positions WHERE user_id = $1 AND signal_id = $2', [ada.id, signal]);
  const day = (offset: number) => new Date(Date.now() - offset * 86_400_000).toISOString().slice(0, 10);
  const paths: readonly (readonly [string, Person])[] = [
    ['/api/positions?limit=3', ada],
    [`/api/positions?limit=3&before_id=${first + 1}`, ada],
    ['/api/positions?status=CLOSED', ada],
    ['/api/positions?status=OPEN', ada],
    [`/api/positions?signal_id=${signal}`, ada],
    [`/api/positions/detail/${first}`, ada],
    [`/api/positions/${ada.id}`, admin],
    [`/api/signals/${signal}/decisions?limit=7`, admin],
    [`/api/signals/${signal}/decisions`, ada],
    [`/api/users/${ada.id}/paper/ledger?limit=200`, ada],
    [`/api/users/${ada.id}/paper/ledger?limit=5&position_id=${first}`, ada],
    [`/api/users/${ada.id}/paper/balance`, ada],
    [`/api/users/${ada.id}/paper/equity?step=day&from=${day(130)}&to=${day(0)}`, ada],
  ];
  const answers: string[] = [];
  for (const [path, who] of paths) {
    const answer = await http().get(path).set(who.auth);
    expect([path, answer.status]).toEqual([path, 200]);
    answers.push(`${path} ${answer.text.replace(/"current_price":[\d.]+/g, '')}`);
  }
  return answers;
}

const totals = () =>
  test.db.query(`
    SELECT (SELECT row(count(*), sum(id), sum(realised_pnl), sum(fees))::text FROM all_positions) AS positions,
      (SELECT row(count(*), sum(id), sum(filled_qty))::text FROM all_orders) AS orders,
      (SELECT row(count(*), sum(id), sum(qty * price), sum(fee))::text FROM all_fills) AS fills,
      (SELECT row(count(*), sum(id))::text FROM all_trade_log) AS log,
      (SELECT row(count(*), sum(signal_id * user_id), sum(hashtext(facts::text)::bigint))::text FROM all_decisions) AS decisions,
      (SELECT row(count(*), sum(id), sum(cash), sum(margin))::text FROM all_ledger_transactions) AS ledger`);

describe('the tables of the archive', () => {
  it.each(TABLES)('%s: the columns of their table in its order, and the view has both', async (table) => {
    const columns = (name: string) =>
      test.db.query(
        `SELECT attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute
         WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
        [name],
      );
    const live = await columns(table);
    expect(await columns(`archived_${table}`)).toEqual(live);
    expect(await columns(`all_${table}`)).toEqual(live);
  });
});

describe('archiving', () => {
  let old: number;
  let held: number;
  let young: number;

  beforeAll(async () => {
    old = await trade('90');
    held = await trade();
    // One of the running signal's trades was closed by hand long ago; its signal has not ended.
    const id = await number('min(id) FROM positions WHERE signal_id = $1 AND user_id = $2', [held, ada.id]);
    test.feed.tick('A2USDT', '101');
    await http().post('/api/positions/close').set(ada.auth).send({ position_id: id }).expect(200);
    await eventually(() => test.db.first('SELECT 1 FROM positions WHERE id = $1 AND closed_at IS NOT NULL', [id]));
    young = await trade('121');
    await age([old, held], 120);
    await age([young], 60);
  });

  it('moves nothing when the transaction dies, and everything with the next run', async () => {
    const sums = await totals();
    const answers = await told(old);
    const counted = await test.app.get(ArchiveRepository).count(await before());
    expect(counted).toMatchObject({ positions: 13, signals: 1, decisions: 16 });

    await other.database.transaction(async () => {
      await other.database.query('LOCK TABLE archived_fills IN EXCLUSIVE MODE');
      const dying = expect(archive.run(await before())).rejects.toThrow();
      const waiting = await eventually(() =>
        test.db.first<{ pid: number }>(
          `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT INTO archived_fills%'`,
        ),
      );
      // Half-way through a batch no account is held: a fan-out would wait for it.
      expect(await number('count(*) FROM (SELECT FROM accounts FOR UPDATE NOWAIT) AS free')).toBeGreaterThan(0);
      await test.db.query('SELECT pg_terminate_backend($1)', [waiting.pid]);
      await dying;
    });
    expect(await number('count(*) FROM archived_positions')).toBe(0);
    expect(await totals()).toEqual(sums);

    const { moved, isDone } = await archive.run(await before(), { batch: 5 });
    expect(isDone).toBe(true);
    expect(moved).toEqual(counted);
    expect(await totals()).toEqual(sums);
    expect(await told(old)).toEqual(answers);
    expect(await violationsAtQuiet(test.db)).toEqual([]);
    for (const table of MOVED_TABLES.filter((name) => name !== 'signals')) {
      expect([table, await number(`count(*) FROM archived_${table}`)]).toEqual([table, counted[table]]);
    }
  });

  it('leaves what is young, what is held and what belongs to a running signal', async () => {
    const left = await test.db.query('SELECT DISTINCT signal_id FROM positions ORDER BY 1');
    expect(left).toEqual([{ signal_id: held }, { signal_id: young }]);
    expect(await number('count(*) FROM positions WHERE signal_id = $1', [held])).toBe(13);
    const { moved } = await archive.run(await before());
    expect(Object.values(moved).every((count) => count === 0)).toBe(true);
  });

  it('lets no trade of the signal be opened again, neither by a decision nor by a position', async () => {
    const again = (sql: string) =>
      test.db.transaction(async () => {
        await test.db.query(sql, [old]);
        throw ROLLED_BACK;
      });
    await expect(
      again(
        `INSERT INTO decisions (signal_id, user_id, verdict, created_at) SELECT signal_id, user_id, verdict, now()
         FROM archived_decisions WHERE signal_id = $1 LIMIT 1`,
      ),
    ).rejects.toMatchObject({ constraint: 'fk_decisions_signal_id' });
    await expect(again('UPDATE signals SET trading_id = id WHERE id = $1')).rejects.toMatchObject({ code: '23000' });
  });

  it('answers to the closing of an archived trade that it is closed', async () => {
    const id = await number('min(id) FROM archived_positions WHERE user_id = $1', [ada.id]);
    const close = http().post('/api/positions/close').set(ada.auth).send({ position_id: id });
    expect((await close).body).toMatchObject({ code: 'POSITION_CLOSED' });
    const attach = http().post(`/api/positions/${id}/attach`).set(ada.auth);
    expect((await attach).body).toMatchObject({ code: 'POSITION_CLOSED' });
  });

  it('keeps losing streaks: an account is judged by archived results too', async () => {
    const account = await number('id FROM accounts WHERE user_id = $1', [ada.id]);
    const [judged] = await test.app.get(BreakersRepository).accountCases([account], new Date(), new Date(), 20);
    expect(judged?.results.newest).toHaveLength(3);
  });

  it('takes nothing that somebody holds, and comes to an end', async () => {
    await age([young], 60);
    const id = await number('min(id) FROM positions WHERE signal_id = $1', [young]);
    await other.database.transaction(async () => {
      await other.database.query('SELECT 1 FROM positions WHERE id = $1 FOR UPDATE', [id]);
      const { moved, isDone } = await archive.run(await before(), { batch: 4 });
      expect({ isDone, positions: moved.positions, signals: moved.signals }).toEqual({
        isDone: true,
        positions: 12,
        signals: 0,
      });
      expect(await violationsAtQuiet(test.db)).toEqual([]);
    });
  });

  it('runs every night once, whoever orders it', async () => {
    await Promise.all([archive.schedule(), archive.schedule()]);
    await eventually(() =>
      test.db.first(`SELECT 1 FROM work_items WHERE queue = $1 AND state = 'done'`, [ARCHIVE_QUEUE]),
    );
    expect(await number('count(*) FROM work_items WHERE queue = $1', [ARCHIVE_QUEUE])).toBe(1);
    expect(await number('count(*) FROM signals WHERE trading_id IS NULL')).toBe(2);
    expect(await violationsAtQuiet(test.db)).toEqual([]);
  });

  it('moves nothing that no daily report has counted', async () => {
    await test.db.query(`UPDATE daily_reports SET day = current_date - 200`);
    const horizon = await before();
    expect(horizon < daysBefore(new Date(), 195)).toBe(true);
    await test.db.query(`UPDATE daily_reports SET day = current_date - 1`);
  });

  it('is taken back by the way down, and all of it is there again', async () => {
    const sums = await totals();
    const migration = new TradeArchive1763676000075();
    const runner = { query: (sql: string) => test.db.query(sql) } as unknown as QueryRunner;
    const undone = test.db.transaction(async () => {
      await migration.down(runner);
      for (const table of TABLES) await test.db.query(`CREATE VIEW all_${table} AS SELECT * FROM ${table}`);
      expect(await totals()).toEqual(sums);
      throw ROLLED_BACK;
    });
    await expect(undone).rejects.toBe(ROLLED_BACK);
  });
});

describe('the setting', () => {
  it('is never, or as long as anything looks back', () => {
    const days = (text: number) =>
      loadConfig({ TRADE_ARCHIVE_AFTER_DAYS: String(text) }).archive.TRADE_ARCHIVE_AFTER_DAYS;
    expect([days(0), days(LEAST_DAYS_KEPT)]).toEqual([0, LEAST_DAYS_KEPT]);
    expect(() => days(LEAST_DAYS_KEPT - 1)).toThrow('TRADE_ARCHIVE_AFTER_DAYS');
  });
});

describe('a page of history', () => {
  /** Rows that the scans of each table have read, by the plan that serves all parameters: named statements come to it. */
  async function scanned(sql: string, params: readonly unknown[]): Promise<Record<string, number>> {
    const literals = params.map((value) =>
      Array.isArray(value) ? `'{${value.join(',')}}'` : value === null ? 'NULL' : String(value),
    );
    await test.db.query(`PREPARE page AS ${sql}`);
    const [row] = await test.db.query<{ 'QUERY PLAN': [{ Plan: Node }] }>(
      `EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE page (${literals.join(', ')})`,
    );
    await test.db.query('DEALLOCATE page');
    const rows: Record<string, number> = {};
    const visit = (node: Node): void => {
      const name = node['Relation Name'];
      const read = node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0);
      if (name !== undefined) rows[name] = (rows[name] ?? 0) + read * node['Actual Loops'];
      (node.Plans ?? []).forEach(visit);
    };
    visit((row as { 'QUERY PLAN': [{ Plan: Node }] })['QUERY PLAN'][0].Plan);
    return rows;
  }

  interface Node {
    readonly 'Relation Name'?: string;
    readonly 'Actual Rows': number;
    readonly 'Actual Loops': number;
    readonly 'Rows Removed by Filter'?: number;
    readonly Plans?: readonly Node[];
  }

  /** Copies of one trade of Ada's and of its entry in the ledger: 3,000 live, 3,000 archived. */
  async function fill(): Promise<number> {
    const template = await number('min(id) FROM archived_positions WHERE user_id = $1', [ada.id]);
    const entry = await number('min(id) FROM archived_ledger_transactions WHERE position_id = $1', [template]);
    await test.db.query('SET LOCAL session_replication_role = replica');
    for (const [index, side] of ['', 'archived_'].entries()) {
      for (const [table, id] of [
        ['positions', template],
        ['ledger_transactions', entry],
      ] as const) {
        await test.db.query(
          `INSERT INTO ${side}${table} SELECT copy.* FROM archived_${table} template, generate_series(1, 3000) AS n,
             LATERAL jsonb_populate_record(template, jsonb_build_object('id', 1000000 + 2 * n + ${index}, 'signal_id', 1000000 + 2 * n + ${index},
               'position_id', 1000000 + 2 * n + ${index})) AS copy WHERE template.id = $1`,
          [id],
        );
        await test.db.query(`ANALYZE ${side}${table}`);
      }
    }
    return number('account_id FROM archived_positions WHERE id = $1', [template]);
  }

  it('reads no more than a page of either side', async () => {
    const PAGE = 21;
    const undone = test.db.transaction(async () => {
      const account = await fill();
      await test.db.query('SET LOCAL plan_cache_mode = force_generic_plan');
      const unfiltered = { symbol: null, signalId: null, from: null, to: null, beforeId: null, limit: PAGE - 1 };
      for (const statuses of [null, POSITION_STATUSES]) {
        const { sql, params } = positionsList(ada.id, { ...unfiltered, statuses });
        const positions = await scanned(sql, params);
        expect(positions.positions).toBeLessThanOrEqual(PAGE);
        expect(positions.archived_positions).toBeLessThanOrEqual(PAGE);
      }
      const ledger = [account, Number.MAX_SAFE_INTEGER, null, null, null, null, PAGE];
      const transactions = await scanned(LEDGER_LIST, ledger);
      expect(transactions.ledger_transactions).toBeLessThanOrEqual(PAGE);
      expect(transactions.archived_ledger_transactions).toBeLessThanOrEqual(PAGE);
      expect(transactions.archived_positions).toBeLessThanOrEqual(2 * PAGE);
      throw ROLLED_BACK;
    });
    await expect(undone).rejects.toBe(ROLLED_BACK);
  });
});

describe('rows of trades', () => {
  it('do not leave by an ordinary DELETE', async () => {
    for (const table of TABLES.filter((name) => name !== 'ledger_transactions')) {
      const refused = await test.db.query(`DELETE FROM ${table}`).catch((error: unknown) => sqlState(error));
      expect([table, refused]).toEqual([table, '23000']);
    }
    const found = await test.app.get(InvariantsRepository).violations(undefined, new Date());
    expect(found).toEqual([]);
  });
});
