/**
 * The whole application on a database of its own, with a scripted feed, for end-to-end and medium tests.
 * Keeps: nothing leaves the process; rate limits and circuit breakers are off and paper fills exactly unless a test asks
 * otherwise; every answer is as documented, or `close` throws.
 */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApplication } from '../../src/app.js';
import type { ApplicationParts } from '../../src/application-parts.js';
import { loadConfig } from '../../src/config/load-config.js';
import { Database } from '../../src/platform/database/database.js';
import { pluginVariables } from '../../src/platform/plugins/plugin-loader.js';
import { Logger } from '../../src/platform/logging/logger.js';
import type { NotificationChannel, OutgoingMessage } from '../../src/ports/notification-channel.js';
import { ScriptedFeed } from '../servers/scripted-feed.js';
import { watchAnswers } from './documented-answers.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { recordStatements } from './statements.js';

export const TEST_SECRETS = {
  JWT_SECRET: 'test-only-0123456789abcdefghijklmnopqrstuvwxyz',
  API_KEY: 'test-only-api-key-0123456789abcdefghijkl',
  HOUSE_ENGINE_TOKEN: 'test-only-house-token-0123456789abcdefg',
  ENCRYPTION_MASTER_KEY: '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff',
  BOOTSTRAP_ADMIN_TOKEN: 'test-only-bootstrap-0123456789abcdefghi',
};

/** Tests lose money on purpose, again and again. */
export const WITHOUT_BREAKERS = {
  BREAKER_LOSS_PERCENT: '0',
  BREAKER_LOSSES_IN_A_ROW: '0',
  BREAKER_PLATFORM_LOSS_PERCENT: '0',
  BREAKER_PLATFORM_LOSSES_IN_A_ROW: '0',
  BREAKER_PLATFORM_DRAWDOWN_PERCENT: '0',
};

export interface SentMessage {
  readonly target: string;
  readonly message: OutgoingMessage;
  readonly key: string;
}

/** A channel that remembers what it was given. */
export class RememberingChannel implements NotificationChannel {
  readonly code = 'remembering';
  readonly sent: SentMessage[] = [];

  send(target: string, message: OutgoingMessage, key: string) {
    this.sent.push({ target, message, key });
    return Promise.resolve({ outcome: 'delivered' } as const);
  }
}

export interface TestApplication {
  readonly app: NestFastifyApplication;
  readonly db: Database;
  readonly feed: ScriptedFeed;
  readonly mail: RememberingChannel;
  readonly database: TestDatabase;
  close(): Promise<void>;
}

export interface TestApplicationOptions {
  /** Naming a PRICE_FEED here takes that feed instead of the scripted one. */
  readonly env?: Readonly<Record<string, string>>;
  readonly parts?: ApplicationParts;
  /** Use this database instead of a new one; it is then not dropped at the end. */
  readonly database?: TestDatabase;
}

export async function startTestApplication(options: TestApplicationOptions = {}): Promise<TestApplication> {
  const database = options.database ?? (await createTestDatabase());
  const feed = new ScriptedFeed();
  const mail = new RememberingChannel();
  const fixed = {
    NODE_ENV: 'test',
    RATE_LIMIT_ENABLED: 'false',
    METRICS_PORT: '0',
    ...WITHOUT_BREAKERS,
    PAPER_REALISM: 'off',
    ...TEST_SECRETS,
  };
  const config = loadConfig({ ...fixed, ...options.env }, await pluginVariables());
  const parts = {
    ...(options.env?.PRICE_FEED === undefined ? { priceFeed: feed } : {}),
    mailChannel: mail,
    platform: { logger: process.env.TEST_LOG === undefined ? Logger.silent() : Logger.fromConfig(config) },
    ...options.parts,
  };
  const app = await createApplication(config, database.url, parts);
  const { problems } = watchAnswers(app);
  const recorder = recordStatements(app.get(Database));
  return {
    app,
    db: recorder.own,
    feed,
    mail,
    database,
    close: async () => {
      await app.close();
      recorder.save();
      if (options.database === undefined) await database.drop();
      if (problems.size > 0) throw new Error(`Not as docs/openapi.json says:\n${[...problems].join('\n')}`);
    },
  };
}

/** Asks again until `probe` answers something truthy; throws what it last saw after `limitMs`. */
export async function eventually<T>(probe: () => Promise<T> | T, limitMs = 30_000): Promise<NonNullable<T>> {
  const start = performance.now();
  let last: unknown;
  while (performance.now() - start < limitMs) {
    try {
      const seen = await probe();
      if (seen) return seen;
      last = seen;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw last instanceof Error ? last : new Error(`nothing came in ${limitMs} ms; last: ${JSON.stringify(last)}`);
}
