/**
 * Stores the versions of plans. Keeps: the newest version of each tier is what counts; none is ever changed.
 */
import { Injectable } from '@nestjs/common';
import type { Plan, PlanTier } from '../../domain/subscription/plans.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';

export interface PlanVersion extends Plan {
  readonly version: number;
  readonly createdAt: Date;
}

/** Told on every change, so that all replicas read the plans anew. */
export const PLANS_CHANNEL = 'verzek_plans';

const COLUMNS = `tier, version, price_usdt AS "priceUsdt", days, signals, trade_notifications AS "tradeNotifications",
  auto_trading AS "autoTrading", advanced_analytics AS "advancedAnalytics", exchange_accounts AS "exchangeAccounts",
  concurrent_trades AS "concurrentTrades",
   created_at AS "createdAt"`;

@Injectable()
export class PlansRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** The newest version of every tier. */
  newest(): Promise<PlanVersion[]> {
    return this.database.query<PlanVersion>(
      `SELECT DISTINCT ON (tier) ${COLUMNS} FROM subscription_plans ORDER BY tier, version DESC`,
    );
  }

  /** All versions of a tier, newest first. */
  versions(tier: PlanTier): Promise<PlanVersion[]> {
    return this.database.query<PlanVersion>(
      `SELECT ${COLUMNS} FROM subscription_plans WHERE tier = $1 ORDER BY version DESC LIMIT 100`,
      [tier],
    );
  }

  /** Adds the next version in the running transaction; two at once are one after the other. */
  async add(plan: Plan, adminId: number): Promise<PlanVersion> {
    await this.database.query(`SELECT pg_advisory_xact_lock(hashtextextended('subscription-plans', 0))`);
    const row = await this.database.first<PlanVersion>(
      `INSERT INTO subscription_plans (tier, version, price_usdt, days, signals, trade_notifications, auto_trading,
         advanced_analytics, exchange_accounts, concurrent_trades, created_by_id, created_at)
       SELECT $1, coalesce(max(version), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
       FROM subscription_plans WHERE tier = $1 RETURNING ${COLUMNS}`,
      [
        plan.tier,
        plan.priceUsdt,
        plan.days,
        plan.signals,
        plan.tradeNotifications,
        plan.autoTrading,
        plan.advancedAnalytics,
        plan.exchangeAccounts,
        plan.concurrentTrades,
        adminId,
        this.clock.now(),
      ],
    );
    if (row === undefined) throw new Error(`the plan ${plan.tier} could not be stored`);
    await this.database.query('SELECT pg_notify($1, $2)', [PLANS_CHANNEL, plan.tier]);
    return row;
  }
}
