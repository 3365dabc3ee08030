/**
 * The application for one command: connected, serving nothing and working on nothing.
 */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApplication } from '../app.js';
import { ConfigError } from '../config/load-config.js';
import type { Config } from '../config/schema.js';
import { makeDataSource } from '../platform/database/data-source.js';
import { openDataSource } from '../platform/database/open-data-source.js';
import { startupConfig } from '../startup-config.js';
import { failureText } from './command-failure.js';

export interface CommandOptions {
  /** How long one statement may take, where the command reads more than any request does. */
  readonly statementTimeoutMs?: number;
}

/** Runs `work` with the application; a failure is printed as one sentence and sets the exit code. */
export async function withApplication(
  work: (app: NestFastifyApplication) => Promise<void>,
  options: CommandOptions = {},
): Promise<void> {
  Object.assign(process.env, { ROLE: 'api', METRICS_PORT: '0', LOG_LEVEL: 'warn' });
  try {
    const config = withTimeout(await startupConfig(process.env), options.statementTimeoutMs);
    const url = config.database.DATABASE_URL;
    if (url === undefined) throw new ConfigError(['DATABASE_URL is not set; run the command through npm run']);
    await tryDatabase(config, url);
    const app = await createApplication(config, url);
    try {
      await work(app);
    } finally {
      await app.close();
    }
  } catch (error) {
    console.error(failureText(error));
    process.exitCode = 1;
  }
}

/** Before the application, which would tell it in its log too. @throws DatabaseOpenError */
async function tryDatabase({ database: settings }: Config, url: string): Promise<void> {
  const source = makeDataSource({ url, settings, poolSize: 1, applicationName: 'verzek-command', entities: [] });
  await (await openDataSource(source)).destroy();
}

function withTimeout(config: Config, statementTimeoutMs: number | undefined): Config {
  if (statementTimeoutMs === undefined) return config;
  return { ...config, database: { ...config.database, DATABASE_STATEMENT_TIMEOUT_MS: statementTimeoutMs } };
}
