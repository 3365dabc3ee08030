/**
 * Makes the daily report once across all replicas, at its time or at the next start, and tells the groups.
 * Keeps: storing, telling and completing the work are one transaction.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { REPORT_STORED_QUEUE } from '../../domain/report/daily-report.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Logger } from '../../platform/logging/logger.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { WorkRunner } from '../../platform/work/work-runner.js';
import { lastEnded, windowOf } from './report-window.js';
import { ReportsRepository } from './reports.repository.js';

export const REPORT_QUEUE = 'report.daily';

export interface ReportsParts {
  readonly reports: ReportsRepository;
  readonly database: Database;
  readonly work: WorkQueue;
  readonly runner: WorkRunner;
  readonly clock: Clock;
  readonly logger: Logger;
}

@Injectable()
export class ReportsService implements OnModuleInit, OnApplicationBootstrap {
  constructor(
    private readonly parts: ReportsParts,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    if (this.config.process.ROLE === 'api') return;
    this.parts.runner.register({
      queue: REPORT_QUEUE,
      concurrency: 1,
      leaseMs: 120_000,
      maxAttempts: 0,
      handle: (work, complete) => this.make(String(work.payload.day), complete).then(() => undefined),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.schedule();
  }

  /** Orders the report of the newest window that has ended; every replica may, one report is made. */
  @Interval('daily-report', 15_000)
  async schedule(): Promise<void> {
    if (this.config.process.ROLE === 'api') return;
    const { day } = lastEnded(this.parts.clock.now(), this.config.reports.DAILY_REPORT_AT);
    try {
      await this.parts.work.enqueue([{ queue: REPORT_QUEUE, key: day, payload: { day } }]);
    } catch (error) {
      this.parts.logger.warn('the daily report could not be ordered yet', { day, error });
    }
  }

  /** Stores and tells the report of `day`; false when it was there already. */
  make(day: string, complete: () => Promise<void> = () => Promise.resolve()): Promise<boolean> {
    const window = windowOf(day, this.config.reports.DAILY_REPORT_AT);
    return this.parts.database.transaction(async () => {
      const isNew = await this.parts.reports.store(window);
      const stored = await this.parts.reports.find(null, day);
      if (isNew && stored !== undefined && stored.report.total_trades > 0) {
        await this.parts.work.enqueue([{ queue: REPORT_STORED_QUEUE, key: day, payload: { day } }]);
      }
      await complete();
      return isNew;
    });
  }
}
