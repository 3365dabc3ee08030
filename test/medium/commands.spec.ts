/** `npm run invariants` takes the time it needs, and says in a sentence why it could not ask. */
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, TEST_SECRETS } from '../support/application.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { askOutside, holdOutside } from '../support/outsider.js';

const COMMAND = join(import.meta.dirname, '../../dist/src/cli/invariants.js');

/** A statement that has waited for a lock longer than the settings allow a statement of the product. */
const WAITS = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
  AND query_start < clock_timestamp() - interval '400 milliseconds'`;

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.drop());

function run(settings: Record<string, string>): Promise<{ code: number; output: string }> {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, NODE_ENV: 'test', DATABASE_URL: database.url, ...TEST_SECRETS, ...settings };
  return new Promise((resolve) => {
    execFile(process.execPath, [COMMAND], { cwd: tmpdir(), env }, (error, output, errors) =>
      resolve({ code: Number(error?.code ?? 0), output: output + errors }),
    );
  });
}

it('goes beyond the time of a statement', async () => {
  const letGo = await holdOutside(database.url, 'LOCK TABLE fills');
  const ended = run({ DATABASE_STATEMENT_TIMEOUT_MS: '200' });
  await eventually(async () => (await askOutside(database.url, WAITS)).length > 0);
  await letGo();
  expect(await ended).toEqual({ code: 0, output: expect.stringMatching(/ invariants, 0 violations\n$/) as string });
});

it('says what the database says against it', async () => {
  const letGo = await holdOutside(database.url, 'LOCK TABLE fills');
  const { code, output } = await run({ DATABASE_LOCK_TIMEOUT_MS: '100' });
  await letGo();
  expect(code).toBe(1);
  expect(output).toBe('The database refused: canceling statement due to lock timeout (SQLSTATE 55P03)\n');
});
