/**
 * Stores the periods of plans, and what users were told about their ends.
 * Keeps: the plan in the user's row is what the periods say, grace included; both change in one transaction.
 */
import { Injectable } from '@nestjs/common';
import type { Period, Rest, Undoing } from '../../domain/subscription/plan-history.js';
import type { Tier } from '../../domain/subscription/plans.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';

interface PeriodRow {
  id: number;
  tier: Tier;
  source: 'PAYMENT' | 'ADMIN';
  starts_at: Date;
  ends_at: Date;
  cut_at: Date | null;
  paid: string;
  carried: string;
  carried_into_id: number | null;
}

export interface BoughtRow {
  id: number;
  public_id: string;
  period_id: number;
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

  /** All periods of a user, in order. */
  async of(userId: number): Promise<Period[]> {
    const rows = await this.database.query<PeriodRow>(
      `SELECT id, tier, source, starts_at, ends_at, cut_at, paid, carried, carried_into_id FROM subscription_periods
       WHERE user_id = $1 ORDER BY starts_at, id`,
      [userId],
    );
    return rows.map((row) => ({
      id: row.id,
      tier: row.tier,
      source: row.source,
      startsAt: row.starts_at,
      endsAt: row.ends_at,
      cutAt: row.cut_at,
      paid: BigInt(row.paid),
      carried: BigInt(row.carried),
      carriedIntoId: row.carried_into_id,
    }));
  }

  /** The payments that bought these periods. */
  paymentsOf(userId: number, periodIds: readonly number[]): Promise<BoughtRow[]> {
    return this.database.query<BoughtRow>(
      'SELECT id, public_id, period_id FROM payments WHERE user_id = $1 AND period_id = ANY ($2::bigint[]) ORDER BY id',
      [userId, periodIds],
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

  /** Ends periods: what is left of them goes into the period `intoId`, or to the balance. */
  async cut(rests: readonly Rest[], intoId: number | null): Promise<void> {
    if (rests.length === 0) return;
    await this.database.execute(
      `UPDATE subscription_periods s SET cut_at = $4, carried = rest.worth, carried_into_id = $3
       FROM unnest($1::bigint[], $2::numeric[]) AS rest (id, worth) WHERE s.id = rest.id`,
      [rests.map(({ periodId }) => periodId), rests.map(({ worth }) => String(worth)), intoId, this.clock.now()],
    );
  }

  /** Takes a purchase back: its period ends, and what it had ended counts again. */
  async undo(periodId: number, { isCut, restored, moves }: Undoing): Promise<void> {
    if (isCut) await this.cut([{ periodId, worth: 0n }], null);
    await this.database.execute(
      `UPDATE subscription_periods SET cut_at = NULL, carried = 0, carried_into_id = NULL WHERE id = ANY ($1::bigint[])`,
      [restored],
    );
    await this.database.execute(
      `UPDATE subscription_periods s SET starts_at = starts_at + move.by_ms * interval '1 millisecond',
         ends_at = ends_at + move.by_ms * interval '1 millisecond'
       FROM unnest($1::bigint[], $2::bigint[]) AS move (id, by_ms) WHERE s.id = move.id`,
      [moves.map(({ periodId: id }) => id), moves.map(({ byMs }) => byMs)],
    );
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
