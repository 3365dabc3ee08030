/**
 * Reads people for administrators: searched lists and everything about one. Writes nothing.
 * Keeps: lists are keyset pages with the filters that were asked for and no others; no hash, key or token is read.
 */
import { Injectable } from '@nestjs/common';
import type { Tier } from '../../../domain/subscription/plans.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';
import type { Role } from '../../users/user.entity.js';

export interface OperatorUserRow {
  id: number;
  email: string;
  full_name: string;
  role: Role;
  is_verified: boolean;
  subscription_type: Tier;
  subscription_expires_at: Date | null;
  auto_trade_enabled: boolean;
  two_factor_at: Date | null;
  disabled_at: Date | null;
  referral_code: string;
  open_positions: number;
  created_at: Date;
}

export interface OperatorUserDetail extends OperatorUserRow {
  timezone: string;
  referred_by_id: number | null;
  referred_count: number;
  sessions: number;
  last_seen_at: Date | null;
  open_tickets: number;
  paid_micro_usdt: string;
  paper_balance: string | null;
  exchange_accounts: { id: number; exchange: string; is_active: boolean; testnet: boolean }[];
  deletion_due_at: Date | null;
}

export const USER_STATES = ['active', 'disabled', 'unverified'] as const;
export type UserState = (typeof USER_STATES)[number];

export interface UserFilter {
  /** Part of an address or a name, a referral code, or an id. */
  readonly q: string | null;
  readonly role: Role | null;
  /** As stored: a plan that is over counts as TRIAL. */
  readonly tier: Tier | null;
  readonly state: UserState | null;
  readonly autoTrade: boolean | null;
  readonly beforeId: number;
  readonly limit: number;
}

const COLUMNS = `u.id, u.email, u.full_name, u.role, u.is_verified, u.subscription_type, u.subscription_expires_at,
  u.auto_trade_enabled, u.two_factor_at, u.disabled_at, u.referral_code, u.created_at`;

const OPEN =
  '(SELECT coalesce(sum(a.open_positions), 0)::int FROM accounts a WHERE a.user_id = u.id) AS open_positions';

const STATES: Readonly<Record<UserState, string>> = {
  active: 'u.disabled_at IS NULL AND u.is_verified',
  disabled: 'u.disabled_at IS NOT NULL',
  unverified: 'NOT u.is_verified',
};

const matches = (text: string): string =>
  `(u.email LIKE ${text} OR lower(u.full_name) LIKE ${text} OR lower(u.referral_code) LIKE ${text}
    OR u.id::text = trim(both '%' from ${text}))`;

/** The tier that is shown of `user` at the time `now`: a plan that is over is TRIAL. */
export const shownTier = (user: string, now: string): string =>
  `CASE WHEN ${user}.subscription_expires_at <= ${now} THEN 'TRIAL' ELSE ${user}.subscription_type END`;

const DETAIL = `
  SELECT ${COLUMNS}, ${OPEN}, u.timezone, u.referred_by_id,
    (SELECT count(*) FROM users r WHERE r.referred_by_id = u.id) AS referred_count,
    (SELECT count(*) FROM sessions s WHERE s.user_id = u.id AND s.revoked_at IS NULL AND s.expires_at > $2) AS sessions,
    (SELECT max(s.last_used_at) FROM sessions s WHERE s.user_id = u.id) AS last_seen_at,
    (SELECT count(*) FROM support_tickets t WHERE t.user_id = u.id AND t.status <> 'CLOSED') AS open_tickets,
    (SELECT coalesce(sum(p.net), 0) FROM payments p WHERE p.user_id = u.id AND p.status = 'PAID') AS paid_micro_usdt,
    (SELECT a.balance FROM accounts a WHERE a.user_id = u.id AND a.exchange = 'paper' LIMIT 1) AS paper_balance,
    (SELECT coalesce(json_agg(json_build_object('id', a.id, 'exchange', a.exchange, 'is_active', a.is_active,
       'testnet', a.testnet) ORDER BY a.id), '[]') FROM accounts a WHERE a.user_id = u.id AND a.exchange <> 'paper') AS exchange_accounts,
    (SELECT d.due_at FROM account_deletions d WHERE d.user_id = u.id AND d.completed_at IS NULL) AS deletion_due_at
  FROM users u WHERE u.id = $1`;

@Injectable()
export class OperatorUsersRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Newest first. */
  list(filter: UserFilter): Promise<OperatorUserRow[]> {
    const values: unknown[] = [filter.beforeId, filter.limit];
    const given = (value: unknown) => `$${values.push(value)}`;
    const conditions = ['u.id < $1'];
    if (filter.q !== null) conditions.push(matches(given(`%${escaped(filter.q.toLowerCase())}%`)));
    if (filter.role !== null) conditions.push(`u.role = ${given(filter.role)}`);
    if (filter.tier !== null) {
      conditions.push(`${shownTier('u', `${given(this.clock.now())}::timestamptz`)} = ${given(filter.tier)}`);
    }
    if (filter.autoTrade !== null) conditions.push(`u.auto_trade_enabled = ${given(filter.autoTrade)}`);
    if (filter.state !== null) conditions.push(STATES[filter.state]);
    const where = conditions.join(' AND ');
    const sql = `SELECT ${COLUMNS}, ${OPEN} FROM users u WHERE ${where} ORDER BY u.id DESC LIMIT $2`;
    return this.database.query<OperatorUserRow>(sql, values);
  }

  find(id: number): Promise<OperatorUserDetail | undefined> {
    return this.database.first<OperatorUserDetail>(DETAIL, [id, this.clock.now()]);
  }
}

/** What a person types is no pattern. */
function escaped(text: string): string {
  return text.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`);
}
