/** Wires what operators look at: health, metrics, invariants, retention. */
import { Module } from '@nestjs/common';
import { CandlesModule } from '../market-data/candles/candles.module.js';
import { MarketDataModule } from '../market-data/market-data.module.js';
import { SafetyModule } from '../safety/safety.module.js';
import { HealthService } from './health.service.js';
import { InvariantsRepository } from './invariants/invariants.repository.js';
import { InvariantsService } from './invariants/invariants.service.js';
import { MetricsService } from './metrics.service.js';
import { OpsController } from './ops.controller.js';
import { PriceStatus } from './price-status.service.js';
import { RetentionRepository } from './retention.repository.js';
import { RetentionService } from './retention.service.js';

@Module({
  imports: [MarketDataModule, CandlesModule, SafetyModule],
  controllers: [OpsController],
  providers: [
    HealthService,
    PriceStatus,
    MetricsService,
    InvariantsRepository,
    InvariantsService,
    RetentionRepository,
    RetentionService,
  ],
})
export class OpsModule {}
