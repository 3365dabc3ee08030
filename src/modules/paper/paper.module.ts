/** Wires paper accounts: their ledger, funding, equity and reset. Reads what trading writes; nothing imports it. */
import { Module } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { fromParts } from '../../platform/di/from-parts.js';
import { Logger } from '../../platform/logging/logger.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { WorkRunner } from '../../platform/work/work-runner.js';
import { WorkWaiter } from '../../platform/work/work-waiter.js';
import { EXCHANGE_CLIENT } from '../../ports/exchange-client.js';
import { CrossLimits } from '../positions/cross-limits.service.js';
import { PositionsModule } from '../positions/positions.module.js';
import { EquityRepository } from './equity.repository.js';
import { FundingRepository } from './funding.repository.js';
import { LedgerRepository } from './ledger.repository.js';
import { PaperAccountService } from './paper-account.service.js';
import { PaperAccountsRepository } from './paper-accounts.repository.js';
import { PaperController } from './paper.controller.js';
import { PaperJobs } from './paper-jobs.service.js';
import { PaperRunsRepository } from './paper-runs.repository.js';

@Module({
  imports: [PositionsModule],
  controllers: [PaperController],
  providers: [
    LedgerRepository,
    PaperAccountsRepository,
    FundingRepository,
    EquityRepository,
    PaperRunsRepository,
    fromParts(
      PaperAccountService,
      {
        accounts: PaperAccountsRepository,
        ledger: LedgerRepository,
        equity: EquityRepository,
        cross: CrossLimits,
        database: Database,
        work: WorkQueue,
        waiter: WorkWaiter,
        audit: AuditTrail,
        clock: Clock,
      },
      [CONFIG, EXCHANGE_CLIENT],
    ),
    fromParts(
      PaperJobs,
      {
        funding: FundingRepository,
        equity: EquityRepository,
        runs: PaperRunsRepository,
        database: Database,
        work: WorkQueue,
        runner: WorkRunner,
        clock: Clock,
        logger: Logger,
      },
      [CONFIG, EXCHANGE_CLIENT],
    ),
  ],
})
export class PaperModule {}
