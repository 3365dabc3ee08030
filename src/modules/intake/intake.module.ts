/** Wires the carrying out of intents. */
import { Module } from '@nestjs/common';
import { MarketDataModule } from '../market-data/market-data.module.js';
import { SignalsModule } from '../signals/signals.module.js';
import { IntakeChanges } from './intake-changes.service.js';
import { IntakePrices } from './intake-prices.service.js';
import { IntakeTargets } from './intake-targets.repository.js';
import { IntakeService } from './intake.service.js';

@Module({
  imports: [MarketDataModule, SignalsModule],
  providers: [IntakeTargets, IntakePrices, IntakeChanges, IntakeService],
  exports: [IntakeService],
})
export class IntakeModule {}
