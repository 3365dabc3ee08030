/**
 * The application for one command: connected, serving nothing and working on nothing.
 */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApplication } from '../app.js';
import { ConfigError } from '../config/load-config.js';
import { AppError } from '../platform/errors/app-error.js';
import { startupConfig } from '../startup-config.js';

/** Runs `work` with the application; a failure is printed as one sentence and sets the exit code. */
export async function withApplication(work: (app: NestFastifyApplication) => Promise<void>): Promise<void> {
  Object.assign(process.env, { ROLE: 'api', METRICS_PORT: '0', LOG_LEVEL: 'warn' });
  try {
    const config = await startupConfig(process.env);
    const url = config.database.DATABASE_URL;
    if (url === undefined) throw new ConfigError(['DATABASE_URL is not set; run the command through npm run']);
    const app = await createApplication(config, url);
    try {
      await work(app);
    } finally {
      await app.close();
    }
  } catch (error) {
    const isExpected = error instanceof AppError || error instanceof ConfigError || error instanceof TypeError;
    console.error(isExpected ? error.message : error);
    process.exitCode = 1;
  }
}
