/**
 * The platform in figures: people, trading, subscriptions, who brought whom, and what sources are worth.
 * Keeps: reads only, each answer one statement of one moment.
 */
import { Injectable } from '@nestjs/common';
import type { Tier } from '../../../domain/subscription/plans.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';
import type { SourceKind } from '../../signals/source.entity.js';
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

export interface SourceRow {
  id: number;
  code: string;
  kind: SourceKind;
  name: string;
  is_enabled: boolean;
  followers: number;
  signals: number;
  live_signals: number;
  trades: number;
  wins: number;
  losses: number;
  volume_usdt: string;
  realised_pnl_usdt: string;
  best_trade_usdt: string | null;
  worst_trade_usdt: string | null;
  last_signal_at: Date | null;
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

/** Trades by when they ended; one that was never filled is none. Positions that hit nothing but costs are losses. */
const SOURCES = `
  SELECT s.id, s.code, s.kind, s.name, s.is_enabled, coalesce(signalled.signals, 0) AS signals,
    coalesce(signalled.live, 0) AS live_signals, signalled.last_signal_at,
    (SELECT count(*) FROM users u WHERE u.auto_trade_enabled AND u.disabled_at IS NULL AND NOT EXISTS (
       SELECT FROM source_subscriptions x WHERE x.user_id = u.id AND x.source_id = s.id AND NOT x.is_enabled)) AS followers,
    coalesce(traded.trades, 0) AS trades, coalesce(traded.wins, 0) AS wins, coalesce(traded.losses, 0) AS losses,
    coalesce(traded.volume, 0) AS volume_usdt, coalesce(traded.pnl, 0) AS realised_pnl_usdt,
    traded.best AS best_trade_usdt, traded.worst AS worst_trade_usdt
  FROM sources s
  LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE g.created_at >= $1) AS signals,
      count(*) FILTER (WHERE g.status IN ('NEW', 'OPENED', 'PARTIAL')) AS live, max(g.created_at) AS last_signal_at
    FROM signals g WHERE g.source_id = s.id) AS signalled ON true
  LEFT JOIN (
    SELECT g.source_id, count(*) AS trades, count(*) FILTER (WHERE p.realised_pnl > 0) AS wins,
      count(*) FILTER (WHERE p.realised_pnl < 0) AS losses, sum(p.qty * p.entry_price) AS volume, sum(p.realised_pnl) AS pnl,
      max(p.realised_pnl) AS best, min(p.realised_pnl) AS worst
    FROM all_positions p JOIN signals g ON g.id = p.signal_id
    WHERE p.closed_at >= $1 AND p.status IN ('CLOSED', 'STOPPED', 'CANCELLED') AND p.qty > 0
    GROUP BY g.source_id) AS traded ON traded.source_id = s.id
  ORDER BY s.id`;

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

  /** What each source has posted since `since`, and how its trades that ended since then did. */
  sources(since: Date): Promise<SourceRow[]> {
    return this.database.query<SourceRow>(SOURCES, [since]);
  }

  async #one<Row>(sql: string, params: readonly unknown[]): Promise<Row> {
    const row = await this.database.first<Row>(sql, params);
    if (row === undefined) throw new Error('figures gave no row');
    return row;
  }
}
