/**
 * The plans people pay for, and which of them counts at a moment. What each costs and includes is data (the newest
 * version in `subscription_plans`); `PLANS` is what a new installation starts with.
 * Keeps: after its expiry every plan counts as TRIAL for whoever shows it, and as FREE for whatever a plan includes.
 * Whether a plan may auto-trade on paper is a setting (AUTO_TRADE_TIERS_PAPER), not a property of the plan.
 */

export const TIERS = ['TRIAL', 'VIP', 'PREMIUM'] as const;
export type Tier = (typeof TIERS)[number];

/** FREE is what remains after the end of any plan; nobody is shown it as the name of a plan. */
export const PLAN_TIERS = ['FREE', ...TIERS] as const;
export type PlanTier = (typeof PLAN_TIERS)[number];

export interface Plan<Name extends PlanTier = PlanTier> {
  readonly tier: Name;
  /** USDT, decimal text. */
  readonly priceUsdt: string;
  /** How long it lasts, unless the platform says otherwise. */
  readonly days: number;
  /** Signals in the app, and pushed to it. */
  readonly signals: boolean;
  readonly tradeNotifications: boolean;
  readonly autoTrading: boolean;
  readonly advancedAnalytics: boolean;
  /** Exchange accounts that may be connected at once. */
  readonly exchangeAccounts: number;
  /** Positions that may be live at once; null where only the user's and the platform's limits count. */
  readonly concurrentTrades: number | null;
}

const NOTHING = {
  priceUsdt: '0',
  days: 1,
  signals: false,
  tradeNotifications: false,
  autoTrading: false,
  advancedAnalytics: false,
  exchangeAccounts: 5,
  concurrentTrades: null,
};

export const PLANS: { readonly [Name in PlanTier]: Plan<Name> } = {
  FREE: { tier: 'FREE', ...NOTHING },
  TRIAL: { tier: 'TRIAL', ...NOTHING, days: 4 },
  VIP: { ...NOTHING, tier: 'VIP', priceUsdt: '50', days: 30, signals: true, autoTrading: true },
  PREMIUM: {
    tier: 'PREMIUM',
    priceUsdt: '120',
    days: 30,
    signals: true,
    tradeNotifications: true,
    autoTrading: true,
    advancedAnalytics: true,
    exchangeAccounts: 5,
    concurrentTrades: null,
  },
};

/** What a plan may include that routes and trading ask for. */
export const PLAN_FEATURES = {
  signals: 'signals',
  trade_notifications: 'tradeNotifications',
  auto_trading: 'autoTrading',
  advanced_analytics: 'advancedAnalytics',
} as const satisfies Readonly<Record<string, keyof Plan>>;
export type PlanFeature = keyof typeof PLAN_FEATURES;

/** What somebody has paid for; null where it does not expire. */
export interface Subscription {
  readonly tier: Tier;
  readonly expiresAt: Date | null;
}

/** The tier that is shown at `now`. A plan without expiry lasts for good. */
export function effectiveTier(tier: Tier, expiresAt: Date | null, now: Date): Tier {
  return expiresAt !== null && expiresAt <= now ? 'TRIAL' : tier;
}

/** The tier whose inclusions count at `now`. */
export function planTier(tier: Tier, expiresAt: Date | null, now: Date): PlanTier {
  return expiresAt !== null && expiresAt <= now ? 'FREE' : tier;
}
