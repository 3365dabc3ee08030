/**
 * A database of its own for each medium and e2e test file: a clone of the migrated template, dropped after.
 * Keeps: no test file sees the rows of another. Must not be shared between files.
 */
import { randomBytes } from 'node:crypto';
import { askOutside } from './outsider.js';

export interface TestDatabase {
  readonly name: string;
  /** Connection string of the clone. */
  readonly url: string;
  /** Drops the clone, ending whatever is still connected. Call it in `afterAll`. */
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /** True for a database without any table, instead of a clone of the template. */
  readonly empty?: boolean;
}

/** Makes a database on the test server. Call it in `beforeAll`. */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  const template = options.empty === true ? 'template0' : required('TEST_TEMPLATE_DATABASE');
  await administer(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  const url = new URL(required('TEST_DATABASE_URL'));
  url.pathname = `/${name}`;
  return { name, url: url.href, drop: () => administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

/** Runs one statement as the test server's administrator, outside any test database. */
async function administer(statement: string): Promise<void> {
  await askOutside(required('TEST_DATABASE_URL'), statement);
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: this test belongs to the medium or e2e project`);
  return value;
}
