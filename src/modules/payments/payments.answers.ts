/** What the routes of plans, payments and referrals answer, as examples that give their schemas. */
import { CONTRACT_STATUSES, PAYMENT_STATUSES } from '../../domain/payment/payment-status.js';
import { CAP_OWNERS } from '../../domain/subscription/trade-cap.js';
import { PLAN_TIERS, TIERS } from '../../domain/subscription/plans.js';
import { decimal, oneOf, optional, orNull } from '../../platform/openapi/shape.js';

const FEATURES = { signals: true, auto_trading: true, advanced_analytics: false };

export const PLANS_ANSWER = {
  plans: [{ plan: oneOf(...TIERS), price_usdt: decimal(50), days: 30, features: FEATURES }],
};

export const PLAN_VERSION = {
  plan: oneOf(...PLAN_TIERS),
  version: 2,
  price_usdt: decimal(50),
  days: 30,
  signals: true,
  trade_notifications: false,
  auto_trading: true,
  advanced_analytics: false,
  exchange_accounts: 5,
  concurrent_trades: orNull(20),
  created_at: '2026-02-28T12:00:00.000Z',
};

export const SUBSCRIPTION = {
  subscription: {
    plan: oneOf(...TIERS),
    auto_trade_enabled: true,
    expires_at: orNull('2026-02-28T12:00:00.000Z'),
    features: FEATURES,
    limits: {
      exchange_accounts: 5,
      concurrent_trades: { value: 20, limited_by: oneOf(...CAP_OWNERS), settings: 50, plan: orNull(20), platform: 50 },
    },
  },
};

export const PAYMENT = {
  payment_id: 'VZK-0A1B2C3D4E5F',
  amount_usdt: decimal(50.37),
  plan_type: oneOf('VIP', 'PREMIUM'),
  status: oneOf(...CONTRACT_STATUSES),
  state: oneOf(...PAYMENT_STATUSES),
  tx_hash: orNull('f0'.repeat(32)),
  note: '',
  due_usdt: decimal(50.37),
  missing_usdt: decimal(0),
  received_usdt: decimal(0),
  list_price_usdt: decimal(50),
  discount_usdt: decimal(0),
  prorata_usdt: decimal(0),
  credit_used_usdt: decimal(0),
  days: 30,
  created_at: '2026-02-28T12:00:00.000Z',
  expires_at: '2026-03-01T12:00:00.000Z',
  verified_at: orNull('2026-02-28T12:10:00.000Z'),
};

export const NEW_PAYMENT = {
  success: true,
  ...PAYMENT,
  admin_wallet: 'TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t',
  instructions: 'Send exactly 50.37 USDT (TRC-20) …',
};

export const ADMIN_PAYMENT = {
  ...PAYMENT,
  user_id: 7,
  user_email: 'ada@example.com',
  user_name: 'Ada',
  admin_wallet: 'TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t',
  claimed_tx_hash: orNull('f0'.repeat(32)),
  waiting_hours: decimal(1.5),
};

export const REPORT = {
  mrr_usdt: decimal(1200),
  paying_users: 14,
  months: [
    {
      month: '2026-02',
      revenue_usdt: decimal(620),
      vip_usdt: decimal(500),
      premium_usdt: decimal(120),
      payments: 11,
      refunds: 0,
      paying_at_start: 10,
      churned: 1,
      churn_percent: decimal(10),
      mrr_usdt: decimal(600),
    },
  ],
};

export const MONEY_MOVE = {
  id: 12,
  cause: 'BONUS',
  amount_usdt: decimal(5),
  held_usdt: decimal(0),
  payment_id: orNull('VZK-0A1B2C3D4E5F'),
  created_at: '2026-02-28T12:00:00.000Z',
};

export const PAYOUT = {
  payout_id: 3,
  amount_usdt: decimal(25),
  fee_usdt: decimal(1),
  wallet_address: 'TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t',
  status: oneOf('REQUESTED', 'PAID', 'REJECTED'),
  tx_hash: orNull('f0'.repeat(32)),
  note: '',
  created_at: '2026-02-28T12:00:00.000Z',
  decided_at: orNull('2026-02-28T13:00:00.000Z'),
  user_id: optional(7),
};

export const COUPON = {
  id: 1,
  code: 'SPRING-26',
  kind: oneOf('PERCENT', 'AMOUNT'),
  percent: orNull(decimal(20)),
  amount_usdt: orNull(decimal(10)),
  plans: [oneOf('VIP', 'PREMIUM')],
  max_uses: orNull(100),
  max_uses_per_user: 1,
  uses: 3,
  valid_from: '2026-02-28T12:00:00.000Z',
  valid_until: orNull('2026-03-31T00:00:00.000Z'),
  is_disabled: false,
};
