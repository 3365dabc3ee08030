/** Wires what administrators look at: people, everybody's positions, the platform in figures. Writes nothing. */
import { Module } from '@nestjs/common';
import { PlansModule } from '../../plans/plans.module.js';
import { PositionsModule } from '../../positions/positions.module.js';
import { OperatorPositionsController } from './operator-positions.controller.js';
import { OperatorStatisticsController } from './operator-statistics.controller.js';
import { OperatorStatisticsRepository } from './operator-statistics.repository.js';
import { OperatorUsersController } from './operator-users.controller.js';
import { OperatorUsersRepository } from './operator-users.repository.js';

@Module({
  imports: [PlansModule, PositionsModule],
  controllers: [OperatorUsersController, OperatorPositionsController, OperatorStatisticsController],
  providers: [OperatorUsersRepository, OperatorStatisticsRepository],
})
export class OperatorModule {}
