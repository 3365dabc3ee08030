/** Wires the plans, what they include, and the guard that asks for it. Everybody may ask; it imports nobody. */
import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { EntitledGuard } from './entitled.guard.js';
import { Entitlements } from './entitlements.service.js';
import { PlansRepository } from './plans.repository.js';

@Global()
@Module({
  providers: [PlansRepository, Entitlements, { provide: APP_GUARD, useClass: EntitledGuard }],
  exports: [PlansRepository, Entitlements],
})
export class PlansModule {}
