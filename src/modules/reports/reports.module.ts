/** Wires the daily report: computed from closed positions, stored, told, and read. */
import { Module } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { fromParts } from '../../platform/di/from-parts.js';
import { Logger } from '../../platform/logging/logger.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { WorkRunner } from '../../platform/work/work-runner.js';
import { ReportsController } from './reports.controller.js';
import { ReportsRepository } from './reports.repository.js';
import { ReportsService } from './reports.service.js';

@Module({
  controllers: [ReportsController],
  providers: [
    ReportsRepository,
    fromParts(
      ReportsService,
      {
        reports: ReportsRepository,
        database: Database,
        work: WorkQueue,
        runner: WorkRunner,
        clock: Clock,
        logger: Logger,
      },
      [CONFIG],
    ),
  ],
  exports: [ReportsService, ReportsRepository],
})
export class ReportsModule {}
