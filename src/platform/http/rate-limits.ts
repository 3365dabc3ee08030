/**
 * Rate limits whose counters live in PostgreSQL, so that all replicas share them.
 * Keeps: a limit that cannot be asked (database away) lets nothing through unnoticed: the error is passed on as 503.
 */
import { Inject, Injectable } from '@nestjs/common';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { DataSource } from 'typeorm';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { errorsOf } from '../errors/app-error.js';
import { DATA_SOURCES } from '../database/tokens.js';

export const limitError = errorsOf({
  TOO_MANY_REQUESTS: { kind: 'too_many', message: 'Too many attempts; try again later' },
});

export interface LimitRule {
  /** Name of the counter family: `login`, `mail`. */
  readonly name: string;
  readonly points: number;
  readonly seconds: number;
  /** A provider's limit, which holds also where RATE_LIMIT_ENABLED is off. */
  readonly isExternal?: boolean;
}

@Injectable()
export class RateLimits {
  readonly #limiters = new Map<string, RateLimiterPostgres>();

  constructor(
    @Inject(DATA_SOURCES) private readonly sources: Readonly<Record<'http', DataSource>>,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Takes one point of `key`; answers undefined, or in how many seconds to come again. */
  async take(rule: LimitRule, key: string): Promise<number | undefined> {
    if (!this.config.http.RATE_LIMIT_ENABLED && rule.isExternal !== true) return undefined;
    try {
      await this.#limiter(rule).consume(key.slice(0, 200));
      return undefined;
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes) return Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000));
      throw refusal;
    }
  }

  /** As `take`, but throws the 429 answer. */
  async require(rule: LimitRule, key: string): Promise<void> {
    const seconds = await this.take(rule, key);
    if (seconds === undefined) return;
    throw limitError('TOO_MANY_REQUESTS', { retry_after: seconds });
  }

  /** Forgets the counter of `key`, after a success. */
  async reset(rule: LimitRule, key: string): Promise<void> {
    if (this.config.http.RATE_LIMIT_ENABLED) await this.#limiter(rule).delete(key.slice(0, 200));
  }

  #limiter(rule: LimitRule): RateLimiterPostgres {
    const known = this.#limiters.get(rule.name);
    if (known !== undefined) return known;
    const limiter = new RateLimiterPostgres({
      storeClient: (this.sources.http.driver as PostgresDriver).master as object,
      storeType: 'pool',
      tableName: 'rate_limits',
      tableCreated: true,
      keyPrefix: rule.name,
      points: rule.points,
      duration: rule.seconds,
      clearExpiredByTimeout: false,
    });
    this.#limiters.set(rule.name, limiter);
    return limiter;
  }
}
