/**
 * What people may do by their plans: the one place that says it. Plans are held in memory and read anew when one changes.
 * Keeps: a change made here counts before its answer goes out, and on other replicas when they are told; after the end
 * of a plan only what FREE includes is left.
 */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import {
  effectiveTier,
  type Plan,
  PLAN_FEATURES,
  PLAN_TIERS,
  type PlanFeature,
  PLANS,
  type PlanTier,
  planTier,
  type Tier,
} from '../../domain/subscription/plans.js';
import { Clock } from '../../platform/clock/clock.js';
import { Notifications } from '../../platform/database/notifications.js';
import { Logger } from '../../platform/logging/logger.js';
import { PLANS_CHANNEL, PlansRepository, type PlanVersion } from './plans.repository.js';

/** What a user's row says of the plan. */
export interface Subscriber {
  readonly subscription_type: Tier;
  readonly subscription_expires_at: Date | null;
}

export interface Entitlement {
  /** The plan's name as it is shown: TRIAL after the end. */
  readonly tier: Tier;
  /** What is included now. */
  readonly plan: Plan;
  readonly isOver: boolean;
}

@Injectable()
export class Entitlements implements OnModuleInit {
  #plans = new Map<PlanTier, PlanVersion>();

  constructor(
    private readonly repository: PlansRepository,
    private readonly notifications: Notifications,
    private readonly clock: Clock,
    private readonly logger: Logger,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async onModuleInit(): Promise<void> {
    this.notifications.subscribe(PLANS_CHANNEL, () => void this.#reload());
    this.notifications.onConnect(() => void this.#reload());
    await this.refresh();
  }

  /** Reads the plans anew. */
  async refresh(): Promise<void> {
    const newest = await this.repository.newest();
    this.#plans = new Map(newest.map((plan) => [plan.tier, plan]));
  }

  /** The newest version of a plan, as long as this platform lets it last. */
  plan(tier: PlanTier): PlanVersion {
    const plan = this.#plans.get(tier) ?? { ...PLANS[tier], version: 0, createdAt: this.clock.now() };
    return tier === 'TRIAL' ? { ...plan, days: this.config.trading.TRIAL_DAYS } : plan;
  }

  /** As `plan`, by any text; undefined for what names no plan. */
  planNamed(name: string): PlanVersion | undefined {
    const tier = PLAN_TIERS.find((known) => known === name);
    return tier && this.plan(tier);
  }

  of(subscriber: Subscriber): Entitlement {
    const { subscription_type: tier, subscription_expires_at: expiresAt } = subscriber;
    const now = this.clock.now();
    const counting = planTier(tier, expiresAt, now);
    return { tier: effectiveTier(tier, expiresAt, now), plan: this.plan(counting), isOver: counting === 'FREE' };
  }

  /** The tiers that may auto-trade in a mode. Real orders are only for plans that include auto-trading. */
  autoTradeTiers(mode: 'paper' | 'live'): PlanTier[] {
    const { AUTO_TRADE_TIERS_LIVE, AUTO_TRADE_TIERS_PAPER } = this.config.trading;
    return mode === 'paper'
      ? AUTO_TRADE_TIERS_PAPER
      : AUTO_TRADE_TIERS_LIVE.filter((tier) => this.plan(tier).autoTrading);
  }

  /** How many positions at once each plan includes, of the plans that set a limit. */
  concurrentTrades(): Record<string, number> {
    const limits = PLAN_TIERS.map((tier) => [tier, this.plan(tier).concurrentTrades] as const);
    return Object.fromEntries(limits.filter((limit): limit is [PlanTier, number] => limit[1] !== null));
  }

  /** The plans that include a feature now, cheapest first. */
  plansWith(feature: PlanFeature): PlanTier[] {
    return PLAN_TIERS.filter((tier) => this.plan(tier)[PLAN_FEATURES[feature]]);
  }

  async #reload(): Promise<void> {
    try {
      await this.refresh();
    } catch (error) {
      this.logger.warn('the plans could not be read anew; the old ones count meanwhile', { error });
    }
  }
}
