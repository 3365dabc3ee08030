/** Wires what operators look at: health, metrics, invariants, retention. */
import { Module } from '@nestjs/common';
import { MarketDataModule } from '../market-data/market-data.module.js';
import { HealthService } from './health.service.js';
import { InvariantsRepository } from './invariants/invariants.repository.js';
import { InvariantsService } from './invariants/invariants.service.js';
import { MetricsService } from './metrics.service.js';
import { OpsController } from './ops.controller.js';
import { RetentionService } from './retention.service.js';

@Module({
  imports: [MarketDataModule],
  controllers: [OpsController],
  providers: [HealthService, MetricsService, RetentionService, InvariantsRepository, InvariantsService],
})
export class OpsModule {}
