/**
 * The daily report over trades that are written into the database as trading would: each counted once, whenever it was
 * written; days made in order; and no slower than its trades are many.
 */
import { jest } from '@jest/globals';
import { SchedulerRegistry } from '@nestjs/schedule';
import request from 'supertest';
import { REPORT_STORED_QUEUE } from '../../src/domain/report/daily-report.js';
import { ReportsRepository } from '../../src/modules/reports/reports.repository.js';
import { ReportsService, REPORT_QUEUE } from '../../src/modules/reports/reports.service.js';
import { lastEnded, type ReportWindow, windowOf } from '../../src/modules/reports/report-window.js';
import { CROSSING_QUEUE } from '../../src/modules/trading/triggers/crossings.repository.js';
import { WorkQueue } from '../../src/platform/work/work-queue.js';
import { makeFollowers, makePerson, type Person } from '../factories/people.js';
import { eventually, RememberingChannel, startTestApplication, type TestApplication } from '../support/application.js';

const AT = '12:00';
const DAY_MS = 86_400_000;
const groups = new RememberingChannel();
let test: TestApplication;
let admin: Person;
let newest: ReportWindow;

beforeAll(async () => {
  test = await startTestApplication({
    env: { TELEGRAM_TRIAL_CHAT_ID: '-1002', DAILY_REPORT_AT: AT },
    parts: { broadcastChannel: groups },
  });
  // Days are ordered here when a test says so.
  test.app.get(SchedulerRegistry).deleteInterval('daily-report');
  admin = await makePerson(test.app, { role: 'admin' });
  newest = lastEnded(new Date(performance.timeOrigin + performance.now()), AT);
});

afterAll(() => test.close());

/** Ended trades of the users from `first` on, `each` a user, all closed at `closedAt`; alternately won and lost. */
async function ended(first: number, users: number, each: number, closedAt: Date, symbol = 'BTCUSDT'): Promise<void> {
  await test.db.query(
    `INSERT INTO positions (user_id, account_id, symbol, side, mode, exchange, status, entry_type, leverage, planned_qty,
       qty, remaining_qty, entry_price, exit_price, stop_loss, target_prices, target_qtys, target_hit_at, margin,
       realised_pnl, fees, close_reason, created_at, opened_at, closed_at, updated_at)
     SELECT a.user_id, a.id, $4, 'LONG', 'paper', 'paper', CASE WHEN n % 2 = 0 THEN 'STOPPED' ELSE 'CLOSED' END, 'MARKET',
       10, 2, 2, 0, 100, 101, 90, '{110}', '{2}', CASE WHEN n % 2 = 0 THEN '{NULL}'::timestamptz[] ELSE ARRAY[$3::timestamptz] END,
       0, CASE WHEN n % 2 = 0 THEN -1 ELSE 2 END, 0.1, CASE WHEN n % 2 = 0 THEN 'STOP' ELSE 'TARGETS' END, $3, $3, $3, now()
     FROM accounts a CROSS JOIN generate_series(1, $2::int) AS n
     WHERE a.user_id >= $1 AND a.user_id < $1 + $5 AND a.exchange = 'paper'`,
    [first, each, closedAt, symbol, users],
  );
}

const http = () => request(test.app.getHttpServer());
const make = (day: string) => test.app.get(ReportsService).make(day);
const dayAfter = (day: string, days = 1) =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);

const told = () => groups.sent.map(({ message }) => message.text);

/** The days of the platform's reports, in the order in which they were made. */
async function stored(): Promise<string[]> {
  const sql = `SELECT to_char(day, 'YYYY-MM-DD') AS day FROM daily_reports WHERE user_id IS NULL ORDER BY id`;
  return (await test.db.query<{ day: string }>(sql)).map(({ day }) => day);
}

async function platform(day: string): Promise<Record<string, unknown>> {
  const answer = await http().get('/api/reports/daily').query({ date: day }).set(admin.auth).expect(200);
  return (answer.body as { report: Record<string, unknown> }).report;
}

describe('every ended trade is in exactly one report', () => {
  it('also one that was written after the report of its day', async () => {
    const ada = await makePerson(test.app);
    const { day, to } = windowOf(dayAfter(newest.day, -10), AT);
    await ended(ada.id, 1, 2, new Date(to.getTime() - 3_600_000));
    expect(await platform(day).catch(() => undefined)).toBeUndefined();
    expect(await make(day)).toBe(true);
    await ended(ada.id, 1, 1, new Date(to.getTime() - 1), 'LATEUSDT');
    await ended(ada.id, 1, 1, to, 'NEXTUSDT');
    expect(await make(day)).toBe(false);
    expect(await platform(day)).toMatchObject({ total_trades: 2, winning_trades: 1, losing_trades: 1, tp_hits: 1 });
    const next = dayAfter(day);
    expect(await make(next)).toBe(true);
    expect(await platform(next)).toMatchObject({
      total_trades: 2,
      symbols: [{ symbol: 'LATEUSDT' }, { symbol: 'NEXTUSDT' }],
    });
    await make(dayAfter(next));
    expect(await platform(dayAfter(next))).toMatchObject({ total_trades: 0, best: null, worst: null, symbols: [] });
    const own = await http().get('/api/reports').set(ada.auth).expect(200);
    const { reports } = own.body as { reports: { date: string; total_trades: number }[] };
    expect(reports.map(({ date, total_trades }) => [date, total_trades])).toEqual([
      [next, 2],
      [day, 2],
    ]);
  });

  it('and the report waits for what was still under way at its time', async () => {
    const { day, to } = windowOf(dayAfter(newest.day, -6), AT);
    await test.db.query(
      `INSERT INTO work_items (queue, key, available_at, created_at) VALUES ($1, 'a crossing', $2, $2)`,
      [CROSSING_QUEUE, new Date(to.getTime() - 1)],
    );
    await test.app.get(WorkQueue).enqueue([{ queue: REPORT_QUEUE, key: day, payload: { day } }]);
    const order = () =>
      test.db.first<{ attempts: number; state: string; last_error: string | null }>(
        'SELECT attempts, state, last_error FROM work_items WHERE queue = $1 AND key = $2',
        [REPORT_QUEUE, day],
      );
    await eventually(async () => ((await order())?.last_error ?? '').includes('still being ended'));
    expect(await order()).toMatchObject({ state: 'open' });
    const ada = await makePerson(test.app);
    await ended(ada.id, 1, 1, new Date(to.getTime() - 1));
    await test.db.query(`UPDATE work_items SET state = 'done' WHERE queue = $1`, [CROSSING_QUEUE]);
    await eventually(async () => (await order())?.state === 'done');
    expect(await platform(day)).toMatchObject({ total_trades: 1 });
  });
});

it('makes the days on which nobody worked afterwards, in order, tells the newest, and lists them by day', async () => {
  const open = () => test.db.first(`SELECT 1 FROM work_items WHERE state = 'open'`);
  await eventually(async () => (await open()) === undefined);
  await test.db.query('DELETE FROM daily_reports');
  await test.db.query('DELETE FROM work_items');
  await test.db.query('INSERT INTO reported_trades SELECT id, user_id, $1 FROM positions ON CONFLICT DO NOTHING', [
    newest.day,
  ]);
  groups.sent.length = 0;
  await test.app.get(ReportsService).schedule();
  expect(await test.db.query('SELECT 1 FROM work_items WHERE queue = $1', [REPORT_QUEUE])).toEqual([]);
  const days = [-2, -1, 0].map((days) => dayAfter(newest.day, days));
  await test.db.query(
    `INSERT INTO signals (source_id, symbol, side, trade_type, duration, entry, stop_loss, target_prices, target_hit_at,
       leverage, confidence, status, closed_at, created_at, updated_at)
     VALUES (1, 'BTCUSDT', 'LONG', 'FUTURES', 'SHORT', 100, 90, '{110}', '{NULL}', 1, 50, 'CLOSED', $1, $1, $1)`,
    [windowOf(days[0] as string, AT).from],
  );
  await test.app.get(ReportsService).schedule();
  await eventually(() => groups.sent.length > 0);
  expect(told()).toEqual([`📊 Daily report ${newest.day}\nNo trade ended on this day.`]);
  expect(await stored()).toEqual(days);
  await make(dayAfter(days[0] as string, -20));
  const list = async (query: object) =>
    (await http().get('/api/reports').query(query).set(admin.auth).expect(200)).body as {
      reports: { date: string }[];
      next_before_id: number | null;
    };
  const first = await list({ limit: 2 });
  const second = await list({ limit: 2, before_id: first.next_before_id });
  expect([...first.reports, ...second.reports].map(({ date }) => date)).toEqual(
    [...days].reverse().concat(dayAfter(days[0] as string, -20)),
  );
});

it('orders no day before the first signal, whatever is stored', async () => {
  await test.db.query('DELETE FROM daily_reports');
  await make('2020-01-31');
  await test.db.query('DELETE FROM work_items WHERE queue = $1', [REPORT_QUEUE]);
  await test.db.query('UPDATE signals SET created_at = $1', [newest.to]);
  await test.app.get(ReportsService).schedule();
  expect(await test.db.query('SELECT 1 FROM work_items WHERE queue = $1', [REPORT_QUEUE])).toEqual([]);
  await test.db.query('UPDATE signals SET created_at = $1', [new Date(newest.to.getTime() - 1)]);
  await test.app.get(ReportsService).schedule();
  const ordered = await test.db.query<{ key: string }>('SELECT key FROM work_items WHERE queue = $1', [REPORT_QUEUE]);
  expect(ordered.map(({ key }) => key)).toEqual([newest.day]);
  await eventually(async () => (await stored()).includes(newest.day));
});

describe('made by hand', () => {
  const publish = (day: string) => test.app.get(ReportsService).publish(day);

  beforeEach(async () => {
    await eventually(async () => (await test.db.first(`SELECT 1 FROM work_items WHERE state = 'open'`)) === undefined);
    await test.db.query('DELETE FROM daily_reports');
    await test.db.query('DELETE FROM work_items');
    await test.db.query('UPDATE signals SET created_at = $1', [windowOf(dayAfter(newest.day, -2), AT).from]);
  });

  it('no day is one that is not over, or was over before the first signal', async () => {
    await expect(publish(dayAfter(newest.day))).rejects.toThrow('is not over yet');
    await expect(publish(dayAfter(newest.day, -3))).rejects.toThrow('No signal had been posted');
    expect(await stored()).toEqual([]);
  });

  it('the days before it are made first, and nobody is told of any but the newest', async () => {
    const days = [-2, -1, 0].map((days) => dayAfter(newest.day, days));
    expect(await publish(days[1] as string)).toBe(true);
    expect(await publish(days[1] as string)).toBe(false);
    expect(await stored()).toEqual(days.slice(0, 2));
    expect(await publish(newest.day)).toBe(true);
    const told = await test.db.query('SELECT key FROM work_items WHERE queue = $1', [REPORT_STORED_QUEUE]);
    expect(told).toEqual([{ key: newest.day }]);
  });

  it('it waits for what was still under way at its time', async () => {
    await make(dayAfter(newest.day, -1));
    await test.db.query(
      `INSERT INTO work_items (queue, key, available_at, created_at) VALUES ($1, 'another crossing', $2, $2)`,
      [CROSSING_QUEUE, new Date(newest.to.getTime() - 1)],
    );
    const isAsked = jest.spyOn(test.app.get(ReportsRepository), 'isUnsettled');
    const made = publish(newest.day);
    await eventually(async () => (await isAsked.mock.results[0]?.value) === true);
    expect(await stored()).not.toContain(newest.day);
    await test.db.query(`UPDATE work_items SET state = 'done' WHERE queue = $1`, [CROSSING_QUEUE]);
    expect(await made).toBe(true);
    isAsked.mockRestore();
  });
});

it('shows a day that has just ended as not final until its report is made', async () => {
  await test.db.query('DELETE FROM daily_reports WHERE day = $1::date', [newest.day]);
  expect(await platform(newest.day)).toMatchObject({ date: newest.day, final: false });
  await make(newest.day);
  expect(await platform(newest.day)).toMatchObject({ date: newest.day, final: true });
});

it('is made for 20,000 followers with 40,000 trades within the time of a statement, which their square would exceed', async () => {
  const day = dayAfter(newest.day, -20);
  await test.db.query('DELETE FROM daily_reports WHERE day = $1::date', [day]);
  const first = await makeFollowers(test.db, 20_000);
  await ended(first, 20_000, 2, windowOf(day, AT).from);
  await test.db.query('ANALYZE positions');
  expect(await make(day)).toBe(true);
  expect(await platform(day)).toMatchObject({
    total_trades: 40_000,
    winning_trades: 20_000,
    total_pnl_usdt: 20_000,
    best: { profit_pct: 10 },
    worst: { profit_pct: -5 },
  });
  const one = await test.db.first<{ report: unknown }>(
    'SELECT report FROM daily_reports WHERE day = $1::date AND user_id = $2',
    [day, first + 19_999],
  );
  expect(one?.report).toMatchObject({
    total_trades: 2,
    winning_trades: 1,
    losing_trades: 1,
    win_rate_pct: '50',
    total_pnl_usdt: '1',
    total_profit_pct: '5',
    average_profit_pct: '2.5',
    fees_usdt: '0.2',
    sl_hits: 1,
    symbols: [{ symbol: 'BTCUSDT', trades: 2, pnl_usdt: '1', profit_pct: '5' }],
  });
}, 120_000);
