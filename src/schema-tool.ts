/**
 * What may be done to the schema: bring it up to date, take the last step back, drop it, ask what entities would change.
 * Keeps: statements have an hour while migrating (an index on a large table takes its time); connections are closed
 * on every path. Must not be used while serving requests.
 */
import { loadConfig } from './config/load-config.js';
import { ENTITIES } from './database.entities.js';
import { makeDataSource } from './platform/database/data-source.js';
import { loadMigrations } from './platform/database/load-migrations.js';
import { migrate } from './platform/database/migrate.js';
import { openDataSource } from './platform/database/open-data-source.js';

type Source = ReturnType<typeof makeDataSource>;

const HOUR_MS = 3_600_000;

/** A change that would make the schema what the entities say, with the statement that takes it back. */
export interface SchemaChange {
  readonly up: string;
  readonly down: string;
}

/** Runs pending migrations under the advisory lock; answers their names. Several processes may call it at once. */
export function migrateSchema(url: string): Promise<string[]> {
  return withSource(url, (source) => migrate(source, url));
}

/** Takes back the `steps` last migrations, newest first. */
export function revertSchema(url: string, steps = 1): Promise<void> {
  return withSource(url, async (source) => {
    for (let step = 0; step < steps; step += 1) await source.undoLastMigration({ transaction: 'each' });
  });
}

/** Empties the database: everything in the schema `public` is lost. */
export function dropSchema(url: string): Promise<void> {
  return withSource(url, async (source) => {
    await source.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  });
}

/** How many migrations the product has. */
export async function countMigrations(): Promise<number> {
  return (await loadMigrations()).length;
}

/** What entities and schema disagree about; empty when they agree. Changes nothing. */
export function schemaChanges(url: string): Promise<SchemaChange[]> {
  return withSource(url, async (source) => {
    const { upQueries, downQueries } = await source.driver.createSchemaBuilder().log();
    return upQueries.map((up, index) => ({ up: up.query, down: downQueries[index]?.query ?? '' }));
  });
}

async function withSource<T>(url: string, work: (source: Source) => Promise<T>): Promise<T> {
  const settings = loadConfig({ DATABASE_URL: url }).database;
  const source = makeDataSource({
    url,
    settings: { ...settings, DATABASE_STATEMENT_TIMEOUT_MS: HOUR_MS, DATABASE_LOCK_TIMEOUT_MS: HOUR_MS },
    poolSize: 2,
    applicationName: 'verzek-schema',
    entities: ENTITIES,
    migrations: await loadMigrations(),
  });
  await openDataSource(source);
  try {
    return await work(source);
  } finally {
    await source.destroy();
  }
}
