/**
 * The application on the benchmark's database, with a feed that answers every symbol with the price it is asked near.
 */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApplication } from '../../src/app.js';
import { loadConfig } from '../../src/config/load-config.js';
import { ENTITIES } from '../../src/database.entities.js';
import { makeDataSource } from '../../src/platform/database/data-source.js';
import { Database } from '../../src/platform/database/database.js';
import { loadMigrations } from '../../src/platform/database/load-migrations.js';
import { migrate } from '../../src/platform/database/migrate.js';
import { Logger } from '../../src/platform/logging/logger.js';
import type { PriceFeed, Tick, Wanted } from '../../src/ports/price-feed.js';
import { MarketWatch } from '../../src/modules/market-data/market-watch.service.js';

/** Ticks when it is told to, and once near the price with which a symbol is first wanted. */
export class BenchFeed implements PriceFeed {
  readonly code = 'bench';
  readonly isSimulated = true;
  readonly #latest = new Map<string, Tick>();
  #onTick: (tick: Tick) => void = () => undefined;

  start(onTick: (tick: Tick) => void): Promise<void> {
    this.#onTick = onTick;
    return Promise.resolve();
  }

  want(symbols: readonly Wanted[]): void {
    for (const { symbol, near } of symbols)
      if (near !== undefined && !this.#latest.has(symbol)) this.tick(symbol, near);
  }

  unwant(): void {
    this.#latest.clear();
  }

  latest(symbol: string): Tick | undefined {
    return this.#latest.get(symbol);
  }

  tick(symbol: string, price: string): void {
    const tick = { symbol, price, at: new Date() };
    this.#latest.set(symbol, tick);
    this.#onTick(tick);
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}

export interface BenchApplication {
  readonly app: NestFastifyApplication;
  readonly db: Database;
  readonly feed: BenchFeed;
  readonly url: string;
}

/** `more`: further settings. */
export async function startBenchApplication(
  url = process.env.DATABASE_URL,
  more: Readonly<Record<string, string>> = {},
): Promise<BenchApplication> {
  if (url === undefined) throw new Error('run it through npm run bench');
  const secret = (name: string) => `bench-only-${name}-0123456789abcdefghijklmnop`;
  const config = loadConfig({
    NODE_ENV: 'test',
    METRICS_PORT: '0',
    RATE_LIMIT_ENABLED: 'false',
    SIGNAL_REPEAT_SECONDS: '0',
    JWT_SECRET: secret('jwt'),
    API_KEY: secret('api'),
    HOUSE_ENGINE_TOKEN: secret('house'),
    ENCRYPTION_MASTER_KEY: '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff',
    ...more,
  });
  const source = makeDataSource({
    url,
    settings: config.database,
    poolSize: 2,
    applicationName: 'bench-migrate',
    entities: ENTITIES,
    migrations: await loadMigrations(),
  });
  await source.initialize();
  await migrate(source, url);
  await source.destroy();
  const feed = new BenchFeed();
  const app = await createApplication(config, url, { priceFeed: feed, platform: { logger: Logger.silent() } });
  while (config.process.ROLE !== 'api' && !app.get(MarketWatch).isLeading) await pause(10);
  return { app, db: app.get(Database), feed, url };
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Makes followers until there are `total`, and switches exactly these to auto-trading. */
export async function followers(db: Pick<Database, 'query'>, total: number): Promise<void> {
  await db.query(
    `WITH made AS (
       INSERT INTO users (email, password_hash, role, is_verified, auto_trade_enabled, referral_code, created_at, updated_at)
       SELECT 'bench' || gen_random_uuid() || '@example.com', '-', 'user', true, true, 'B' || gen_random_uuid(), now(), now()
       FROM generate_series(1, greatest($1::int - (SELECT count(*) FROM users), 0)) RETURNING id
     ), settled AS (
       INSERT INTO user_settings (user_id, per_trade_usdt, leverage, max_concurrent_trades, updated_at)
       SELECT id, 5 + id % 20, 1 + id % 20, 50, now() FROM made
     )
     INSERT INTO accounts (user_id, exchange, balance, created_at, updated_at) SELECT id, 'paper', 100000, now(), now() FROM made`,
    [total],
  );
  await db.query(
    `UPDATE users SET auto_trade_enabled = NOT auto_trade_enabled
     WHERE auto_trade_enabled IS DISTINCT FROM (id IN (SELECT id FROM users ORDER BY id LIMIT $1))`,
    [total],
  );
  for (const table of ['users', 'user_settings', 'accounts']) await db.query(`VACUUM ANALYZE ${table}`);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** The median of what each run's two measurements, made one after the other, are to each other: a disk has its moods. */
export function medianRatio(over: readonly number[], under: readonly number[]): number {
  return Number(median(over.map((value, run) => value / (under[run] ?? Number.NaN))).toFixed(2));
}
