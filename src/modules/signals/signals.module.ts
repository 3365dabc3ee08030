/** Wires signals: publishing, reading, reports, and the events that others tell and trade. */
import { Module } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { fromParts } from '../../platform/di/from-parts.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { WorkWaiter } from '../../platform/work/work-waiter.js';
import { MarketDataModule } from '../market-data/market-data.module.js';
import { SignalEditsController } from './signal-edits.controller.js';
import { SignalEditsRepository } from './signal-edits.repository.js';
import { SignalEditsService } from './signal-edits.service.js';
import { SignalEvents } from './signal-events.repository.js';
import { SignalTextController } from './signal-text.controller.js';
import { SignalPartsController } from './signal-parts.controller.js';
import { SignalExtremes } from './signal-extremes.service.js';
import { SignalResultsRepository } from './signal-results.repository.js';
import { SourceStatisticsController } from './source-statistics.controller.js';
import { SignalsController } from './signals.controller.js';
import { SignalsRepository } from './signals.repository.js';
import { SignalsService } from './signals.service.js';
import { SourcesController } from './sources.controller.js';
import { SourcesRepository } from './sources.repository.js';

@Module({
  imports: [MarketDataModule],
  controllers: [
    SignalsController,
    SignalTextController,
    SignalEditsController,
    SignalPartsController,
    SourcesController,
    SourceStatisticsController,
  ],
  providers: [
    SignalsRepository,
    SourcesRepository,
    SignalEvents,
    SignalResultsRepository,
    SignalExtremes,
    SignalEditsRepository,
    fromParts(
      SignalEditsService,
      {
        database: Database,
        signals: SignalsRepository,
        edits: SignalEditsRepository,
        sources: SourcesRepository,
        events: SignalEvents,
        work: WorkQueue,
        waiter: WorkWaiter,
        audit: AuditTrail,
        clock: Clock,
      },
      [],
    ),
    fromParts(
      SignalsService,
      {
        database: Database,
        signals: SignalsRepository,
        sources: SourcesRepository,
        events: SignalEvents,
        work: WorkQueue,
        waiter: WorkWaiter,
        audit: AuditTrail,
        clock: Clock,
      },
      [CONFIG],
    ),
  ],
  exports: [
    SignalEvents,
    SignalEditsRepository,
    SignalEditsService,
    SignalsRepository,
    SignalResultsRepository,
    SignalsService,
    SourcesRepository,
  ],
})
export class SignalsModule {}
