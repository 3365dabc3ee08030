/** Wires leaving and taking one's data along. Nothing imports it. */
import { Module } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { fromParts } from '../../platform/di/from-parts.js';
import { RateLimits } from '../../platform/http/rate-limits.js';
import { Logger } from '../../platform/logging/logger.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { WorkRunner } from '../../platform/work/work-runner.js';
import { AuthModule } from '../auth/auth.module.js';
import { StepUpService } from '../auth/step-up/step-up.service.js';
import { UserAccess } from '../auth/user-access.service.js';
import { Mailer } from '../mail/mailer.service.js';
import { SafetyModule } from '../safety/safety.module.js';
import { SwitchesRepository } from '../safety/switches.repository.js';
import { SwitchesService } from '../safety/switches.service.js';
import { UsersModule } from '../users/users.module.js';
import { UsersRepository } from '../users/users.repository.js';
import { DeletionsRepository } from './deletions.repository.js';
import { DeletionsService } from './deletions.service.js';
import { ExportsRepository } from './exports.repository.js';
import { ExportsService } from './exports.service.js';
import { PrivacyController } from './privacy.controller.js';

@Module({
  imports: [UsersModule, AuthModule, SafetyModule],
  controllers: [PrivacyController],
  providers: [
    DeletionsRepository,
    ExportsRepository,
    fromParts(
      DeletionsService,
      {
        deletions: DeletionsRepository,
        users: UsersRepository,
        stepUp: StepUpService,
        access: UserAccess,
        switches: SwitchesService,
        activeSwitches: SwitchesRepository,
        mailer: Mailer,
        audit: AuditTrail,
        work: WorkQueue,
        runner: WorkRunner,
        database: Database,
        clock: Clock,
        logger: Logger,
      },
      [CONFIG],
    ),
    fromParts(
      ExportsService,
      {
        exports: ExportsRepository,
        users: UsersRepository,
        limits: RateLimits,
        mailer: Mailer,
        audit: AuditTrail,
        work: WorkQueue,
        runner: WorkRunner,
        database: Database,
      },
      [CONFIG],
    ),
  ],
})
export class PrivacyModule {}
