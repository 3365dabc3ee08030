/**
 * Provides what every module stands on: clock, randomness, logging, database, work, audit trail, rate limits.
 * Keeps: the only place that makes them; closing the application stops the runner, then the listener, then the pools.
 */
import {
  type DynamicModule,
  Global,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/schema.js';
import { AuditChainRepository } from './audit/audit-chain.repository.js';
import { AuditChainState } from './audit/audit-chain-state.repository.js';
import { AuditKey } from './audit/audit-key.js';
import { AuditTrail } from './audit/audit-trail.js';
import { Clock, SystemClock } from './clock/clock.js';
import { MasterKeys } from './crypto/master-keys.js';
import { PlatformSecrets } from './crypto/platform-secrets.repository.js';
import { fromParts } from './di/from-parts.js';
import { type DataSources, type Lane, makeDataSource } from './database/data-source.js';
import { Database } from './database/database.js';
import { DATA_SOURCES } from './database/tokens.js';
import { Notifications } from './database/notifications.js';
import { openDataSource } from './database/open-data-source.js';
import { ApiLimits } from './http/api-limits.js';
import { RateLimits } from './http/rate-limits.js';
import { Randomness, SystemRandomness } from './ids/randomness.js';
import { Logger } from './logging/logger.js';
import { GoneHolders } from './work/gone-holders.js';
import { HoldersRepository, sessionName } from './work/holders.repository.js';
import { WORK_CHANNEL, WorkQueue } from './work/work-queue.js';
import { WorkRunner } from './work/work-runner.js';
import { WorkWaiter } from './work/work-waiter.js';

/** A check that takes longer has failed: watchdogs wait no more than a few seconds. */
const HEALTH_TIMEOUT_MS = 2_000;

const HEALTH_CONNECTIONS = 4;

/** What this process calls itself, as holder of work and in its sessions. */
const PROCESS_NAME = Symbol('PROCESS_NAME');

const AUDIT_KEY = {
  secrets: PlatformSecrets,
  state: AuditChainState,
  database: Database,
  clock: Clock,
  randomness: Randomness,
  logger: Logger,
};

export interface PlatformOptions {
  readonly databaseUrl: string;
  readonly entities: (new () => object)[];
  readonly clock?: Clock;
  readonly randomness?: Randomness;
  readonly logger?: Logger;
}

@Global()
@Module({})
export class PlatformModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(DATA_SOURCES) private readonly sources: DataSources,
    private readonly notifications: Notifications,
    private readonly runner: WorkRunner,
    private readonly gone: GoneHolders,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  static of(options: PlatformOptions): DynamicModule {
    const providers = [
      { provide: Clock, useValue: options.clock ?? new SystemClock() },
      { provide: Randomness, useValue: options.randomness ?? new SystemRandomness() },
      {
        provide: Logger,
        inject: [CONFIG],
        useFactory: (config: Config) => options.logger ?? Logger.fromConfig(config),
      },
      {
        provide: PROCESS_NAME,
        inject: [Randomness],
        useFactory: (randomness: Randomness) => `${process.pid}-${randomness.hexCode(6)}`,
      },
      {
        provide: DATA_SOURCES,
        inject: [CONFIG, PROCESS_NAME],
        useFactory: (config: Config, name: string) => connect(config, options, name),
      },
      { provide: Database, inject: [DATA_SOURCES], useFactory: (sources: DataSources) => new Database(sources) },
      {
        provide: Notifications,
        inject: [Clock, Logger, CONFIG, PROCESS_NAME],
        useFactory: (clock: Clock, logger: Logger, config: Config, name: string) => {
          const session = sessionName(config.process.ROLE === 'api' ? 'listen-api' : 'listen-worker', name);
          return new Notifications(options.databaseUrl, clock, logger.for('notifications'), session);
        },
      },
      WorkQueue,
      {
        provide: WorkRunner,
        inject: [WorkQueue, Database, Clock, Logger, PROCESS_NAME],
        useFactory: (queue: WorkQueue, database: Database, clock: Clock, logger: Logger, name: string) =>
          new WorkRunner(queue, database, clock, logger.for('work'), name),
      },
      HoldersRepository,
      {
        provide: GoneHolders,
        inject: [HoldersRepository, Database, Clock, Logger],
        useFactory: (holders: HoldersRepository, database: Database, clock: Clock, logger: Logger) =>
          new GoneHolders(holders, database, clock, logger.for('work')),
      },
      WorkWaiter,
      { provide: MasterKeys, inject: [CONFIG], useFactory: (config: Config) => MasterKeys.fromConfig(config) },
      PlatformSecrets,
      AuditChainState,
      fromParts(AuditKey, AUDIT_KEY, [CONFIG]),
      AuditTrail,
      AuditChainRepository,
      RateLimits,
      ApiLimits,
    ];
    return {
      module: PlatformModule,
      providers,
      exports: [
        Clock,
        Randomness,
        Logger,
        DATA_SOURCES,
        Database,
        Notifications,
        WorkQueue,
        WorkRunner,
        WorkWaiter,
        MasterKeys,
        PlatformSecrets,
        AuditKey,
        AuditTrail,
        AuditChainRepository,
        RateLimits,
        ApiLimits,
      ],
    };
  }

  /** By now every handler is registered and every channel subscribed. */
  async onApplicationBootstrap(): Promise<void> {
    if (this.config.process.ROLE !== 'api') startWork(this.notifications, this.runner, this.gone);
    await this.notifications.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.gone.stop();
    await this.runner.stop();
    await this.notifications.stop();
    await Promise.all(Object.values(this.sources).map((source) => source.destroy()));
  }
}

async function connect(config: Config, options: PlatformOptions, name: string): Promise<DataSources> {
  const make = (lane: Lane, poolSize: number, settings = config.database) =>
    openDataSource(
      makeDataSource({
        url: options.databaseUrl,
        settings,
        poolSize,
        applicationName: sessionName(lane, name),
        entities: options.entities,
      }),
    );
  const impatient = {
    ...config.database,
    DATABASE_CONNECT_TIMEOUT_MS: HEALTH_TIMEOUT_MS,
    DATABASE_STATEMENT_TIMEOUT_MS: HEALTH_TIMEOUT_MS,
    DATABASE_LOCK_TIMEOUT_MS: HEALTH_TIMEOUT_MS,
  };
  const [http, worker, health] = await Promise.all([
    make('http', config.database.DATABASE_POOL_HTTP),
    make('worker', config.database.DATABASE_POOL_WORKER),
    make('health', HEALTH_CONNECTIONS, impatient),
  ]);
  return { http, worker, health };
}

/** Connects the announcements of new work to the runner and starts it, and looks after the work of others who die. */
function startWork(notifications: Notifications, runner: WorkRunner, gone: GoneHolders): void {
  notifications.subscribe(WORK_CHANNEL, (queue) => runner.poke(queue));
  notifications.onConnect(() => runner.sweep());
  runner.start();
  gone.start();
}
