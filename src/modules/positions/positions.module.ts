/** Wires the reading side of positions and the request to close one. Trading carries it out. */
import { Module } from '@nestjs/common';
import { TradePlansModule } from '../trade-plans/trade-plans.module.js';
import { PositionsController } from './positions.controller.js';
import { PositionsRepository } from './positions.repository.js';

@Module({
  imports: [TradePlansModule],
  controllers: [PositionsController],
  providers: [PositionsRepository],
  exports: [PositionsRepository],
})
export class PositionsModule {}
