/** The product's `Database` on a test database, for medium tests that need no application. */
import { loadConfig } from '../../src/config/load-config.js';
import { ENTITIES } from '../../src/database.entities.js';
import { Database } from '../../src/platform/database/database.js';
import { makeDataSource } from '../../src/platform/database/data-source.js';

export interface OpenDatabase {
  readonly database: Database;
  close(): Promise<void>;
}

export async function openDatabase(url: string): Promise<OpenDatabase> {
  const settings = loadConfig({}).database;
  const open = (lane: string) =>
    makeDataSource({ url, settings, poolSize: 3, applicationName: `test-${lane}`, entities: ENTITIES }).initialize();
  const sources = { http: await open('http'), worker: await open('worker') };
  return {
    database: new Database(sources),
    close: async () => {
      await Promise.all(Object.values(sources).map((source) => source.destroy()));
    },
  };
}
