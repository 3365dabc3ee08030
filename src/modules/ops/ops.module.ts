/** Wires what operators look at: health, metrics, retention. */
import { Module } from '@nestjs/common';
import { AppConfigController } from './app-config.controller.js';
import { HealthService } from './health.service.js';
import { MetricsService } from './metrics.service.js';
import { OpsController } from './ops.controller.js';
import { RetentionRepository } from './retention.repository.js';
import { RetentionService } from './retention.service.js';

@Module({
  controllers: [OpsController, AppConfigController],
  providers: [HealthService, MetricsService, RetentionRepository, RetentionService],
})
export class OpsModule {}
