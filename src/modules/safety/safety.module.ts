/**
 * Wires safety: switches, circuit breakers, drawdown. Trading asks `SafetyGate` and listens to `SafetyView`.
 */
import { Module } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Notifications } from '../../platform/database/notifications.js';
import { fromParts } from '../../platform/di/from-parts.js';
import { RateLimits } from '../../platform/http/rate-limits.js';
import { Logger } from '../../platform/logging/logger.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { WorkRunner } from '../../platform/work/work-runner.js';
import { BreakersRepository } from './breakers.repository.js';
import { BreakersService } from './breakers.service.js';
import { EquityRepository } from './equity.repository.js';
import { PlatformStopsController } from './platform-stops.controller.js';
import { SafetyController } from './safety.controller.js';
import { SafetyGate } from './safety-gate.repository.js';
import { SafetyLock } from './safety-lock.repository.js';
import { SafetyView } from './safety-view.service.js';
import { SafetyWorkers } from './safety.workers.js';
import { ScopedPositionsRepository } from './scoped-positions.repository.js';
import { SwitchesRepository } from './switches.repository.js';
import { SwitchesService } from './switches.service.js';

@Module({
  controllers: [PlatformStopsController, SafetyController],
  providers: [
    SafetyLock,
    SafetyGate,
    SwitchesRepository,
    BreakersRepository,
    EquityRepository,
    ScopedPositionsRepository,
    fromParts(
      SwitchesService,
      {
        switches: SwitchesRepository,
        lock: SafetyLock,
        audit: AuditTrail,
        work: WorkQueue,
        limits: RateLimits,
        clock: Clock,
        logger: Logger,
      },
      [],
    ),
    fromParts(
      BreakersService,
      {
        breakers: BreakersRepository,
        lock: SafetyLock,
        audit: AuditTrail,
        work: WorkQueue,
        clock: Clock,
        logger: Logger,
      },
      [CONFIG],
    ),
    fromParts(
      SafetyView,
      {
        switches: SwitchesRepository,
        breakers: BreakersRepository,
        lock: SafetyLock,
        notifications: Notifications,
        clock: Clock,
        logger: Logger,
      },
      [],
    ),
    fromParts(
      SafetyWorkers,
      {
        runner: WorkRunner,
        work: WorkQueue,
        database: Database,
        breakers: BreakersService,
        stored: BreakersRepository,
        switches: SwitchesService,
        equity: EquityRepository,
        clock: Clock,
        logger: Logger,
      },
      [CONFIG],
    ),
  ],
  exports: [SafetyGate, SafetyView, SafetyLock, SwitchesRepository, SwitchesService, ScopedPositionsRepository],
})
export class SafetyModule {}
