/**
 * What a backtest trades with: the venue's terms, the account's settings, and the plans that its owner and the platform add.
 * Keeps: the same types as live trading; nothing here has a default, whoever starts a run says everything.
 */
import type { InstrumentRules } from '../instrument/instrument.js';
import type { DecimalText } from '../money/decimal.js';
import type { PlanSpec } from '../plan/parse-plan.js';
import type { UserPlan } from '../plan/user-plan.js';
import type { PositionMode } from '../position/opposite.js';
import type { FeeRates } from '../position/position.js';

export interface BacktestVenue {
  readonly fees: FeeRates;
  /** What longs pay for 8 hours, in percent of the notional; negative when shorts pay. Absent: no funding. */
  readonly fundingRatePercent?: ((symbol: string) => DecimalText) | undefined;
  /** Steps and minimums of an instrument; `near` is the first price of the run. */
  rules(symbol: string, near: DecimalText): InstrumentRules;
}

export interface BacktestAccount {
  /** USDT. */
  readonly balance: DecimalText;
  /** USDT of margin for each trade. */
  readonly perTradeUsdt: DecimalText;
  readonly leverage: number;
  readonly maxConcurrentTrades: number;
  /** USDT that all positions may use together; 0 means no own limit. */
  readonly capitalUsdt: DecimalText;
  readonly positionMode: PositionMode;
  readonly allowsReversal: boolean;
}

export interface BacktestPlans {
  readonly user: UserPlan;
  readonly source: PlanSpec;
  readonly platform: PlanSpec;
}

export interface PlatformTerms {
  readonly maxLeverage: number;
  readonly maxConcurrentTrades: number;
  /** How much worse than its entry an entry at market may be, in percent. */
  readonly tolerancePercent: DecimalText;
}

export interface BacktestTerms {
  readonly venue: BacktestVenue;
  readonly account: BacktestAccount;
  readonly plans: BacktestPlans;
  readonly platform: PlatformTerms;
}
