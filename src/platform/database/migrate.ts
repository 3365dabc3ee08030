/**
 * Brings the schema up to date under an advisory lock, so that replicas may start together.
 * Keeps: exactly one process migrates, the others wait for it; the lock is held on a connection of its own.
 */
import pg from 'pg';
import type { DataSource } from 'typeorm';

/** Any constant serves; this one spells "verz". */
const MIGRATION_LOCK = 0x7665727a;

/** Runs pending migrations; answers their names in the order in which they ran. */
export async function migrate(source: DataSource, url: string, lockTimeoutMs = 120_000): Promise<string[]> {
  const holder = new pg.Client({ connectionString: url, application_name: 'verzek-migrate' });
  await holder.connect();
  try {
    await holder.query(`SET lock_timeout = ${Math.trunc(lockTimeoutMs)}`);
    await holder.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const ran = await source.runMigrations({ transaction: 'each' });
    return ran.map((migration) => migration.name);
  } finally {
    await holder.end();
  }
}
