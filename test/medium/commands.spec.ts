/**
 * Commands say in a sentence why they could not ask the database, or what is wrong with their options; `npm run invariants`
 * takes the time it needs; `npm run report` only shows.
 */
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, TEST_SECRETS } from '../support/application.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { askOutside, holdOutside } from '../support/outsider.js';

const ROOT = join(import.meta.dirname, '../..');
const INVARIANTS = ['dist/src/cli/invariants.js'];

/** A statement that has waited for a lock longer than the settings allow a statement of the product. */
const WAITS = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
  AND query_start < clock_timestamp() - interval '400 milliseconds'`;

const GONE = { pathname: '/gone' };
const NOT_THERE = 'database "gone" does not exist (SQLSTATE 3D000)';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.drop());

function run(command: readonly string[], settings: Record<string, string>): Promise<{ code: number; output: string }> {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, NODE_ENV: 'test', DATABASE_URL: database.url, ...TEST_SECRETS, ...settings };
  return new Promise((resolve) => {
    const [script = '', ...args] = command;
    execFile(process.execPath, [join(ROOT, script), ...args], { cwd: tmpdir(), env }, (error, output, errors) =>
      resolve({ code: Number(error?.code ?? 0), output: output + errors }),
    );
  });
}

it('invariants: goes beyond the time of a statement', async () => {
  const letGo = await holdOutside(database.url, 'LOCK TABLE fills');
  const ended = run(INVARIANTS, { DATABASE_STATEMENT_TIMEOUT_MS: '200' });
  await eventually(async () => (await askOutside(database.url, WAITS)).length > 0);
  await letGo();
  expect(await ended).toEqual({ code: 0, output: expect.stringMatching(/ invariants, 0 violations\n$/) as string });
});

it('invariants: says what the database says against it', async () => {
  const letGo = await holdOutside(database.url, 'LOCK TABLE fills');
  const { code, output } = await run(INVARIANTS, { DATABASE_LOCK_TIMEOUT_MS: '100' });
  await letGo();
  expect(code).toBe(1);
  expect(output).toBe('The database refused: canceling statement due to lock timeout (SQLSTATE 55P03)\n');
});

it.each([
  ['npm run migration:run', ['scripts/database.mjs', 'run'], { port: '1' }, 'connect ECONNREFUSED 127.0.0.1:1'],
  ['npm run invariants', ['scripts/run-cli.mjs', 'invariants'], GONE, NOT_THERE],
  ['a command without npm', INVARIANTS, GONE, NOT_THERE],
  ['npm start', ['dist/src/main.js'], GONE, NOT_THERE],
])('%s says in one sentence that DATABASE_URL is wrong', async (_, command, change, reason) => {
  const url = Object.assign(new URL(database.url), change).href;
  const { code, output } = await run(command, { DATABASE_URL: url });
  expect(code).toBe(1);
  expect(output.trim().split('\n')).toEqual([
    expect.stringContaining(`The database that DATABASE_URL names could not be opened: ${reason}`),
  ]);
});

describe('report', () => {
  const REPORT = ['dist/src/cli/report.js'];
  const MADE = `SELECT day::text FROM daily_reports UNION ALL SELECT key FROM work_items WHERE queue LIKE 'report%'`;
  const made = () => askOutside(database.url, MADE);

  it('shows a day that nobody stored, says so, and leaves no trace', async () => {
    const { code, output } = await run([...REPORT, '--date', '2026-01-31'], {});
    expect([code, output]).toEqual([
      0,
      expect.stringMatching(/^Daily report 2026-01-31, not final \(nothing is stored/),
    ]);
    expect(output).toContain('total PnL USDT');
    expect(await made()).toEqual([]);
  });

  it.each([
    [['--dat'], "Unknown option '--dat'. Usage: npm run report -- [--date 2026-01-31] [--publish]"],
    [['--date'], "Option '--date <value>' argument missing. Usage: npm run report"],
    [['--date', '2026-02-30'], '--date must be a day such as 2026-01-31. Usage: npm run report'],
    [['--date', '2026-01-31', '--publish'], 'No signal had been posted by the end of 2026-01-31: it has no report'],
  ])('%j is refused in one sentence', async (options, sentence) => {
    const { code, output } = await run([...REPORT, ...options], {});
    expect([code, output.trim().split('\n')]).toEqual([1, [expect.stringContaining(sentence)]]);
    expect(await made()).toEqual([]);
  });
});

it('npm run migration:run refuses an address of another kind', async () => {
  const { code, output } = await run(['scripts/database.mjs', 'run'], { DATABASE_URL: 'mysql://127.0.0.1/verzek' });
  expect(code).toBe(1);
  expect(output).toContain('- DATABASE_URL: must be an address such as postgres://');
});
