/** Wires the signals of the house's bots: what the engine sends, and what people see of them. */
import { Module } from '@nestjs/common';
import { SignalsModule } from '../signals/signals.module.js';
import { HouseEngineController } from './house-engine.controller.js';
import { HouseCallbacks } from './house-callbacks.service.js';
import { HouseReports } from './house-reports.service.js';
import { HouseSignalsController } from './house-signals.controller.js';
import { HouseSignalsRepository } from './house-signals.repository.js';
import { HouseSignals } from './house-signals.service.js';

@Module({
  imports: [SignalsModule],
  controllers: [HouseEngineController, HouseSignalsController],
  providers: [HouseSignalsRepository, HouseSignals, HouseReports, HouseCallbacks],
})
export class HouseSignalsModule {}
