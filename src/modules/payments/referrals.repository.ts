/**
 * Who referred whom, and what that brought. Keeps: nobody is referred by themselves, over any number of steps (trigger);
 * who was referred once is never referred again.
 */
import { Injectable } from '@nestjs/common';
import type { Bonus } from '../../domain/payment/referral-bonus.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';

export interface ReferralStats {
  total: number;
  earned: string;
  earned_today: string;
  paying: number;
}

export interface RefereeRow {
  id: number;
  full_name: string;
  subscription_type: string;
  subscription_expires_at: Date | null;
  is_verified: boolean;
  created_at: Date;
  earned: string;
}

export interface OwedRow {
  user_id: number;
  email: string;
  full_name: string;
  referral_code: string;
  vip: number;
  premium: number;
}

@Injectable()
export class ReferralsRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async referrerOf(userId: number): Promise<number | undefined> {
    const row = await this.database.first<{ id: number }>(
      `SELECT r.id FROM users u JOIN users r ON r.id = u.referred_by_id WHERE u.id = $1 AND r.disabled_at IS NULL`,
      [userId],
    );
    return row?.id;
  }

  /** In the running transaction: names who referred a user that nobody referred and who has paid nothing yet. False where that cannot be. */
  async attribute(userId: number, code: string): Promise<boolean> {
    // The lock of the trigger, taken before looking: it would end the running transaction.
    await this.database.query(`SELECT pg_advisory_xact_lock(hashtextextended('referrals', 0))`);
    const changed = await this.database.execute(
      `WITH RECURSIVE above (id) AS (
         SELECT id FROM users WHERE referral_code = $2
         UNION SELECT u.referred_by_id FROM above JOIN users u ON u.id = above.id WHERE u.referred_by_id IS NOT NULL
       )
       UPDATE users SET referred_by_id = r.id, updated_at = $3 FROM users r
       WHERE users.id = $1 AND users.referred_by_id IS NULL AND r.referral_code = $2
         AND NOT EXISTS (SELECT FROM above WHERE id = $1)
         AND NOT EXISTS (SELECT FROM payments p WHERE p.user_id = $1 AND p.paid_at IS NOT NULL)`,
      [userId, code.trim().toUpperCase(), this.clock.now()],
    );
    return changed === 1;
  }

  /** Whether this user has paid before this invoice. */
  async hasPaidBefore(userId: number, paymentId: number): Promise<boolean> {
    const sql = 'SELECT 1 FROM payments WHERE user_id = $1 AND id <> $2 AND paid_at IS NOT NULL LIMIT 1';
    return (await this.database.first(sql, [userId, paymentId])) !== undefined;
  }

  /** What a customer's plans cost so far, and what came in from them, less what refunds sent back. */
  async moneyOf(userId: number): Promise<{ revenue: bigint; received: bigint }> {
    const row = await this.database.first<{ revenue: string; received: string }>(
      `SELECT coalesce(sum(revenue), 0) AS revenue,
         coalesce(-sum(received), 0) - coalesce(sum(paid_out) FILTER (WHERE cause = 'REFUND'), 0) AS received
       FROM money_transactions WHERE user_id = $1`,
      [userId],
    );
    return { revenue: BigInt(row?.revenue ?? '0'), received: BigInt(row?.received ?? '0') };
  }

  /** What a customer's payments have brought whoever referred them, less what was taken back. */
  async bonusesFor(userId: number): Promise<(Bonus & { readonly userId: number }) | undefined> {
    const row = await this.database.first<{ user_id: number; bonus: string; base: string }>(
      `SELECT m.user_id, sum(-m.bonuses) AS bonus, sum(m.bonus_base) AS base
       FROM payments p JOIN money_transactions m ON m.payment_id = p.id AND m.cause IN ('BONUS', 'BONUS_BACK')
       WHERE p.user_id = $1 GROUP BY m.user_id`,
      [userId],
    );
    return row === undefined ? undefined : { userId: row.user_id, bonus: BigInt(row.bonus), base: BigInt(row.base) };
  }

  async stats(userId: number, dayStart: Date): Promise<ReferralStats> {
    const row = await this.database.first<ReferralStats>(
      `SELECT (SELECT count(*) FROM users WHERE referred_by_id = $1) AS total,
         coalesce(sum(-bonuses), 0) AS earned,
         coalesce(sum(-bonuses) FILTER (WHERE created_at >= $2), 0) AS earned_today,
         (SELECT count(*) FROM users u WHERE u.referred_by_id = $1 AND EXISTS (SELECT FROM subscription_periods s
            WHERE s.user_id = u.id AND s.source = 'PAYMENT' AND s.cut_at IS NULL AND s.ends_at > $3)) AS paying
       FROM money_transactions WHERE user_id = $1 AND cause IN ('BONUS', 'BONUS_BACK')`,
      [userId, dayStart, this.clock.now()],
    );
    return row ?? { total: 0, earned: '0', earned_today: '0', paying: 0 };
  }

  /** Whom a user has referred, newest first, with what each has brought. */
  referees(userId: number, beforeId: number | undefined, limit: number): Promise<RefereeRow[]> {
    return this.database.query<RefereeRow>(
      `SELECT u.id, u.full_name, u.subscription_type, u.subscription_expires_at, u.is_verified, u.created_at,
         (SELECT coalesce(sum(-m.bonuses), 0) FROM payments p JOIN money_transactions m ON m.payment_id = p.id
            AND m.cause IN ('BONUS', 'BONUS_BACK') AND m.user_id = $1 WHERE p.user_id = u.id) AS earned
       FROM users u WHERE u.referred_by_id = $1 AND u.id < coalesce($2::bigint, 9223372036854775807)
       ORDER BY u.id DESC LIMIT $3`,
      [userId, beforeId ?? null, limit],
    );
  }

  /** Referrers with the number of their verified referees who pay now, by plan. */
  owed(limit: number): Promise<OwedRow[]> {
    return this.database.query<OwedRow>(
      `SELECT r.id AS user_id, r.email, r.full_name, r.referral_code,
         count(*) FILTER (WHERE u.subscription_type = 'VIP') AS vip,
         count(*) FILTER (WHERE u.subscription_type = 'PREMIUM') AS premium
       FROM users u JOIN users r ON r.id = u.referred_by_id
       WHERE u.is_verified AND u.subscription_type <> 'TRIAL' AND u.subscription_expires_at > $1
         AND EXISTS (SELECT FROM payments p WHERE p.user_id = u.id AND p.status = 'PAID')
       GROUP BY r.id ORDER BY count(*) DESC, r.id LIMIT $2`,
      [this.clock.now(), limit],
    );
  }
}
