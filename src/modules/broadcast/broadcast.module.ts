/** Wires broadcasting. Listens to rows that others write; nothing imports it. */
import { Module } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { fromParts } from '../../platform/di/from-parts.js';
import { RateLimits } from '../../platform/http/rate-limits.js';
import { Logger } from '../../platform/logging/logger.js';
import { WorkRunner } from '../../platform/work/work-runner.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { UsersModule } from '../users/users.module.js';
import { AnnouncementSender } from './announcements/announcement-sender.service.js';
import { AnnouncementsController } from './announcements/announcements.controller.js';
import { AnnouncementsRepository } from './announcements/announcements.repository.js';
import { Announcements } from './announcements/announcements.service.js';
import { BROADCAST_CHANNEL } from './broadcast-channel.js';
import { BroadcastController } from './broadcast.controller.js';
import { BroadcastService } from './broadcast.service.js';
import { BroadcastWorkers } from './broadcast.workers.js';
import { TelegramAccessController } from './telegram-access.controller.js';

@Module({
  imports: [UsersModule],
  controllers: [BroadcastController, TelegramAccessController, AnnouncementsController],
  providers: [
    BroadcastService,
    AnnouncementsRepository,
    fromParts(
      Announcements,
      {
        announcements: AnnouncementsRepository,
        audit: AuditTrail,
        work: WorkQueue,
        database: Database,
        clock: Clock,
      },
      [BROADCAST_CHANNEL, CONFIG],
    ),
    fromParts(
      AnnouncementSender,
      {
        announcements: AnnouncementsRepository,
        broadcast: BroadcastService,
        runner: WorkRunner,
        work: WorkQueue,
        audit: AuditTrail,
        database: Database,
        clock: Clock,
      },
      [CONFIG],
    ),
    fromParts(
      BroadcastWorkers,
      {
        runner: WorkRunner,
        database: Database,
        broadcast: BroadcastService,
        limits: RateLimits,
        clock: Clock,
        logger: Logger,
      },
      [BROADCAST_CHANNEL, CONFIG],
    ),
  ],
})
export class BroadcastModule {}
