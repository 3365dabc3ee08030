/**
 * The platform in figures: people, trading, subscriptions, and who brought whom.
 * Keeps: reads only, each answer one statement of one moment.
 */
import { Injectable } from '@nestjs/common';
import type { Tier } from '../../../domain/subscription/plans.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';
import { shownTier } from './operator-users.repository.js';

export interface PlatformRow {
  total: number;
  verified: number;
  trial: number;
  vip: number;
  premium: number;
  recent_signups_7d: number;
  total_positions: number;
  open_positions: number;
  total_signals: number;
}

export interface PaymentsRow {
  total: number;
  verified: number;
  pending: number;
  failed: number;
  /** Millionths of a USDT. */
  revenue: string;
  vip_payments: number;
  premium_payments: number;
}

export interface ReferrerRow {
  id: number;
  user_id: number;
  email: string;
  full_name: string;
  referral_code: string;
  subscription_type: Tier;
  joined_date: Date;
  is_verified: boolean;
  referred_by_user_id: number | null;
  referred_count: number;
  referred_users: {
    id: number;
    email: string;
    full_name: string;
    subscription_type: Tier;
    joined_date: string;
    is_verified: boolean;
  }[];
}

const PLATFORM = `
  SELECT u.*, p.*, (SELECT count(*) FROM signals) AS total_signals
  FROM (
    SELECT count(*) AS total, count(*) FILTER (WHERE is_verified) AS verified,
      count(*) FILTER (WHERE tier = 'TRIAL') AS trial, count(*) FILTER (WHERE tier = 'VIP') AS vip,
      count(*) FILTER (WHERE tier = 'PREMIUM') AS premium,
      count(*) FILTER (WHERE created_at > $1::timestamptz - interval '7 days') AS recent_signups_7d
    FROM (SELECT is_verified, created_at, ${shownTier('users', '$1')} AS tier FROM users) AS people) AS u
  CROSS JOIN (
    SELECT (SELECT count(*) FROM all_positions) AS total_positions,
      (SELECT count(*) FROM positions WHERE status IN ('PENDING', 'OPEN', 'PARTIAL')) AS open_positions) AS p`;

const PAYMENTS = `
  SELECT count(*) AS total, count(*) FILTER (WHERE status = 'PAID') AS verified,
    count(*) FILTER (WHERE status IN ('PENDING', 'CONFIRMING', 'UNDERPAID', 'REVIEW')) AS pending,
    count(*) FILTER (WHERE status NOT IN ('PAID', 'PENDING', 'CONFIRMING', 'UNDERPAID', 'REVIEW')) AS failed,
    coalesce(sum(net) FILTER (WHERE status = 'PAID'), 0) AS revenue,
    count(*) FILTER (WHERE status = 'PAID' AND tier = 'VIP') AS vip_payments,
    count(*) FILTER (WHERE status = 'PAID' AND tier = 'PREMIUM') AS premium_payments
  FROM payments`;

const REFERRERS = `
  SELECT u.id, u.id AS user_id, u.email, u.full_name, u.referral_code, ${shownTier('u', '$3')} AS subscription_type,
    u.created_at AS joined_date, u.is_verified, u.referred_by_id AS referred_by_user_id,
    (SELECT count(*) FROM users r WHERE r.referred_by_id = u.id) AS referred_count,
    (SELECT coalesce(json_agg(r ORDER BY r.id), '[]') FROM (
       SELECT r.id, r.email, r.full_name, ${shownTier('r', '$3')} AS subscription_type, r.created_at AS joined_date, r.is_verified
       FROM users r WHERE r.referred_by_id = u.id ORDER BY r.id LIMIT 200) AS r) AS referred_users
  FROM users u WHERE u.id < $1 ORDER BY u.id DESC LIMIT $2`;

@Injectable()
export class OperatorStatisticsRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async platform(): Promise<PlatformRow> {
    return this.#one<PlatformRow>(PLATFORM, [this.clock.now()]);
  }

  async payments(): Promise<PaymentsRow> {
    return this.#one<PaymentsRow>(PAYMENTS, []);
  }

  /** People with whom they brought, the first 200 each; newest first. */
  referrers(beforeId: number, limit: number): Promise<ReferrerRow[]> {
    return this.database.query<ReferrerRow>(REFERRERS, [beforeId, limit, this.clock.now()]);
  }

  async #one<Row>(sql: string, params: readonly unknown[]): Promise<Row> {
    const row = await this.database.first<Row>(sql, params);
    if (row === undefined) throw new Error('figures gave no row');
    return row;
  }
}
