/**
 * Notes every statement that the application sends while tests run, for the check of query plans.
 * Keeps: what tests ask on their own account is not among them. Only where TEST_STATEMENTS names a folder.
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Database, type QueryOptions } from '../../src/platform/database/database.js';

export interface Statement {
  readonly sql: string;
  /** Of a prepared statement: the ones that run often. */
  readonly name: string | null;
}

export interface Recorder {
  /** The same database for the test itself: what it asks is not noted. */
  readonly own: Database;
  /** Writes what was noted. */
  save(): void;
}

export function recordStatements(database: Database): Recorder {
  const folder = process.env.TEST_STATEMENTS;
  if (folder === undefined) return { own: database, save: () => undefined };
  const seen = new Map<string, Statement>();
  const query = database.query.bind(database);
  const execute = database.execute.bind(database);
  const note = (sql: string, options: QueryOptions = {}): void => {
    if (!seen.has(sql)) seen.set(sql, { sql, name: options.name ?? null });
  };
  database.query = ((sql: string, params?: readonly unknown[], options?: QueryOptions) => {
    note(sql, options);
    return query(sql, params, options);
  }) as Database['query'];
  database.execute = (sql, params, options) => {
    note(sql, options);
    return execute(sql, params, options);
  };
  return {
    own: unrecorded(database, { query, execute }),
    save: () => {
      const file = join(folder, `${randomBytes(8).toString('hex')}.json`);
      writeFileSync(file, JSON.stringify([...seen.values()]));
    },
  };
}

function unrecorded(database: Database, { query, execute }: Pick<Database, 'query' | 'execute'>): Database {
  const first: Database['first'] = async <Row>(sql: string, params?: readonly unknown[]) =>
    (await query<Row>(sql, params))[0];
  const own: Partial<Record<PropertyKey, unknown>> = { query, execute, first };
  return new Proxy(database, {
    get: (target, key) => {
      const value: unknown = own[key] ?? Reflect.get(target, key);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
