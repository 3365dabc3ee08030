/**
 * Who has which plan, and until when.
 * Keeps: only administrators set a plan by hand; each change has its audit row with what was before.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { effectiveTier, PLANS, type Plan, TIERS, type Tier } from '../../domain/subscription/plans.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { UsersRepository } from '../users/users.repository.js';
import { paymentError } from './payments.errors.js';

const DAY_MS = 86_400_000;

export interface Subscription {
  /** What counts now: TRIAL after the expiry. */
  readonly plan: Plan;
  readonly expiresAt: Date | null;
  readonly autoTradeEnabled: boolean;
}

@Injectable()
export class SubscriptionsService {
  constructor(
    private readonly users: UsersRepository,
    private readonly database: Database,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** All plans, cheapest first, as long as this platform lets them last. */
  plans(): Plan[] {
    return TIERS.map((tier) => ({ ...PLANS[tier], days: this.#daysOf(tier) }));
  }

  /** Throws 404 for an unknown user. */
  async of(userId: number): Promise<Subscription> {
    const user = await this.users.findById(userId);
    if (user === undefined) throw paymentError('SUBSCRIBER_NOT_FOUND');
    const tier = effectiveTier(user.subscription_type, user.subscription_expires_at, this.clock.now());
    return {
      plan: PLANS[tier],
      expiresAt: user.subscription_expires_at,
      autoTradeEnabled: user.auto_trade_enabled,
    };
  }

  /** Gives a user a plan for `days` from now; the plan's own length without. Throws 404 for an unknown user. */
  async set(userId: number, tier: Tier, days: number | undefined, adminId: number): Promise<Subscription> {
    const expiresAt = new Date(this.clock.now().getTime() + (days ?? this.#daysOf(tier)) * DAY_MS);
    await this.database.transaction(async () => {
      const before = await this.users.findById(userId);
      if (before === undefined) throw paymentError('SUBSCRIBER_NOT_FOUND');
      await this.users.setPlan(userId, tier, expiresAt);
      await this.audit.record({
        actorKind: 'user',
        actorId: adminId,
        action: 'subscription.set',
        subject: `user:${userId}`,
        before: { plan: before.subscription_type, expires_at: before.subscription_expires_at },
        after: { plan: tier, expires_at: expiresAt },
      });
    });
    return this.of(userId);
  }

  #daysOf(tier: Tier): number {
    return tier === 'TRIAL' ? this.config.trading.TRIAL_DAYS : PLANS[tier].days;
  }
}
