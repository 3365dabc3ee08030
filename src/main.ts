/**
 * Boots one process: environment, database, schema, application; and ends it in the opposite order.
 * Keeps: a start that is refused, for its settings or for a port that is taken, has done no work; a mistake of the
 * operator is answered with sentences, not a stack; what was opened is closed on every path, also when the boot itself
 * fails half-way. `ROLE` decides what the application runs.
 */
import 'reflect-metadata';
import { banner } from './banner.js';
import { ConfigError } from './config/load-config.js';
import type { Config } from './config/schema.js';
import { SystemClock } from './platform/clock/clock.js';
import { startEmbeddedPostgres } from './platform/database/embedded/embedded-postgres.js';
import { InstanceRunningError, requireFreeFolder } from './platform/database/embedded/instance-lock.js';
import { DatabaseOpenError } from './platform/database/open-data-source.js';
import { Logger } from './platform/logging/logger.js';
import { requireFreePort } from './platform/process/free-port.js';
import { GracefulShutdown } from './platform/process/graceful-shutdown.js';
import { armKillPoint } from './platform/process/kill-point.js';
import { startupConfig } from './startup-config.js';

/** What sysexits.h calls EX_CONFIG: a restart will not help. The systemd units do not restart on it. */
const EXIT_CONFIGURATION = 78;

const shutdown = new GracefulShutdown({
  clock: new SystemClock(),
  exit: (code) => process.exit(code),
  log: (sentence) => process.stderr.write(`${sentence}\n`),
});

process.on('SIGINT', () => shutdown.signal('SIGINT'));
process.on('SIGTERM', () => shutdown.signal('SIGTERM'));
process.on('SIGHUP', () => shutdown.signal('SIGHUP'));

try {
  await shutdown.boot(boot);
} catch (error) {
  await shutdown.end(explain(error));
}

async function boot(): Promise<void> {
  const { config, logger, databaseUrl } = await prepare();
  process.on('unhandledRejection', (reason) => giveUp(logger, 'unhandled rejection', reason));
  process.on('uncaughtException', (error) => giveUp(logger, 'uncaught exception', error));
  if (shutdown.requested) return;
  const { migrateSchema, createApplication } = await application();
  if (shutdown.requested) return;
  const migrated = await migrateSchema(databaseUrl);
  if (migrated.length > 0) logger.info('schema migrated', { migrations: migrated });
  if (shutdown.requested) return;
  const app = await createApplication(config, databaseUrl);
  shutdown.onClose('the application', () => app.close());
  await app.listen(config.process.PORT, config.process.HOST);
  const address = await app.getUrl();
  if (config.process.NODE_ENV === 'production') logger.info('started', { role: config.process.ROLE, address });
  else process.stdout.write(banner(config, address));
}

/** Loaded when the settings are right: a mistake in them is answered without all that. */
async function application() {
  const [{ migrateSchema }, { createApplication }] = await Promise.all([
    import('./schema-tool.js'),
    import('./app.js'),
  ]);
  return { migrateSchema, createApplication };
}

interface Prepared {
  readonly config: Config;
  readonly logger: Logger;
  readonly databaseUrl: string;
}

/** The configuration and a database; starts the embedded server where no other is named. */
async function prepare(): Promise<Prepared> {
  const config = await startupConfig(process.env, requireOwnPlace);
  const logger = Logger.fromConfig(config);
  const { ignored } = config;
  if (ignored.length > 0) logger.warn('names that begin as settings do, but are none, are ignored', { ignored });
  armKillPoint(config.process.VERZEK_KILL_POINT);
  shutdown.limitTo(config.process.SHUTDOWN_TIMEOUT_SECONDS);
  const given = config.database.DATABASE_URL;
  if (given !== undefined) return { config, logger, databaseUrl: given };
  const server = await startEmbeddedPostgres({
    dataDir: config.process.DATA_DIR,
    log: (sentence) => logger.info(sentence),
  });
  shutdown.onClose('PostgreSQL', () => server.stop());
  return { config, logger, databaseUrl: server.url };
}

/** Refuses a start whose data folder or ports somebody has, while nothing is made yet. */
async function requireOwnPlace({ process: settings, database }: Config): Promise<void> {
  if (database.DATABASE_URL === undefined) requireFreeFolder(settings.DATA_DIR);
  await requireFreePort(settings.PORT, settings.HOST);
  await requireFreePort(settings.METRICS_PORT, settings.METRICS_HOST);
}

/** A state nobody foresaw: finish what is under way and let the supervisor start anew. */
function giveUp(logger: Logger, what: string, reason: unknown): void {
  logger.fatal(reason instanceof Error ? reason : new Error(String(reason)), { cause: what });
  void shutdown.end(1);
}

/** Says what went wrong in words an operator can act on; answers the exit code. */
function explain(error: unknown): number {
  if (error instanceof ConfigError || error instanceof InstanceRunningError) {
    process.stderr.write(`${error.message}\n`);
    return EXIT_CONFIGURATION;
  }
  const failure = error instanceof Error ? error : new Error(String(error));
  if ('code' in failure && failure.code === 'EADDRINUSE') {
    process.stderr.write(`Another program already listens there: ${failure.message}. Set PORT (and METRICS_PORT).\n`);
    return 1;
  }
  const said = failure instanceof DatabaseOpenError ? failure.message : (failure.stack ?? failure.message);
  process.stderr.write(`The product could not start: ${said}\n`);
  return 1;
}
