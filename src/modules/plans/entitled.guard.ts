/**
 * Enforces `@Entitled`: what a plan does not include is refused, with the plans that include it.
 * Keeps: what counts is the plan of this moment, by the one place that says it; administrators are never asked.
 */
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { PLAN_FEATURES, type PlanFeature } from '../../domain/subscription/plans.js';
import { ENTITLED_METADATA } from '../../platform/http/access.js';
import type { CallerRequest } from '../../platform/http/caller.js';
import { Entitlements } from './entitlements.service.js';
import { planRequired } from './plans.errors.js';

@Injectable()
export class EntitledGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly entitlements: Entitlements,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const targets = [context.getHandler(), context.getClass()];
    const feature = this.reflector.getAllAndOverride<PlanFeature | undefined>(ENTITLED_METADATA, targets);
    if (feature === undefined) return true;
    const { caller } = context.switchToHttp().getRequest<CallerRequest>();
    if (caller?.kind !== 'user' || caller.role === 'admin') return caller !== undefined;
    const { tier, expiresAt } = caller.subscription;
    const subscriber = { subscription_type: tier, subscription_expires_at: expiresAt };
    const entitlement = this.entitlements.of(subscriber);
    if (entitlement.plan[PLAN_FEATURES[feature]]) return true;
    throw planRequired(feature, entitlement.tier, this.entitlements.plansWith(feature));
  }
}
