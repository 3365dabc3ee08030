/**
 * What the decision for one follower on one signal is about: the signal as planned for followers like them, the follower,
 * and the plan that comes of it. The decision itself is made in `domain/risk`.
 */
import type { InstrumentRules } from '../instrument/instrument.js';
import type { Side } from '../instrument/side.js';
import type { MarginBracket } from '../margin/liquidation.js';
import type { Decimal, DecimalText } from '../money/decimal.js';
import type { Layout } from '../plan/lay-out.js';
import type { OppositeFacts } from '../risk/opposite-facts.js';
import type { RiskLimits } from '../risk/limits.js';
import type { RiskState } from '../risk/risk-state.js';
import type { TradingSwitch } from '../risk/trading-switch.js';
import type { FilledAt, SizedEntry } from './size-entry.js';

/** What followers of a signal share who follow it by the same plan. */
export interface SignalPlan {
  readonly signalId: number;
  readonly sourceId: number;
  readonly symbol: string;
  readonly side: Side;
  /** 0 to 100. */
  readonly confidence: number;
  /** Null where the signal cannot be traded by this plan: `refusal` says why. */
  readonly layout: Layout | null;
  /** What a market entry of a quantity fills at; absent where it fills at its own price. */
  readonly filledAt?: FilledAt | undefined;
  /** The venue's margin brackets; absent where they bound nothing. */
  readonly brackets?: readonly MarginBracket[] | undefined;
  readonly isSpot: boolean;
  /** Whether what is opened has cross margin; never for spot. */
  readonly isCross: boolean;
  /** Set when the signal cannot be traded at all: everybody is refused for it. */
  readonly refusal: string | null;
  /** Thrown against everybody: the platform's, the source's and the symbol's. */
  readonly switches: readonly TradingSwitch[];
  readonly rules: InstrumentRules;
  readonly limits: PlatformLimits;
}

export interface PlatformLimits {
  readonly maxLeverage: number;
  readonly maxConcurrentTrades: number;
  /** How many positions at once each plan includes; a plan that is not named has no limit of its own. */
  readonly tradesOfTier: Readonly<Record<string, number>>;
  readonly allowedTiers: readonly string[];
  /** Of the entries: taker for market and breakout, maker for limit orders. */
  readonly entryFeePercent: Decimal;
  readonly takerFeePercent: Decimal;
  readonly requireVerified: boolean;
}

export interface Follower {
  readonly userId: number;
  readonly accountId: number;
  readonly accountActive: boolean;
  readonly isVerified: boolean;
  readonly tier: string;
  readonly sourceEnabled: boolean;
  /** USDT of margin for this trade. */
  readonly perTradeUsdt: DecimalText;
  readonly leverage: number;
  readonly maxConcurrentTrades: number;
  /** USDT that all positions may use together; 0 means no own limit. */
  readonly capitalUsdt: DecimalText;
  readonly symbolWhitelist: readonly string[];
  readonly symbolBlacklist: readonly string[];
  /** Names the settings of plans: followers with the same key follow by the same plan. */
  readonly planKey: string;
  readonly balance: DecimalText;
  readonly marginUsed: DecimalText;
  readonly openPositions: number;
  /** The limits that the follower has set; null when none. */
  readonly risk: Partial<RiskLimits> | null;
  /** What those limits are compared with; asked for those who have limits only. */
  readonly riskState?: RiskState | null;
  /** Held on the other side of the symbol; absent where nothing is or was. */
  readonly opposite?: OppositeFacts;
  /** Thrown against this user or account. */
  readonly switches?: readonly TradingSwitch[];
}

export interface EntryPlan extends SizedEntry {
  readonly verdict: 'OPENED';
}
