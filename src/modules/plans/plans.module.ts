/** Wires the plans and what they include. Everybody may ask; it imports nobody. */
import { Global, Module } from '@nestjs/common';
import { Entitlements } from './entitlements.service.js';
import { PlansRepository } from './plans.repository.js';

@Global()
@Module({ providers: [PlansRepository, Entitlements], exports: [PlansRepository, Entitlements] })
export class PlansModule {}
