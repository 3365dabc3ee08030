/** Wires plans: their layers, their stored form and the routes that show and change them. */
import { Module } from '@nestjs/common';
import { MarginPreviewRepository } from './margin-preview.repository.js';
import { MarginPreviews } from './margin-preview.service.js';
import { PlanLayersRepository } from './plan-layers.repository.js';
import { TradePlansController } from './trade-plans.controller.js';
import { TradePlansRepository } from './trade-plans.repository.js';
import { TradePlansService } from './trade-plans.service.js';

@Module({
  controllers: [TradePlansController],
  providers: [PlanLayersRepository, TradePlansRepository, TradePlansService, MarginPreviewRepository, MarginPreviews],
  exports: [PlanLayersRepository, TradePlansRepository],
})
export class TradePlansModule {}
