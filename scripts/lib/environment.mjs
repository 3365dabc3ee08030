/**
 * The environment of a command: the .env file, the development secrets, and a database.
 * Keeps: a command uses the server that a running product has started, or starts one and stops it after.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fail, fromBuild, ROOT } from './project.mjs';

/** Reads .env without overriding what is set, and adds development secrets outside production. */
export async function loadEnvironment() {
  const file = join(ROOT, '.env');
  if (existsSync(file)) process.loadEnvFile(file);
  const { withDevelopmentSecrets } = await fromBuild('src/platform/secrets/development-secrets.js');
  Object.assign(process.env, withDevelopmentSecrets(process.env, dataDir()));
}

export function dataDir() {
  return process.env.DATA_DIR?.trim() || './data';
}

/**
 * Runs `work` with DATABASE_URL set, and ends what was started for it.
 * With `migrate`, the schema is brought up to date first.
 */
export async function withDatabase(work, { migrate = true } = {}) {
  const server = await openDatabase();
  try {
    if (migrate) await (await fromBuild('src/schema-tool.js')).migrateSchema(process.env.DATABASE_URL);
    return await work(process.env.DATABASE_URL);
  } finally {
    await server?.stop();
  }
}

/** Runs `work` of a command; why it fails is told as every command tells it, with exit code 1. */
export async function orFail(work) {
  try {
    return await work();
  } catch (error) {
    const { failureText } = await fromBuild('src/cli/command-failure.js');
    return fail(failureText(error));
  }
}

async function openDatabase() {
  if ((process.env.DATABASE_URL ?? '').trim() !== '') return undefined;
  if (process.env.NODE_ENV === 'production') fail('DATABASE_URL must be set in production.');
  const module = await fromBuild('src/platform/database/embedded/embedded-postgres.js');
  const running = module.runningPostgresUrl(dataDir());
  if (running !== undefined) {
    process.env.DATABASE_URL = running;
    return undefined;
  }
  const server = await module.startEmbeddedPostgres({ dataDir: dataDir(), log: (line) => console.error(line) });
  process.env.DATABASE_URL = server.url;
  return server;
}
