/**
 * A user in the contract's words, for both mobile apps. Never carries the password hash.
 * Keeps: the plan told is the one that counts at `now`, which is TRIAL after the expiry.
 */
import { toJsonNumber } from '../../domain/money/money.js';
import { effectiveTier, type Subscription } from '../../domain/subscription/plans.js';
import type { UserRow } from './users.repository.js';

/** What the older app reads of the caller's plan beside its list of signals. */
export function subscriptionView({ tier, expiresAt }: Subscription, now: Date) {
  return {
    subscription_status: isExpired(expiresAt, now) ? ('expired' as const) : ('active' as const),
    plan: effectiveTier(tier, expiresAt, now).toLowerCase(),
    expires_at: expiresAt?.toISOString() ?? null,
  };
}

const isExpired = (expiresAt: Date | null, now: Date): boolean => expiresAt !== null && expiresAt <= now;

export function userView(row: UserRow, now: Date) {
  const expiresAt = row.subscription_expires_at;
  const tier = effectiveTier(row.subscription_type, expiresAt, now);
  return {
    id: row.id,
    user_id: String(row.id),
    email: row.email,
    full_name: row.full_name,
    role: row.role,
    subscription_type: tier,
    plan: tier.toLowerCase(),
    plan_expires_at: expiresAt?.toISOString() ?? null,
    is_subscription_expired: isExpired(expiresAt, now),
    is_verified: row.is_verified,
    email_verified: row.is_verified,
    auto_trade_enabled: row.auto_trade_enabled,
    referral_code: row.referral_code,
    max_concurrent_trades: row.max_concurrent_trades,
    default_leverage: row.leverage,
    risk_per_trade: toJsonNumber(row.per_trade_usdt),
    mfa_enabled: row.two_factor_at !== null,
    exchange_accounts: row.exchange_accounts,
    created_at: row.created_at.toISOString(),
  };
}
