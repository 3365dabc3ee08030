/**
 * The plans people pay for: what each costs, how long it lasts, and what it includes.
 * Keeps: after its expiry every plan counts as TRIAL. Whether a plan may auto-trade is a setting per trading mode
 * (AUTO_TRADE_TIERS_PAPER and _LIVE), not a property of the plan.
 */

export const TIERS = ['TRIAL', 'VIP', 'PREMIUM'] as const;
export type Tier = (typeof TIERS)[number];

export interface Plan {
  readonly tier: Tier;
  /** USDT, decimal text. */
  readonly priceUsdt: string;
  /** How long it lasts, unless the platform says otherwise. */
  readonly days: number;
  /** Signals in the app, and pushed to it. */
  readonly signals: boolean;
  readonly tradeNotifications: boolean;
  readonly autoTrading: boolean;
  readonly advancedAnalytics: boolean;
}

export const PLANS: Readonly<Record<Tier, Plan>> = {
  TRIAL: {
    tier: 'TRIAL',
    priceUsdt: '0',
    days: 4,
    signals: false,
    tradeNotifications: false,
    autoTrading: false,
    advancedAnalytics: false,
  },
  VIP: {
    tier: 'VIP',
    priceUsdt: '50',
    days: 30,
    signals: true,
    tradeNotifications: false,
    autoTrading: true,
    advancedAnalytics: false,
  },
  PREMIUM: {
    tier: 'PREMIUM',
    priceUsdt: '120',
    days: 30,
    signals: true,
    tradeNotifications: true,
    autoTrading: true,
    advancedAnalytics: true,
  },
};

/** The tier that counts at `now`. A plan without expiry lasts for good. */
export function effectiveTier(tier: Tier, expiresAt: Date | null, now: Date): Tier {
  return expiresAt !== null && expiresAt <= now ? 'TRIAL' : tier;
}
