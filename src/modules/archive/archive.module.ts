/** Wires the archive of trades that ended long ago. Nothing imports it: who reads history reads views over both sides. */
import { Module } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { fromParts } from '../../platform/di/from-parts.js';
import { Logger } from '../../platform/logging/logger.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { WorkRunner } from '../../platform/work/work-runner.js';
import { ArchiveRepository } from './archive.repository.js';
import { ArchiveService } from './archive.service.js';

@Module({
  providers: [
    ArchiveRepository,
    fromParts(
      ArchiveService,
      {
        archive: ArchiveRepository,
        database: Database,
        work: WorkQueue,
        runner: WorkRunner,
        clock: Clock,
        logger: Logger,
      },
      [CONFIG],
    ),
  ],
})
export class ArchiveModule {}
