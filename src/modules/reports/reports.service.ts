/**
 * Makes the daily reports once across all replicas, each day's at its time or at the next start, and tells the groups.
 * Keeps: storing, telling and completing the work are one transaction; days are made in their order, none before the first
 * signal; of days that were missed only the newest is told; a report waits for what was still under way at its time, and
 * what comes later still is counted in the next one.
 */
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { REPORT_STORED_QUEUE } from '../../domain/report/daily-report.js';
import { type Cancel, Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Logger } from '../../platform/logging/logger.js';
import { type ClaimedWork, WorkQueue } from '../../platform/work/work-queue.js';
import { NotYet, WorkRunner } from '../../platform/work/work-runner.js';
import { POSITION_CLOSE_QUEUE } from '../positions/position-work.js';
import { SIGNAL_QUEUE } from '../signals/signal-work.js';
import { CROSSING_QUEUE } from '../trading/triggers/crossings.repository.js';
import { PAGE_QUEUE } from '../trading/fan-out/dispatch.service.js';
import { current, endedSince, lastEnded, type ReportWindow, windowOf } from './report-window.js';
import { type Begun, ReportsRepository } from './reports.repository.js';

export const REPORT_QUEUE = 'report.daily';

/** What may still end a trade that was decided on before the report's time. */
const TRADING_QUEUES = [CROSSING_QUEUE, SIGNAL_QUEUE, PAGE_QUEUE, POSITION_CLOSE_QUEUE];

const WAIT_MS = 1_000;

/** A report waits no longer than about ten minutes: what comes then is counted in the next. */
const MAX_WAITS = 600;

/** A timer may fire a moment before the wall clock shows its time. */
const TIMER_SLACK_MS = 20;

/** Days that are made afterwards at most, when no worker ran for long. */
const MAX_DAYS = 31;

export interface ReportsParts {
  readonly reports: ReportsRepository;
  readonly database: Database;
  readonly work: WorkQueue;
  readonly runner: WorkRunner;
  readonly clock: Clock;
  readonly logger: Logger;
}

@Injectable()
export class ReportsService implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  #timer: Cancel | undefined;

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
      handle: (work, complete) => this.#handle(work, complete),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.config.process.ROLE === 'api') return;
    this.#wakeAtItsTime();
    await this.schedule();
  }

  onModuleDestroy(): void {
    this.#timer?.();
  }

  /** Orders the reports of every window that has ended without one; every replica may, each is made once. */
  @Interval('daily-report', 15_000)
  async schedule(): Promise<void> {
    if (this.config.process.ROLE === 'api') return;
    const at = this.config.reports.DAILY_REPORT_AT;
    try {
      const begun = await this.parts.reports.begun(at);
      if (begun === undefined) return;
      const days = this.#due(begun).map(({ day }) => day);
      const work = days.map((day) => ({ queue: REPORT_QUEUE, key: day, serialKey: 'day', payload: { day } }));
      await this.parts.work.enqueue(work);
    } catch (error) {
      this.parts.logger.warn('the daily report could not be ordered yet', { error });
    }
  }

  /**
   * Makes the report of a day that is over, as the schedule would: after what was still under way at its time, and after
   * the due days before it. False when it was there already. Throws a TypeError for a day that is not over, or that was
   * over before the first signal.
   */
  async publish(day: string): Promise<boolean> {
    const at = this.config.reports.DAILY_REPORT_AT;
    const window = windowOf(day, at);
    if (window.to > this.parts.clock.now()) throw new TypeError(`The day ${day} is not over yet`);
    const begun = await this.parts.reports.begun(at);
    if (begun === undefined || window.to <= begun.first_signal_at)
      throw new TypeError(`No signal had been posted by the end of ${day}: it has no report`);
    for (const due of this.#due(begun)) if (due.to < window.to) await this.#makeSettled(due);
    return this.#makeSettled(window);
  }

  /** Stores the report of `day`, and tells it unless a newer day is over; false when it was there already. */
  make(day: string, complete: () => Promise<void> = () => Promise.resolve()): Promise<boolean> {
    const window = windowOf(day, this.config.reports.DAILY_REPORT_AT);
    return this.parts.database.transaction(async () => {
      const isNew = await this.parts.reports.store(window);
      if (isNew) {
        const newest = lastEnded(this.parts.clock.now(), this.config.reports.DAILY_REPORT_AT);
        const told = [{ queue: REPORT_STORED_QUEUE, key: day, payload: { day } }];
        if (window.to >= newest.to) await this.parts.work.enqueue(told);
        await this.parts.reports.purge();
      }
      await complete();
      return isNew;
    });
  }

  async #handle(work: ClaimedWork, complete: () => Promise<void>): Promise<void> {
    const day = String(work.payload.day);
    const { to } = windowOf(day, this.config.reports.DAILY_REPORT_AT);
    if (work.attempts <= MAX_WAITS && (await this.#isUnsettled(to))) {
      const at = new Date(this.parts.clock.now().getTime() + WAIT_MS);
      throw new NotYet(`trades of ${day} are still being ended`, at);
    }
    await this.make(day, complete);
  }

  async #makeSettled({ day, to }: ReportWindow): Promise<boolean> {
    for (let waits = 0; waits < MAX_WAITS && (await this.#isUnsettled(to)); waits += 1) {
      await this.parts.clock.sleep(WAIT_MS);
    }
    return this.make(day);
  }

  #isUnsettled(time: Date): Promise<boolean> {
    return this.parts.reports.isUnsettled(TRADING_QUEUES, time);
  }

  /** The days that are over and have no report, oldest first. */
  #due(begun: Begun): ReportWindow[] {
    return endedSince(begun.due_since, this.parts.clock.now(), this.config.reports.DAILY_REPORT_AT, MAX_DAYS);
  }

  #wakeAtItsTime(): void {
    const now = this.parts.clock.now();
    const { to } = current(now, this.config.reports.DAILY_REPORT_AT);
    this.#timer = this.parts.clock.after(to.getTime() - now.getTime() + TIMER_SLACK_MS, () => {
      this.#wakeAtItsTime();
      void this.schedule();
    });
  }
}
