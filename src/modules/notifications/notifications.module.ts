/** Wires notifications. They listen to what others store; nothing imports them. */
import { Module } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { fromParts } from '../../platform/di/from-parts.js';
import { Randomness } from '../../platform/ids/randomness.js';
import { Logger } from '../../platform/logging/logger.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { WorkRunner } from '../../platform/work/work-runner.js';
import { Entitlements } from '../plans/entitlements.service.js';
import { Digests } from './digests.service.js';
import { NotificationFeed } from './feed.service.js';
import { NotificationsController } from './notifications.controller.js';
import { NotificationsRepository } from './notifications.repository.js';
import { Notifier } from './notifier.service.js';
import { PreferencesRepository } from './preferences.repository.js';
import { PreferencesService } from './preferences.service.js';
import { PUSH_CHANNELS } from './push/push-channels.js';
import { PushesRepository } from './push/pushes.repository.js';
import { Pushes } from './push/pushes.service.js';
import { SourcesRepository } from './sources.repository.js';
import { UnsubscribeController } from './unsubscribe.controller.js';

const FEED = {
  sources: SourcesRepository,
  notifier: Notifier,
  entitlements: Entitlements,
  work: WorkQueue,
  runner: WorkRunner,
  database: Database,
  clock: Clock,
  logger: Logger,
};

const PUSHES = {
  pushes: PushesRepository,
  work: WorkQueue,
  runner: WorkRunner,
  database: Database,
  randomness: Randomness,
  clock: Clock,
  logger: Logger,
};

@Module({
  controllers: [UnsubscribeController, NotificationsController],
  providers: [
    NotificationsRepository,
    PreferencesRepository,
    PreferencesService,
    SourcesRepository,
    Notifier,
    PushesRepository,
    fromParts(Pushes, PUSHES, [PUSH_CHANNELS, CONFIG]),
    Digests,
    fromParts(NotificationFeed, FEED, [CONFIG]),
  ],
})
export class NotificationsModule {}
