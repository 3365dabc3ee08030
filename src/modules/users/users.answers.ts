/** What the routes of users answer, as examples that give their schemas. */
import { POSITION_MODES } from '../../domain/position/opposite.js';
import { TIERS } from '../../domain/subscription/plans.js';
import { decimal, free, oneOf, orNull } from '../../platform/openapi/shape.js';

const TIME = '2026-01-31T12:00:00.000Z';

export const USER = {
  id: 17,
  user_id: '17',
  email: 'ada@example.com',
  full_name: 'Ada Lovelace',
  role: oneOf('user', 'provider', 'admin'),
  subscription_type: oneOf(...TIERS),
  plan: 'trial',
  plan_expires_at: orNull(TIME),
  is_subscription_expired: false,
  is_verified: true,
  email_verified: true,
  auto_trade_enabled: true,
  referral_code: 'VZK1A2B3C',
  max_concurrent_trades: 50,
  default_leverage: 10,
  risk_per_trade: decimal(5),
  mfa_enabled: false,
  exchange_accounts: [{ id: 3, exchange: 'binance', testnet: true, is_active: true }],
  created_at: TIME,
};

export const USER_WITH_SETTINGS = {
  ...USER,
  settings: {
    capital_usdt: decimal(1000),
    per_trade_usdt: decimal(5),
    leverage: 10,
    max_concurrent_trades: 50,
    dca_enabled: false,
    dca_steps: 3,
    dca_step_percent: decimal(2),
    auto_reversal_enabled: true,
    position_mode: oneOf(...POSITION_MODES),
    symbol_whitelist: ['BTCUSDT'],
    symbol_blacklist: ['DOGEUSDT'],
    risk: free({ max_per_symbol: 1, max_daily_loss_percent: 5, time_zone: 'Europe/Berlin' }),
    strategy: free({ risk: 'low' }),
    preferences: free({ theme: 'dark' }),
  },
};

export const NOTIFICATIONS = {
  notifications_enabled: true,
  subscription_type: oneOf(...TIERS),
  features: { signal_notifications: true, trade_notifications: false },
};
