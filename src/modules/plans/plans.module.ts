/** Wires plans: their layers, their stored form and the routes that show and change them. */
import { Module } from '@nestjs/common';
import { PlanLayersRepository } from './plan-layers.repository.js';
import { PlansRepository } from './plans.repository.js';

@Module({
  providers: [PlanLayersRepository, PlansRepository],
  exports: [PlanLayersRepository, PlansRepository],
})
export class PlansModule {}
