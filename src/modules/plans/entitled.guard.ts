/**
 * Enforces `@Entitled`: what a plan does not include is refused, with the plans that include it.
 * Keeps: what counts is the plan of this moment, by the one place that says it; administrators are never asked.
 */
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { PLAN_FEATURES } from '../../domain/subscription/plans.js';
import { ENTITLED_METADATA, type Entitlement } from '../../platform/http/access.js';
import type { CallerRequest } from '../../platform/http/caller.js';
import { plainWord } from '../../platform/http/plain-word.js';
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
    const asked = this.reflector.getAllAndOverride<Entitlement | undefined>(ENTITLED_METADATA, targets);
    if (asked === undefined) return true;
    const { caller, query } = context.switchToHttp().getRequest<FastifyRequest & CallerRequest>();
    if (asked.unless !== undefined && isOpen(query, asked.unless)) return true;
    const { feature } = asked;
    if (caller?.kind !== 'user' || caller.role === 'admin') return caller !== undefined;
    const { tier, expiresAt } = caller.subscription;
    const subscriber = { subscription_type: tier, subscription_expires_at: expiresAt };
    const entitlement = this.entitlements.of(subscriber);
    if (entitlement.plan[PLAN_FEATURES[feature]]) return true;
    throw planRequired(feature, entitlement.tier, this.entitlements.plansWith(feature));
  }
}

/** As the rules of the query will read it; what they may read otherwise is not open. */
function isOpen(query: unknown, { query: name, open }: NonNullable<Entitlement['unless']>): boolean {
  const value: unknown = Reflect.get(Object(query) as object, name);
  if (value === undefined) return true;
  return typeof value === 'string' && open.some((word) => plainWord(word) === plainWord(value));
}
