/**
 * Connections to a test database from outside the application: for one question, or to hold a lock as another transaction
 * would. Keeps: a connection is closed whatever happens.
 */
import pg from 'pg';

/** The rows of one statement on the database of the connection string. */
export async function askOutside<Row extends object = Record<string, unknown>>(
  url: string,
  sql: string,
  params: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  // A connection may be cut on purpose while it closes; a statement that fails says so itself.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(sql, [...params])).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Holds what `lock` locks until the answer is called. */
export async function holdOutside(url: string, lock: string, ...params: unknown[]): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query(lock, params);
  } catch (error) {
    await client.end();
    throw error;
  }
  return async () => {
    await client.query('COMMIT');
    await client.end();
  };
}
