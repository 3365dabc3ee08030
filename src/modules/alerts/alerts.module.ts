/** Wires alerts: where they arrive, how they are carried out, and what is shown of them. */
import { Module } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { fromParts } from '../../platform/di/from-parts.js';
import { ApiLimits } from '../../platform/http/api-limits.js';
import { WorkRunner } from '../../platform/work/work-runner.js';
import { IntakeModule } from '../intake/intake.module.js';
import { IntakeService } from '../intake/intake.service.js';
import { SignalsModule } from '../signals/signals.module.js';
import { AlertFollower } from './alert-follower.service.js';
import { AlertInbox } from './alert-inbox.service.js';
import { AlertInboxRepository } from './alert-inbox.repository.js';
import { AlertLimits } from './alert-limits.js';
import { AlertReceiver } from './alert-receiver.service.js';
import { AlertReplays } from './alert-replays.service.js';
import { AlertRetention } from './alert-retention.service.js';
import { AlertSourcesController } from './alert-sources.controller.js';
import { AlertTokensRepository } from './alert-tokens.repository.js';
import { AlertTokens } from './alert-tokens.service.js';
import { AlertsController } from './alerts.controller.js';
import { AlertsRepository } from './alerts.repository.js';
import { InboundController } from './inbound.controller.js';

@Module({
  imports: [SignalsModule, IntakeModule],
  controllers: [AlertSourcesController, AlertsController, InboundController],
  providers: [
    AlertTokensRepository,
    AlertInboxRepository,
    AlertsRepository,
    AlertInbox,
    AlertLimits,
    AlertTokens,
    AlertRetention,
    fromParts(
      AlertReceiver,
      { tokens: AlertTokensRepository, inbox: AlertInbox, limits: AlertLimits, strangers: ApiLimits, clock: Clock },
      [],
    ),
    fromParts(
      AlertReplays,
      {
        alerts: AlertsRepository,
        tokens: AlertTokensRepository,
        sources: AlertTokens,
        inbox: AlertInboxRepository,
        audit: AuditTrail,
        database: Database,
        clock: Clock,
      },
      [],
    ),
    fromParts(
      AlertFollower,
      {
        alerts: AlertsRepository,
        tokens: AlertTokensRepository,
        intake: IntakeService,
        runner: WorkRunner,
        database: Database,
        clock: Clock,
      },
      [CONFIG],
    ),
  ],
})
export class AlertsModule {}
