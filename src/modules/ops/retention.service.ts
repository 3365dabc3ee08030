/**
 * Deletes finished work after a week, a little at a time.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Logger } from '../../platform/logging/logger.js';
import { WorkQueue } from '../../platform/work/work-queue.js';

const KEEP_MS = 7 * 86_400_000;
const AT_ONCE = 5_000;

@Injectable()
export class RetentionService {
  constructor(
    private readonly work: WorkQueue,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly logger: Logger,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Several replicas may run it at once: rows are deleted by whoever comes first. */
  @Cron('17 */10 * * * *')
  async purge(): Promise<void> {
    if (this.config.process.ROLE === 'api') return;
    try {
      const before = new Date(this.clock.now().getTime() - KEEP_MS);
      const deleted = await this.database.inLane('worker', () => this.work.purge(before, AT_ONCE));
      if (deleted > 0) this.logger.info('finished work was deleted', { deleted });
    } catch (error) {
      this.logger.warn('finished work could not be deleted', { error });
    }
  }
}
