/**
 * Limits that every request of a kind pays from, over all replicas: the general one of all routes is
 * RATE_LIMIT_API_PER_MINUTE requests a minute of one caller.
 * Keeps: the counter is shared, but a process takes its points in blocks and spends them in memory, so that the usual
 * request costs no query; a refusal is remembered until the minute ends. While the counter does not answer, a process
 * lets through what it would take in blocks by itself: this limit alone must not stop the product.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { Clock } from '../clock/clock.js';
import { isPassingFault } from '../database/database.js';
import { type LimitRule, RateLimits, tooMany } from './rate-limits.js';

const MINUTE_MS = 60_000;

/** A limit is taken in this many blocks. */
const BLOCKS = 20;

const MAX_KEYS = 50_000;

/** How long a request waits for the counter: health and `me` must not hang on a busy database. */
const PATIENCE_MS = 500;

interface Answer {
  readonly isGranted: boolean;
  readonly msLeft: number;
}

/** What a process grants by itself when the counter did not answer: one block, for a block's share of the minute. */
const UNASKED: Answer = { isGranted: true, msLeft: MINUTE_MS / BLOCKS };

interface Block {
  left: number;
  readonly isRefused: boolean;
  readonly untilMs: number;
}

/** A limit by minute. */
export class BlockLimits {
  readonly #blocks = new Map<string, Block>();
  readonly #leasing = new Map<string, Promise<void>>();
  readonly #rule: LimitRule;
  readonly #blockSize: number;

  constructor(
    private readonly limits: RateLimits,
    private readonly clock: Clock,
    name: string,
    points: number,
  ) {
    this.#rule = { name, points, seconds: MINUTE_MS / 1_000 };
    this.#blockSize = Math.max(1, Math.floor(points / BLOCKS));
  }

  /** Spends one request of `key` from memory; false when a block must be taken first. Throws 429 beyond the limit. */
  spend(key: string): boolean {
    const block = this.#blocks.get(key);
    if (block === undefined) return false;
    const msLeft = block.untilMs - this.clock.monotonicMs();
    if (msLeft <= 0) return false;
    if (block.isRefused) throw tooMany(Math.ceil(msLeft / 1_000));
    if (block.left <= 0) return false;
    block.left -= 1;
    return true;
  }

  /** Throws 429 where this process knows that the points of `key` are gone; spends none and asks nobody. */
  requireUnspent(key: string): void {
    const block = this.#blocks.get(key);
    const msLeft = (block?.untilMs ?? 0) - this.clock.monotonicMs();
    if (block?.isRefused === true && msLeft > 0) throw tooMany(Math.ceil(msLeft / 1_000));
  }

  /** As `spend`, taking blocks as needed. */
  async require(key: string): Promise<void> {
    while (!this.spend(key)) {
      const pending = this.#leasing.get(key) ?? this.#lease(key).finally(() => this.#leasing.delete(key));
      this.#leasing.set(key, pending);
      await pending;
    }
  }

  async #lease(key: string): Promise<void> {
    const { isGranted, msLeft } = await this.#ask(key);
    if (this.#blocks.size >= MAX_KEYS) this.#blocks.clear();
    const untilMs = this.clock.monotonicMs() + Math.max(1, msLeft);
    this.#blocks.set(key, { left: isGranted ? this.#blockSize : 0, isRefused: !isGranted, untilMs });
  }

  async #ask(key: string): Promise<Answer> {
    const answered = new AbortController();
    const late = this.clock.sleep(PATIENCE_MS, answered.signal).then(() => UNASKED);
    try {
      return await Promise.race([this.limits.takeBlock(this.#rule, key, this.#blockSize), late]);
    } catch (error) {
      if (!isPassingFault(error)) throw error;
      return UNASKED;
    } finally {
      answered.abort();
    }
  }
}

@Injectable()
export class ApiLimits extends BlockLimits {
  constructor(limits: RateLimits, clock: Clock, @Inject(CONFIG) config: Config) {
    super(limits, clock, 'api', config.http.RATE_LIMIT_API_PER_MINUTE);
  }
}
