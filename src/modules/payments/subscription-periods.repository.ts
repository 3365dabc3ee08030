/**
 * Stores the periods of plans, and what users were told about their ends.
 * Keeps: the plan in the user's row is what the periods say, grace included; both change in one transaction.
 */
import { Injectable } from '@nestjs/common';
import type { PaidPeriod } from '../../domain/subscription/pro-rata.js';
import type { Tier } from '../../domain/subscription/plans.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';

export interface PeriodRow {
  id: number;
  tier: Tier;
  source: 'PAYMENT' | 'ADMIN';
  starts_at: Date;
  ends_at: Date;
  paid: string;
}

export interface NewPeriod {
  readonly userId: number;
  readonly tier: Tier;
  readonly source: 'PAYMENT' | 'ADMIN';
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly paid: bigint;
}

export interface Notice {
  user_id: number;
  email: string;
  full_name: string;
  tier: Tier;
  ends_at: Date;
  kind: string;
}

const IS_REACHED = 'u.disabled_at IS NULL AND u.is_verified';

/** A trial is told of from three days before its end; it is hardly longer. */
const ENDING = `
  WITH ending AS (
    SELECT s.user_id, s.tier, s.ends_at, u.email, u.full_name
    FROM subscription_periods s JOIN users u ON u.id = s.user_id
    WHERE s.ends_at > $1::timestamptz AND s.ends_at <= $1::timestamptz + interval '7 days' AND s.cut_at IS NULL
      AND u.subscription_type = s.tier AND ${IS_REACHED}
      AND NOT EXISTS (SELECT FROM subscription_periods later
        WHERE later.user_id = s.user_id AND later.ends_at > s.ends_at AND later.cut_at IS NULL)
    UNION ALL
    SELECT u.id, u.subscription_type, u.subscription_expires_at, u.email, u.full_name FROM users u
    WHERE u.subscription_type = 'TRIAL' AND ${IS_REACHED}
      AND u.subscription_expires_at > $1::timestamptz AND u.subscription_expires_at <= $1::timestamptz + interval '3 days'
  ), due AS (
    SELECT *, CASE WHEN ends_at <= $1::timestamptz + interval '1 day' THEN '1_DAY'
                   WHEN ends_at <= $1::timestamptz + interval '3 days' THEN '3_DAYS' ELSE '7_DAYS' END AS kind FROM ending
  ), page AS (
    SELECT * FROM due WHERE NOT EXISTS (SELECT FROM subscription_notices n
      WHERE n.user_id = due.user_id AND n.expires_at = due.ends_at AND n.kind = due.kind)
    ORDER BY user_id LIMIT $2
  ), noted AS (
    INSERT INTO subscription_notices (user_id, expires_at, kind, created_at)
    SELECT user_id, ends_at, kind, $1 FROM page ON CONFLICT DO NOTHING RETURNING user_id, expires_at, kind
  )
  SELECT page.* FROM page JOIN noted ON noted.user_id = page.user_id AND noted.expires_at = page.ends_at`;

const ENDED = `
  WITH page AS (
    SELECT u.id AS user_id, u.subscription_type AS tier, u.subscription_expires_at AS ends_at, u.email, u.full_name
    FROM users u
    WHERE u.subscription_expires_at <= $1::timestamptz AND u.subscription_expires_at > $1::timestamptz - interval '7 days'
      AND ${IS_REACHED} AND NOT EXISTS (SELECT FROM subscription_notices n
        WHERE n.user_id = u.id AND n.expires_at = u.subscription_expires_at AND n.kind = 'ENDED')
    ORDER BY u.id LIMIT $2
  ), noted AS (
    INSERT INTO subscription_notices (user_id, expires_at, kind, created_at)
    SELECT user_id, ends_at, 'ENDED', $1 FROM page ON CONFLICT DO NOTHING RETURNING user_id
  )
  SELECT page.*, 'ENDED' AS kind FROM page JOIN noted USING (user_id)`;

@Injectable()
export class SubscriptionPeriodsRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Periods that were not cut and end after `since`, in order. */
  current(userId: number, since: Date): Promise<PeriodRow[]> {
    return this.database.query<PeriodRow>(
      `SELECT id, tier, source, starts_at, ends_at, paid FROM subscription_periods
       WHERE user_id = $1 AND ends_at > $2 AND cut_at IS NULL ORDER BY starts_at, id`,
      [userId, since],
    );
  }

  async add(period: NewPeriod): Promise<number> {
    const row = await this.database.first<{ id: number }>(
      `INSERT INTO subscription_periods (user_id, tier, source, starts_at, ends_at, paid, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
      [
        period.userId,
        period.tier,
        period.source,
        period.startsAt,
        period.endsAt,
        String(period.paid),
        this.clock.now(),
      ],
    );
    if (row === undefined) throw new Error('the period could not be stored');
    return row.id;
  }

  /** Ends what runs or is still to come, but for `keep`. */
  async cut(userId: number, keep: Tier | null): Promise<void> {
    await this.database.execute(
      `UPDATE subscription_periods SET cut_at = $3
       WHERE user_id = $1 AND ends_at > $3 AND cut_at IS NULL AND ($2::text IS NULL OR tier <> $2)`,
      [userId, keep, this.clock.now()],
    );
  }

  async cutOne(id: number): Promise<void> {
    await this.database.execute('UPDATE subscription_periods SET cut_at = $2 WHERE id = $1 AND cut_at IS NULL', [
      id,
      this.clock.now(),
    ]);
  }

  /** Notes who is to be told that a plan ends soon, each kind once for each end; answers those noted now. */
  noteEnding(limit: number): Promise<Notice[]> {
    return this.database.query<Notice>(ENDING, [this.clock.now(), limit]);
  }

  /** Notes whose plan ended within the last days, grace included; answers those noted now. */
  noteEnded(limit: number): Promise<Notice[]> {
    return this.database.query<Notice>(ENDED, [this.clock.now(), limit]);
  }
}

export function paidPeriod(row: PeriodRow): PaidPeriod {
  return { startsAt: row.starts_at, endsAt: row.ends_at, paid: BigInt(row.paid) };
}
