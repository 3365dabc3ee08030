/** Wires the listening to Telegram: posts of sources, and commands of administrators. It listens; nothing imports it. */
import { Module } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { fromParts } from '../../platform/di/from-parts.js';
import { RateLimits } from '../../platform/http/rate-limits.js';
import { Randomness } from '../../platform/ids/randomness.js';
import { Logger } from '../../platform/logging/logger.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { WorkRunner } from '../../platform/work/work-runner.js';
import { MESSAGE_LISTENER } from '../../ports/message-listener.js';
import { IntakeModule } from '../intake/intake.module.js';
import { IntakeService } from '../intake/intake.service.js';
import { MarketDataModule } from '../market-data/market-data.module.js';
import { MarketWatch } from '../market-data/market-watch.service.js';
import { SafetyModule } from '../safety/safety.module.js';
import { SwitchesService } from '../safety/switches.service.js';
import { SignalsModule } from '../signals/signals.module.js';
import { SignalsRepository } from '../signals/signals.repository.js';
import { SourcesRepository } from '../signals/sources.repository.js';
import { ListenerStates } from './listener-state.repository.js';
import { TelegramAdmins } from './telegram-admins.repository.js';
import { TelegramChatsController } from './telegram-chats.controller.js';
import { TelegramChats } from './telegram-chats.repository.js';
import { TelegramChatRules } from './telegram-chats.service.js';
import { TelegramCommands } from './telegram-commands.service.js';
import { TelegramFigures } from './telegram-figures.repository.js';
import { TelegramInbox } from './telegram-inbox.service.js';
import { TelegramListening } from './telegram-listening.service.js';
import { TelegramMessages } from './telegram-messages.repository.js';
import { TelegramPosts } from './telegram-posts.service.js';
import { TelegramRetention } from './telegram-retention.service.js';
import { TelegramReplies } from './telegram-replies.service.js';
import { TelegramTexts } from './telegram-texts.service.js';
import { TelegramWebhookController } from './telegram-webhook.controller.js';
import { TelegramController } from './telegram.controller.js';
import { TelegramWorkers } from './telegram.workers.js';

@Module({
  imports: [IntakeModule, MarketDataModule, SafetyModule, SignalsModule],
  controllers: [TelegramController, TelegramChatsController, TelegramWebhookController],
  providers: [
    TelegramChats,
    TelegramMessages,
    TelegramAdmins,
    TelegramFigures,
    ListenerStates,
    TelegramTexts,
    TelegramReplies,
    TelegramRetention,
    fromParts(
      TelegramPosts,
      { intake: IntakeService, signals: SignalsRepository, messages: TelegramMessages, clock: Clock },
      [MESSAGE_LISTENER, CONFIG],
    ),
    fromParts(
      TelegramInbox,
      {
        chats: TelegramChats,
        messages: TelegramMessages,
        admins: TelegramAdmins,
        work: WorkQueue,
        database: Database,
        logger: Logger,
      },
      [CONFIG],
    ),
    fromParts(
      TelegramListening,
      {
        watch: MarketWatch,
        inbox: TelegramInbox,
        states: ListenerStates,
        database: Database,
        clock: Clock,
        logger: Logger,
      },
      [MESSAGE_LISTENER, CONFIG],
    ),
    fromParts(
      TelegramCommands,
      {
        admins: TelegramAdmins,
        switches: SwitchesService,
        texts: TelegramTexts,
        limits: RateLimits,
        audit: AuditTrail,
        database: Database,
        randomness: Randomness,
      },
      [],
    ),
    fromParts(
      TelegramChatRules,
      {
        chats: TelegramChats,
        admins: TelegramAdmins,
        sources: SourcesRepository,
        audit: AuditTrail,
        database: Database,
        randomness: Randomness,
      },
      [MESSAGE_LISTENER, CONFIG],
    ),
    fromParts(
      TelegramWorkers,
      {
        runner: WorkRunner,
        work: WorkQueue,
        database: Database,
        messages: TelegramMessages,
        chats: TelegramChats,
        commands: TelegramCommands,
        posts: TelegramPosts,
        replies: TelegramReplies,
        logger: Logger,
      },
      [MESSAGE_LISTENER, CONFIG],
    ),
  ],
})
export class TelegramModule {}
