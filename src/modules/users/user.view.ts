/**
 * A user in the contract's words, for both mobile apps. Never carries the password hash.
 */
import { toJsonNumber } from '../../domain/money/money.js';
import type { UserRow } from './users.repository.js';

export function userView(row: UserRow) {
  return {
    id: row.id,
    user_id: String(row.id),
    email: row.email,
    full_name: row.full_name,
    role: row.role,
    subscription_type: row.subscription_type,
    plan: row.subscription_type.toLowerCase(),
    plan_expires_at: row.subscription_expires_at?.toISOString() ?? null,
    is_verified: row.is_verified,
    email_verified: row.is_verified,
    auto_trade_enabled: row.auto_trade_enabled,
    referral_code: row.referral_code,
    max_concurrent_trades: row.max_concurrent_trades,
    default_leverage: row.leverage,
    risk_per_trade: toJsonNumber(row.per_trade_usdt),
    mfa_enabled: false,
    created_at: row.created_at.toISOString(),
  };
}
