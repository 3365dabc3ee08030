/**
 * One version of a plan: price, length, what it includes. The newest version of a tier counts for what is sold now.
 * Keeps: rows are append-only, so an invoice can always show what was offered. FREE is what remains after the end.
 */
import { Check, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { PLAN_TIERS, type PlanTier } from '../../domain/subscription/plans.js';
import {
  FlagColumn,
  IntegerColumn,
  MoneyColumn,
  oneOf,
  RefColumn,
  TimeColumn,
} from '../../platform/database/columns.js';

@Entity('subscription_plans')
@Check('ck_subscription_plans_tier', oneOf('tier', PLAN_TIERS))
@Check('ck_subscription_plans_price', 'price_usdt >= 0 AND price_usdt <= 100000 AND scale(price_usdt) <= 2')
@Check('ck_subscription_plans_days', 'days BETWEEN 1 AND 3650')
@Check('ck_subscription_plans_exchange_accounts', 'exchange_accounts BETWEEN 0 AND 100')
@Check('ck_subscription_plans_concurrent_trades', 'concurrent_trades BETWEEN 0 AND 500')
export class SubscriptionPlan {
  @PrimaryColumn('text')
  tier: PlanTier;

  @PrimaryColumn('integer')
  version: number;

  @MoneyColumn()
  priceUsdt: string;

  @IntegerColumn()
  days: number;

  /** House signals in the app, and pushed to it. */
  @FlagColumn(false)
  signals: boolean;

  @FlagColumn(false)
  tradeNotifications: boolean;

  @FlagColumn(false)
  autoTrading: boolean;

  @FlagColumn(false)
  advancedAnalytics: boolean;

  /** How many exchange accounts may be connected at once. */
  @IntegerColumn()
  exchangeAccounts: number;

  /** How many positions may be live at once; null where the plan sets no limit. */
  @IntegerColumn({ nullable: true })
  concurrentTrades: number | null;

  @ForeignKey('users')
  @RefColumn({ nullable: true })
  createdById: number | null;

  @TimeColumn()
  createdAt: Date;
}
