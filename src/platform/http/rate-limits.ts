/**
 * Rate limits whose counters live in PostgreSQL, so that all replicas share them.
 * Keeps: a limit that cannot be asked (database away) lets nothing through unnoticed: the error is passed on as 503.
 */
import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { DataSource } from 'typeorm';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { type AppError, errorsOf } from '../errors/app-error.js';
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
    const { isGranted, msLeft } = await this.takeBlock(rule, key, 1);
    return isGranted ? undefined : Math.max(1, Math.ceil(msLeft / 1_000));
  }

  /** Takes several points of `key` at once, all or none; answers how long the counter's period still lasts. */
  async takeBlock(rule: LimitRule, key: string, points: number): Promise<{ isGranted: boolean; msLeft: number }> {
    try {
      const { msBeforeNext } = await this.#limiter(rule).consume(shortKey(key), points);
      return { isGranted: true, msLeft: msBeforeNext };
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes) return { isGranted: false, msLeft: refusal.msBeforeNext };
      throw refusal;
    }
  }

  /** As `take`, but throws the 429 answer. */
  async require(rule: LimitRule, key: string): Promise<void> {
    const seconds = await this.take(rule, key);
    if (seconds === undefined) return;
    throw tooMany(seconds);
  }

  /** Whether all points of `key` are taken; takes none. Looks also where RATE_LIMIT_ENABLED is off. */
  async isSpent(rule: LimitRule, key: string): Promise<boolean> {
    const counter = await this.#limiter(rule).get(shortKey(key));
    return counter !== null && counter.consumedPoints >= rule.points;
  }

  /** Forgets the counter of `key`, after a success. */
  async reset(rule: LimitRule, key: string): Promise<void> {
    if (this.config.http.RATE_LIMIT_ENABLED) await this.#limiter(rule).delete(shortKey(key));
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

/** The 429 answer; `seconds` until it is worth to come again. */
export function tooMany(seconds: number): AppError {
  return limitError('TOO_MANY_REQUESTS', { retry_after: seconds });
}

/** A key that fits its column; long ones, which strangers choose, by their hash. */
function shortKey(key: string): string {
  return key.length <= 160 ? key : createHash('sha256').update(key).digest('hex');
}
