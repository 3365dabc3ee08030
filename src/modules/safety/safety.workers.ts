/**
 * Serves the queues of safety on every worker: results, the platform's breaker, equity; and notes pauses that have ended.
 * Keeps: each minute's equity is measured once across all replicas (one row per minute).
 */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { Decimal } from '../../domain/money/decimal.js';
import { drawdownPercent } from '../../domain/safety/drawdown.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Logger } from '../../platform/logging/logger.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { WorkRunner } from '../../platform/work/work-runner.js';
import { BreakersRepository } from './breakers.repository.js';
import { BreakersService } from './breakers.service.js';
import { EquityRepository } from './equity.repository.js';
import { type ClosedResults, EQUITY_QUEUE, equityWork, PLATFORM_QUEUE, RESULTS_QUEUE } from './safety-work.js';
import { SwitchesService } from './switches.service.js';

const DAY_MS = 86_400_000;

export interface SafetyWorkersParts {
  readonly runner: WorkRunner;
  readonly work: WorkQueue;
  readonly database: Database;
  readonly breakers: BreakersService;
  readonly stored: BreakersRepository;
  readonly switches: SwitchesService;
  readonly equity: EquityRepository;
  readonly clock: Clock;
  readonly logger: Logger;
}

@Injectable()
export class SafetyWorkers implements OnModuleInit {
  constructor(
    private readonly parts: SafetyWorkersParts,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    if (this.config.process.ROLE === 'api') return;
    const { runner, breakers } = this.parts;
    const shared = { leaseMs: 10_000, maxAttempts: 0 };
    runner.register({
      ...shared,
      queue: RESULTS_QUEUE,
      concurrency: 2,
      handle: (work, complete) => breakers.judgeAccounts(work.payload as unknown as ClosedResults, complete),
    });
    runner.register({
      ...shared,
      queue: PLATFORM_QUEUE,
      concurrency: 1,
      handle: (_work, complete) => breakers.judgePlatform(complete),
    });
    runner.register({
      ...shared,
      queue: EQUITY_QUEUE,
      concurrency: 1,
      handle: (_work, complete) => this.measure(complete),
    });
  }

  /** The safety net under the ends of pauses, which every reader respects by the clock anyway. */
  @Interval('safety-expiry', 1_000)
  async expire(): Promise<void> {
    if (this.config.process.ROLE === 'api') return;
    try {
      await this.parts.database.inLane('worker', () => this.parts.switches.expire());
    } catch (error) {
      this.parts.logger.warn('ended pauses could not be noted yet', { error });
    }
  }

  @Interval('safety-equity', 15_000)
  async schedule(): Promise<void> {
    if (this.config.process.ROLE === 'api' || !this.#limit.isPositive) return;
    try {
      await this.parts.work.enqueue([equityWork(this.parts.clock.now())]);
    } catch (error) {
      this.parts.logger.warn('measuring the equity could not be ordered yet', { error });
    }
  }

  /** Measures the equity of now and stops new entries when it has fallen too far within a day. */
  async measure(complete: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    const now = this.parts.clock.now();
    const fall = await this.parts.database.transaction(async () => {
      const { index } = await this.parts.equity.measure(now);
      const platform = await this.parts.stored.find('platform', '');
      const since = Math.max(now.getTime() - DAY_MS, platform?.count_from?.getTime() ?? 0);
      const peak = (await this.parts.equity.peak(new Date(since))) ?? index;
      await complete();
      return drawdownPercent(peak, index);
    });
    if (!this.#limit.isPositive || fall.lt(this.#limit)) return;
    await this.parts.breakers.tripOnDrawdown({ percent: fall.toString(), limit: this.#limit.toString() });
  }

  get #limit(): Decimal {
    return Decimal.of(this.config.safety.BREAKER_PLATFORM_DRAWDOWN_PERCENT);
  }
}
