/** Wires the reading side of positions and the requests to close or edit one. Trading carries it out. */
import { Module } from '@nestjs/common';
import { TradePlansModule } from '../trade-plans/trade-plans.module.js';
import { CrossAccountsRepository } from './cross-accounts.repository.js';
import { CrossLimits } from './cross-limits.service.js';
import { PositionEditRequests } from './position-edit-requests.repository.js';
import { PositionEditsController } from './position-edits.controller.js';
import { PositionViews } from './position-views.service.js';
import { PositionsController } from './positions.controller.js';
import { PositionsRepository } from './positions.repository.js';

@Module({
  imports: [TradePlansModule],
  controllers: [PositionsController, PositionEditsController],
  providers: [PositionsRepository, PositionEditRequests, CrossAccountsRepository, CrossLimits, PositionViews],
  exports: [PositionsRepository, PositionViews, CrossAccountsRepository, CrossLimits],
})
export class PositionsModule {}
