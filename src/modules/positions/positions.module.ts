/** Wires the reading side of positions and the request to close one. Trading carries it out. */
import { Module } from '@nestjs/common';
import { PositionsController } from './positions.controller.js';
import { PositionsRepository } from './positions.repository.js';

@Module({
  controllers: [PositionsController],
  providers: [PositionsRepository],
  exports: [PositionsRepository],
})
export class PositionsModule {}
