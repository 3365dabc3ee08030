/**
 * Checks the invariants every minute in the process that watches the market, for the metric and the log.
 * Keeps: one process of all replicas asks; a check that takes long is not started twice, and rests long after it; it changes
 * nothing.
 */
import { Injectable } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';
import { Logger } from '../../../platform/logging/logger.js';
import { MarketWatch } from '../../market-data/market-watch.service.js';
import { INVARIANT_NAMES, InvariantsRepository } from './invariants.repository.js';

/** How far back the first check of a process looks at what has ended. */
const FIRST_LOOK_MS = 3_600_000;

/** Checks overlap by this much, for transactions that end later than their time says. */
const OVERLAP_MS = 300_000;

/** A check rests this many times as long as it took: with very many trades it takes a tenth of a connection's time at most. */
const REST = 9;

/** Violations that one log line names. */
const NAMED = 10;

@Injectable()
export class InvariantsService {
  #counts: ReadonlyMap<string, number> | undefined;
  #since: Date | undefined;
  #isRunning = false;
  #restsUntilMs = 0;

  constructor(
    private readonly invariants: InvariantsRepository,
    private readonly watch: MarketWatch,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Violations by name at the last check; undefined while another process checks, or before the first. */
  get counts(): ReadonlyMap<string, number> | undefined {
    return this.watch.isLeading ? this.#counts : undefined;
  }

  @Cron('41 * * * * *')
  async check(): Promise<void> {
    const beganMs = this.clock.monotonicMs();
    if (!this.watch.isLeading || this.#isRunning || beganMs < this.#restsUntilMs) return;
    this.#isRunning = true;
    const now = this.clock.now();
    try {
      const since = this.#since ?? new Date(now.getTime() - FIRST_LOOK_MS);
      const found = await this.database.inLane('worker', () => this.invariants.violations(since, now));
      const counts = new Map(INVARIANT_NAMES.map((name) => [name, 0]));
      for (const { name } of found) counts.set(name, (counts.get(name) ?? 0) + 1);
      this.#counts = counts;
      // What is broken stays in view until it is mended.
      if (found.length === 0) this.#since = new Date(now.getTime() - OVERLAP_MS);
      else this.logger.error('the books are wrong', { count: found.length, first: found.slice(0, NAMED) });
    } catch (error) {
      this.logger.warn('the invariants could not be checked', { error });
    } finally {
      const endedMs = this.clock.monotonicMs();
      this.#restsUntilMs = endedMs + REST * (endedMs - beganMs);
      this.#isRunning = false;
    }
  }
}
