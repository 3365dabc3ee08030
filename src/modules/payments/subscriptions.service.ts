/**
 * Who has which plan, and until when.
 * Keeps: only administrators set a plan by hand; each change has its audit row with what was before.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { usdtOf } from '../../domain/payment/micro-usdt.js';
import { worthOf } from '../../domain/subscription/plan-history.js';
import { type Plan, PLANS, type PlanTier, TIERS, type Tier } from '../../domain/subscription/plans.js';
import { type TradeCap, tradeCap } from '../../domain/subscription/trade-cap.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Entitlements } from '../plans/entitlements.service.js';
import { PlansRepository, type PlanVersion } from '../plans/plans.repository.js';
import { UsersRepository } from '../users/users.repository.js';
import { CreditNotes } from './credit-notes.service.js';
import { Grants } from './grants.service.js';
import { paymentError } from './payments.errors.js';
import { PaymentsRepository } from './payments.repository.js';

const DAY_MS = 86_400_000;

export interface Subscription {
  /** The name of what counts now: TRIAL after the expiry. */
  readonly tier: Tier;
  /** What is included now. */
  readonly plan: Plan;
  readonly expiresAt: Date | null;
  readonly autoTradeEnabled: boolean;
  readonly trades: Trades;
}

/** The limits on positions at once, and what they come to. */
export interface Trades extends TradeCap {
  readonly settings: number;
  readonly plan: number | null;
  readonly platform: number;
}

export interface SubscriptionParts {
  readonly users: UsersRepository;
  readonly grants: Grants;
  readonly notes: CreditNotes;
  readonly payments: PaymentsRepository;
  readonly plans: PlansRepository;
  readonly entitlements: Entitlements;
  readonly database: Database;
  readonly audit: AuditTrail;
  readonly clock: Clock;
}

/** What an administrator may change of a plan. */
export type PlanChange = Partial<Omit<Plan, 'tier'>>;

@Injectable()
export class SubscriptionsService {
  constructor(
    private readonly parts: SubscriptionParts,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** All plans, cheapest first, as long as this platform lets them last. */
  plans(): Plan[] {
    return TIERS.map((tier) => this.parts.entitlements.plan(tier));
  }

  /** Throws 404 for an unknown user. */
  async of(userId: number): Promise<Subscription> {
    const user = await this.parts.users.findById(userId);
    if (user === undefined) throw paymentError('SUBSCRIBER_NOT_FOUND');
    const { tier, plan } = this.parts.entitlements.of(user);
    return {
      tier,
      plan,
      expiresAt: user.subscription_expires_at,
      autoTradeEnabled: user.auto_trade_enabled,
      trades: this.#trades(user.max_concurrent_trades, plan.concurrentTrades),
    };
  }

  #trades(settings: number, plan: number | null): Trades {
    const platform = this.config.trading.MAX_CONCURRENT_TRADES;
    return { settings, plan, platform, ...tradeCap(settings, plan, platform) };
  }

  /**
   * Gives a user a plan for `days` from now; the plan's own length without. What was left of bought plans is credited.
   * Throws 404 for an unknown user.
   */
  async set(userId: number, tier: Tier, days: number | undefined, adminId: number): Promise<Subscription> {
    const expiresAt = new Date(
      this.parts.clock.now().getTime() + (days ?? this.parts.entitlements.plan(tier).days) * DAY_MS,
    );
    await this.parts.database.transaction(async () => {
      await this.parts.payments.lockBuyer(userId);
      const before = await this.parts.users.findById(userId);
      if (before === undefined) throw paymentError('SUBSCRIBER_NOT_FOUND');
      const rests = await this.parts.grants.give(userId, tier, expiresAt);
      await this.parts.notes.book(userId, rests);
      const credited = rests.length === 0 ? {} : { credited_usdt: usdtOf(worthOf(rests)) };
      await this.parts.audit.record({
        actorKind: 'user',
        actorId: adminId,
        action: 'subscription.set',
        subject: `user:${userId}`,
        before: { plan: before.subscription_type, expires_at: before.subscription_expires_at },
        after: { plan: tier, expires_at: expiresAt, ...credited },
      });
    });
    return this.of(userId);
  }

  /** All versions of a plan, newest first. */
  versions(tier: PlanTier): Promise<PlanVersion[]> {
    return this.parts.plans.versions(tier);
  }

  /** A new version with what changes. What is sold from now on is sold by it; open invoices keep theirs. */
  async changePlan(tier: PlanTier, change: PlanChange, adminId: number): Promise<PlanVersion> {
    const added = await this.parts.database.transaction(async () => {
      const before = (await this.parts.plans.versions(tier))[0] ?? PLANS[tier];
      const named = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
      const version = await this.parts.plans.add({ ...before, ...named }, adminId);
      const names = Object.keys(named) as (keyof PlanChange)[];
      await this.parts.audit.record({
        actorKind: 'user',
        actorId: adminId,
        action: 'plan.change',
        subject: `plan:${tier}`,
        before: Object.fromEntries(names.map((name) => [name, before[name]])),
        after: { ...named, version: version.version },
      });
      return version;
    });
    await this.parts.entitlements.refresh();
    return added;
  }
}
