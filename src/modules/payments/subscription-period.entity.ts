/**
 * A stretch of time in which a user has a plan, and what was paid for it: what expiry, pro-rata, MRR and churn are read from.
 * Keeps: a period that ends early says when, what was left of its price and where that went; what was paid for it never
 * changes.
 */
import { Check, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { TIERS, type Tier } from '../../domain/subscription/plans.js';
import { IdColumn, MoneyColumn, oneOf, RefColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';

@Entity('subscription_periods')
@Check('ck_subscription_periods_tier', oneOf('tier', TIERS))
@Check('ck_subscription_periods_source', oneOf('source', ['PAYMENT', 'ADMIN']))
@Check('ck_subscription_periods_order', 'starts_at < ends_at')
@Check('ck_subscription_periods_carried', 'carried BETWEEN 0 AND paid AND (cut_at IS NOT NULL OR carried = 0)')
@Check(
  'ck_subscription_periods_carried_into',
  'carried_into_id IS NULL OR (cut_at IS NOT NULL AND carried_into_id <> id)',
)
@Index(['userId', 'endsAt'])
@Index(['endsAt'])
@Index('ix_subscription_periods_carried_into_id', ['carriedIntoId'], { where: 'carried_into_id IS NOT NULL' })
export class SubscriptionPeriod {
  @IdColumn()
  id: number;

  @ForeignKey('users')
  @RefColumn()
  userId: number;

  @TextColumn()
  tier: Tier;

  @TextColumn()
  source: 'PAYMENT' | 'ADMIN';

  @TimeColumn()
  startsAt: Date;

  /** The paid end, without grace. */
  @TimeColumn()
  endsAt: Date;

  /** Ended before its time: another plan was bought, or it was refunded. */
  @TimeColumn({ nullable: true })
  cutAt: Date | null;

  /** Millionths of a USDT for the whole of it. */
  @MoneyColumn({ default: '0' })
  paid: string;

  /** What of `paid` went elsewhere when it was cut: into the period below, or without one to the balance. */
  @MoneyColumn({ default: '0' })
  carried: string;

  /** The period whose purchase ended this one. */
  @ForeignKey('subscription_periods')
  @RefColumn({ nullable: true })
  carriedIntoId: number | null;

  @TimeColumn()
  createdAt: Date;
}

/** What a user was told about the end of a plan: each once. */
@Entity('subscription_notices')
@Check('ck_subscription_notices_kind', oneOf('kind', ['7_DAYS', '3_DAYS', '1_DAY', 'ENDED']))
export class SubscriptionNotice {
  @ForeignKey('users', { onDelete: 'CASCADE' })
  @PrimaryColumn('bigint')
  userId: number;

  /** The end that it is about. */
  @PrimaryColumn('timestamptz', { precision: 3 })
  expiresAt: Date;

  @PrimaryColumn('text')
  kind: string;

  @TimeColumn()
  createdAt: Date;
}
