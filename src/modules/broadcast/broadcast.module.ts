/** Wires broadcasting. Listens to rows that others write; nothing imports it. */
import { Module } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { fromParts } from '../../platform/di/from-parts.js';
import { RateLimits } from '../../platform/http/rate-limits.js';
import { Logger } from '../../platform/logging/logger.js';
import { WorkRunner } from '../../platform/work/work-runner.js';
import { UsersModule } from '../users/users.module.js';
import { BROADCAST_CHANNEL } from './broadcast-channel.js';
import { BroadcastController } from './broadcast.controller.js';
import { BroadcastService } from './broadcast.service.js';
import { BroadcastWorkers } from './broadcast.workers.js';
import { TelegramAccessController } from './telegram-access.controller.js';

@Module({
  imports: [UsersModule],
  controllers: [BroadcastController, TelegramAccessController],
  providers: [
    BroadcastService,
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
