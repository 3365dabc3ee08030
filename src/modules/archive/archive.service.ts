/**
 * Archives once a night over all replicas what ended longer ago than TRADE_ARCHIVE_AFTER_DAYS, and by command.
 * Keeps: a little at a time with pauses, so that it is never in the way; a run that is cut short goes on where it was,
 * because every batch is a transaction of its own.
 */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { archiveHorizon, daysBefore } from '../../domain/archive/archive-horizon.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Logger } from '../../platform/logging/logger.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { RetryLater, WorkRunner } from '../../platform/work/work-runner.js';
import { ArchiveRepository, type Batch, type Moved, MOVED_TABLES } from './archive.repository.js';

export const ARCHIVE_QUEUE = 'trade.archive';

/** Positions of one transaction: about half a second of work. */
const TRADES_AT_ONCE = 2_000;

/** Decisions or ledger transactions of one: shorter rows, and nothing else with them. */
const ROWS_AT_ONCE = 5_000;

/** How long one claim of the work goes on, so that a process that ends has not long to wait. */
const SLICE_MS = 5_000;

/** Between slices. */
const REST_MS = 1_000;

const NOTHING = Object.fromEntries(MOVED_TABLES.map((table) => [table, 0])) as Moved;

export interface ArchiveParts {
  readonly archive: ArchiveRepository;
  readonly database: Database;
  readonly work: WorkQueue;
  readonly runner: WorkRunner;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ArchiveOptions {
  /** Positions a transaction; other rows in proportion. */
  readonly batch?: number;
  /** The run ends after the batch in which this time is over. */
  readonly limitMs?: number;
  readonly onBatch?: (sum: Moved) => void;
}

export interface ArchiveResult {
  readonly moved: Moved;
  /** False when there was more to do than time. */
  readonly isDone: boolean;
}

@Injectable()
export class ArchiveService implements OnModuleInit {
  constructor(
    private readonly parts: ArchiveParts,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    if (this.config.process.ROLE === 'api') return;
    this.parts.runner.register({
      queue: ARCHIVE_QUEUE,
      concurrency: 1,
      leaseMs: 60_000,
      maxAttempts: 0,
      handle: () => this.#night(),
    });
  }

  /** Orders today's run once its time has come; every replica may. */
  @Interval('trade-archive', 300_000)
  async schedule(): Promise<void> {
    const { TRADE_ARCHIVE_AFTER_DAYS, TRADE_ARCHIVE_AT } = this.config.archive;
    if (this.config.process.ROLE === 'api' || TRADE_ARCHIVE_AFTER_DAYS === 0) return;
    const [day = '', time = ''] = this.parts.clock.now().toISOString().split('T');
    if (time < TRADE_ARCHIVE_AT) return;
    try {
      await this.parts.work.enqueue([{ queue: ARCHIVE_QUEUE, key: day, serialKey: 'night' }]);
    } catch (error) {
      this.parts.logger.warn('archiving could not be ordered yet', { error });
    }
  }

  /** Before which moment trades may go when `wanted` is asked for; undefined while no daily report has been made. */
  async horizon(wanted: Date): Promise<Date | undefined> {
    const until = await this.parts.archive.reportedUntil(this.config.reports.DAILY_REPORT_AT);
    return archiveHorizon(wanted, this.parts.clock.now(), until);
  }

  /** Moves everything that ended before `before`, which must be a horizon. Rests as long as it works. */
  async run(before: Date, { batch = TRADES_AT_ONCE, limitMs, onBatch }: ArchiveOptions = {}): Promise<ArchiveResult> {
    const { archive, clock } = this.parts;
    const rows = Math.ceil((batch * ROWS_AT_ONCE) / TRADES_AT_ONCE);
    const end = limitMs === undefined ? Number.POSITIVE_INFINITY : clock.monotonicMs() + limitMs;
    let moved = NOTHING;
    const all = async <Cursor>(first: Cursor, next: (from: Cursor) => Promise<Batch<Cursor>>): Promise<boolean> => {
      for (let from: Cursor | undefined = first; from !== undefined;) {
        if (clock.monotonicMs() >= end) return false;
        const began = clock.monotonicMs();
        const done: Batch<Cursor> = await next(from);
        moved = plus(moved, done.moved);
        onBatch?.(moved);
        from = done.next;
        if (from !== undefined) await clock.sleep(clock.monotonicMs() - began);
      }
      return true;
    };
    const isDone =
      (await all(new Date(0), (from) => archive.moveTrades(before, from, batch))) &&
      (await all(0, (after) => archive.moveDecisions(before, after, rows))) &&
      (await all(0, (after) => archive.moveLedger(before, after, rows)));
    return { moved, isDone };
  }

  async #night(): Promise<void> {
    const { clock, logger } = this.parts;
    const before = await this.horizon(daysBefore(clock.now(), this.config.archive.TRADE_ARCHIVE_AFTER_DAYS));
    if (before === undefined) return;
    const { moved, isDone } = await this.run(before, { limitMs: SLICE_MS });
    if (MOVED_TABLES.some((table) => moved[table] > 0)) {
      logger.info('ended trades were archived', { before: before.toISOString(), ...moved });
    }
    if (!isDone) throw new RetryLater('there is more to archive', new Date(clock.now().getTime() + REST_MS));
  }
}

function plus(sum: Moved, moved: Partial<Moved>): Moved {
  return Object.fromEntries(MOVED_TABLES.map((table) => [table, sum[table] + (moved[table] ?? 0)])) as Moved;
}
