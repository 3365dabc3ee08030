/** Wires support: tickets of users and what staff answer. Nothing imports it. */
import { Module } from '@nestjs/common';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Database } from '../../platform/database/database.js';
import { fromParts } from '../../platform/di/from-parts.js';
import { RateLimits } from '../../platform/http/rate-limits.js';
import { Randomness } from '../../platform/ids/randomness.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { Mailer } from '../mail/mailer.service.js';
import { SupportAdminController } from './support-admin.controller.js';
import { SupportController } from './support.controller.js';
import { SupportRepository } from './support.repository.js';
import { SupportService } from './support.service.js';

@Module({
  controllers: [SupportController, SupportAdminController],
  providers: [
    SupportRepository,
    fromParts(
      SupportService,
      {
        tickets: SupportRepository,
        limits: RateLimits,
        mailer: Mailer,
        audit: AuditTrail,
        work: WorkQueue,
        randomness: Randomness,
        database: Database,
      },
      [],
    ),
  ],
})
export class SupportModule {}
