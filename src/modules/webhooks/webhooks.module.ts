/** Wires webhooks: where programs are told of payments, and the deliveries to them. It listens; nothing imports it. */
import { Module } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { fromParts } from '../../platform/di/from-parts.js';
import { RateLimits } from '../../platform/http/rate-limits.js';
import { Randomness } from '../../platform/ids/randomness.js';
import { OutgoingHttp } from '../../platform/outgoing/outgoing-http.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { WorkRunner } from '../../platform/work/work-runner.js';
import { AccountsModule } from '../accounts/accounts.module.js';
import { Vault } from '../accounts/vault.service.js';
import { Mailer } from '../mail/mailer.service.js';
import { UsersModule } from '../users/users.module.js';
import { UsersRepository } from '../users/users.repository.js';
import { WebhookDeliveries } from './webhook-deliveries.service.js';
import { WebhooksController } from './webhooks.controller.js';
import { WebhooksRepository } from './webhooks.repository.js';
import { Webhooks } from './webhooks.service.js';

@Module({
  imports: [UsersModule, AccountsModule],
  controllers: [WebhooksController],
  providers: [
    WebhooksRepository,
    {
      provide: OutgoingHttp,
      inject: [CONFIG],
      useFactory: ({ webhooks }: Config) => new OutgoingHttp({ opensLoopback: webhooks.WEBHOOK_ALLOW_LOOPBACK }),
    },
    fromParts(
      Webhooks,
      {
        webhooks: WebhooksRepository,
        http: OutgoingHttp,
        vault: Vault,
        limits: RateLimits,
        work: WorkQueue,
        audit: AuditTrail,
        database: Database,
        randomness: Randomness,
        clock: Clock,
      },
      [],
    ),
    fromParts(
      WebhookDeliveries,
      {
        webhooks: WebhooksRepository,
        http: OutgoingHttp,
        vault: Vault,
        users: UsersRepository,
        mailer: Mailer,
        audit: AuditTrail,
        work: WorkQueue,
        runner: WorkRunner,
        database: Database,
        clock: Clock,
      },
      [CONFIG],
    ),
  ],
})
export class WebhooksModule {}
