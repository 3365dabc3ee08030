/**
 * The PostgreSQL of a test run: a throwaway server with a migrated template database.
 * Keeps: what an earlier run left behind when it was killed is stopped and removed first.
 */
import { ensureBuilt, fromBuild } from './project.mjs';
import { makeTemporaryData, removeTemporaryData } from './temporary-data.mjs';

const PREFIX = 'verzek-test-';

/** The folder may be in memory, which a log of changes that nobody reads again should not fill. */
const SETTINGS = { max_wal_size: '256MB' };

/**
 * Sets TEST_DATABASE_URL (administrator) and TEST_TEMPLATE_DATABASE for this process and its children.
 * Uses the server of TEST_DATABASE_URL when that is set; otherwise starts one.
 */
export async function prepareTestDatabases() {
  if (process.env.TEST_TEMPLATE_DATABASE !== undefined) return { stop: async () => undefined };
  ensureBuilt();
  const server = process.env.TEST_DATABASE_URL === undefined ? await startTestServer() : undefined;
  if (server !== undefined) process.env.TEST_DATABASE_URL = server.url;
  const template = `template_${process.pid}_${Date.now().toString(36)}`;
  try {
    await makeTemplate(process.env.TEST_DATABASE_URL, template);
  } catch (error) {
    await server?.stop();
    throw error;
  }
  process.env.TEST_TEMPLATE_DATABASE = template;
  return {
    stop: async () => {
      if (server === undefined)
        await administer(process.env.TEST_DATABASE_URL, [`DROP DATABASE IF EXISTS ${template}`]);
      else delete process.env.TEST_DATABASE_URL;
      delete process.env.TEST_TEMPLATE_DATABASE;
      await server?.stop();
    },
  };
}

/** Starts a throwaway server in the system's temporary folder; `stop` removes it. */
export async function startTestServer() {
  const { startEmbeddedPostgres } = await fromBuild('src/platform/database/embedded/embedded-postgres.js');
  const dataDir = await makeTemporaryData(PREFIX);
  try {
    return await startEmbeddedPostgres({ dataDir, throwaway: true, log: () => undefined, settings: SETTINGS });
  } catch (error) {
    await removeTemporaryData(dataDir);
    throw error;
  }
}

async function makeTemplate(adminUrl, name) {
  await administer(adminUrl, [`CREATE DATABASE ${name} TEMPLATE template0`]);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const { migrateSchema } = await fromBuild('src/schema-tool.js');
  await migrateSchema(url.href);
}

/** Runs statements one by one on the database of the connection string. */
export async function administer(url, statements) {
  await withClient(url, async (client) => {
    for (const statement of statements) await client.query(statement);
  });
}

/** The rows of one query. */
export async function queryRows(url, sql) {
  return withClient(url, async (client) => (await client.query(sql)).rows);
}

async function withClient(url, work) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
