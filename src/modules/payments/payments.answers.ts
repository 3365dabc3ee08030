/** What the routes of plans and subscriptions answer, as examples that give their schemas. */
import { TIERS } from '../../domain/subscription/plans.js';
import { decimal, oneOf, orNull } from '../../platform/openapi/shape.js';

const FEATURES = { signals: true, auto_trading: true, advanced_analytics: false };

export const PLANS_ANSWER = {
  plans: [{ plan: oneOf(...TIERS), price_usdt: decimal(50), days: 30, features: FEATURES }],
};

export const SUBSCRIPTION = {
  subscription: {
    plan: oneOf(...TIERS),
    auto_trade_enabled: true,
    expires_at: orNull('2026-02-28T12:00:00.000Z'),
    features: FEATURES,
  },
};
