/** Deletes settled alerts after ALERT_LOG_DAYS, a little at a time. */
import { Inject, Injectable } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Logger } from '../../platform/logging/logger.js';
import { AlertsRepository } from './alerts.repository.js';

const DAY_MS = 86_400_000;
const AT_ONCE = 2_000;
const BATCHES = 20;

@Injectable()
export class AlertRetention {
  constructor(
    private readonly alerts: AlertsRepository,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly logger: Logger,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Several replicas may run it at once. Answers how many were deleted. */
  @Cron('43 */10 * * * *')
  async purge(): Promise<number> {
    if (this.config.process.ROLE === 'api') return 0;
    const before = new Date(this.clock.now().getTime() - this.config.alerts.ALERT_LOG_DAYS * DAY_MS);
    let deleted = 0;
    try {
      for (let batch = 1; batch <= BATCHES; batch += 1) {
        const rows = await this.database.inLane('worker', () => this.alerts.purge(before, AT_ONCE));
        deleted += rows;
        if (rows < AT_ONCE) break;
      }
      if (deleted > 0) this.logger.info('alerts were deleted', { deleted });
    } catch (error) {
      this.logger.warn('alerts could not be deleted', { error });
    }
    return deleted;
  }
}
