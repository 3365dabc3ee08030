/**
 * The size of an entry: quantity, margin, fees and rungs for a margin per trade and a leverage.
 * Keeps: pure; quantity = margin per trade × leverage ÷ entry price, floored to the lot step; the rungs sum to the quantity.
 * Whether a follower may have that entry is asked of the gates in `domain/risk`.
 */
import type { InstrumentRules } from '../instrument/instrument.js';
import type { EntryType, Side } from '../instrument/side.js';
import { Decimal, type DecimalText } from '../money/decimal.js';
import { MONEY_SCALE, percentOf } from '../money/money.js';
import type { RiskLimits } from '../risk/limits.js';
import type { RiskState } from '../risk/risk-state.js';
import type { TradingSwitch } from '../risk/trading-switch.js';
import { lotsToQty, splitEvenly } from './ladder.js';

/** What all followers of a signal share; made once per signal. */
export interface SignalPlan {
  readonly signalId: number;
  readonly sourceId: number;
  readonly symbol: string;
  readonly side: Side;
  /** 0 to 100. */
  readonly confidence: number;
  readonly entryType: EntryType;
  /** Market price of market entries, limit price of limit entries. */
  readonly entryPrice: Decimal;
  readonly stopLoss: Decimal;
  readonly targets: readonly Decimal[];
  readonly isSpot: boolean;
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
  readonly allowedTiers: readonly string[];
  /** Of the entry: taker for market, maker for limit orders. */
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
  readonly balance: DecimalText;
  readonly marginUsed: DecimalText;
  readonly openPositions: number;
  /** The limits that the follower has set; null when none. */
  readonly risk: Partial<RiskLimits> | null;
  /** What those limits are compared with; asked for those who have limits only. */
  readonly riskState?: RiskState | null;
  /** Thrown against this user or account. */
  readonly switches?: readonly TradingSwitch[];
}

export interface EntryPlan {
  readonly verdict: 'OPENED';
  readonly qty: Decimal;
  readonly leverage: number;
  /** USDT reserved, rounded up to 8 places. */
  readonly margin: Decimal;
  /** USDT charged at the entry; 0 until a limit entry fills. */
  readonly entryFee: Decimal;
  readonly targetQtys: readonly Decimal[];
}

/** The figures of an entry that the gates look at, in USDT but for the quantity and the leverage. */
export interface EntrySize {
  /** The follower's, capped by platform and instrument; 1 for spot. */
  readonly leverage: number;
  readonly qty: Decimal;
  readonly notional: Decimal;
  readonly margin: Decimal;
  /** Charged when the entry fills. */
  readonly fee: Decimal;
  /** Lost when the stop is hit right after the entry, with the fees of both. */
  readonly lossAtStop: Decimal;
}

export interface SizedEntry {
  readonly plan: EntryPlan;
  readonly size: EntrySize;
}

/** Sizes entries of one signal; the leverage is the one that the follower asks for. */
export function entrySizer(plan: SignalPlan): (perTradeUsdt: DecimalText, leverage: number) => SizedEntry {
  const lotStep = Decimal.of(plan.rules.lotStep);
  const lotValue = plan.entryPrice.times(lotStep);
  const leverageCap = plan.isSpot ? 1 : Math.min(plan.limits.maxLeverage, plan.rules.maxLeverage);
  return (perTradeUsdt, wanted) => {
    const leverage = Math.max(1, Math.min(wanted, leverageCap));
    const exposure = Decimal.of(perTradeUsdt).times(Decimal.ofInteger(leverage));
    const lots = exposure.wholeTimes(lotValue);
    const qty = lotsToQty(lots, lotStep);
    const notional = qty.times(plan.entryPrice);
    const margin = marginOf(notional, leverage);
    const fee = percentOf(notional, plan.limits.entryFeePercent);
    const entryFee = plan.entryType === 'MARKET' ? fee : Decimal.ZERO;
    const targetQtys = splitEvenly(lots, plan.targets.length).map((rung) => lotsToQty(rung, lotStep));
    const lossAtStop = stopLossOf(plan, qty).plus(fee);
    return {
      plan: { verdict: 'OPENED', qty, leverage, margin, entryFee, targetQtys },
      size: { leverage, qty, notional, margin, fee, lossAtStop },
    };
  };
}

/** What a quantity loses between entry and stop, with the taker fee of the stop; a stop beyond the entry loses nothing. */
function stopLossOf(plan: SignalPlan, qty: Decimal): Decimal {
  const distance = plan.side === 'LONG' ? plan.entryPrice.minus(plan.stopLoss) : plan.stopLoss.minus(plan.entryPrice);
  const loss = Decimal.max(distance, Decimal.ZERO).times(qty);
  return loss.plus(percentOf(qty.times(plan.stopLoss), plan.limits.takerFeePercent));
}

/** Margin of a notional at a leverage, in USDT, rounded up. */
export function marginOf(notional: Decimal, leverage: number): Decimal {
  return notional.dividedBy(Decimal.ofInteger(leverage), MONEY_SCALE, 'ceil');
}
