/**
 * Deletes what is finished or expired: work after a week, counters of limits, mail tokens and sessions after their end.
 * Keeps: a little at a time, so that it is never in the way; one kind that fails does not keep the others from it.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Logger } from '../../platform/logging/logger.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { EXPIRING, RetentionRepository } from './retention.repository.js';

const KEEP_WORK_MS = 7 * 86_400_000;

const AT_ONCE = 5_000;

/** Of each kind in one run: strangers may leave many counters in ten minutes. */
const BATCHES = 20;

@Injectable()
export class RetentionService {
  constructor(
    private readonly work: WorkQueue,
    private readonly expiring: RetentionRepository,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly logger: Logger,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Several replicas may run it at once: rows are deleted by whoever comes first. */
  @Cron('17 */10 * * * *')
  async purge(): Promise<void> {
    if (this.config.process.ROLE === 'api') return;
    const now = this.clock.now();
    await this.#purge('work_items', () => this.work.purge(new Date(now.getTime() - KEEP_WORK_MS), AT_ONCE));
    for (const table of EXPIRING) await this.#purge(table, () => this.expiring.purge(table, now, AT_ONCE));
  }

  async #purge(table: string, batch: () => Promise<number>): Promise<void> {
    try {
      let deleted = 0;
      for (let count = 1; count <= BATCHES; count += 1) {
        const rows = await this.database.inLane('worker', batch);
        deleted += rows;
        if (rows < AT_ONCE) break;
      }
      if (deleted > 0) this.logger.info('finished rows were deleted', { table, deleted });
    } catch (error) {
      this.logger.warn('finished rows could not be deleted', { table, error });
    }
  }
}
