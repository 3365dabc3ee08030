/** Deletes what was heard after TELEGRAM_MESSAGES_KEEP_DAYS, a little at a time. */
import { Inject, Injectable } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Logger } from '../../platform/logging/logger.js';
import { TelegramMessages } from './telegram-messages.repository.js';

const DAY_MS = 86_400_000;

const AT_ONCE = 5_000;

@Injectable()
export class TelegramRetention {
  constructor(
    private readonly messages: TelegramMessages,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly logger: Logger,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Several replicas may run it at once: rows are deleted by whoever comes first. */
  @Cron('37 */10 * * * *')
  async purge(): Promise<void> {
    if (this.config.process.ROLE === 'api') return;
    const days = this.config.telegram.TELEGRAM_MESSAGES_KEEP_DAYS;
    const before = new Date(this.clock.now().getTime() - days * DAY_MS);
    try {
      const deleted = await this.database.inLane('worker', () => this.messages.purge(before, AT_ONCE));
      if (deleted > 0) this.logger.info('messages that were heard long ago were deleted', { deleted });
    } catch (error) {
      this.logger.warn('messages that were heard long ago could not be deleted', { error });
    }
  }
}
