/**
 * The decision for one follower on one signal: a plan with exact quantities, or a refusal with its reason.
 * Keeps: pure; quantity = margin per trade × leverage ÷ entry price, floored to the lot step; margin and fee are those of
 * the price that it fills at; a plan never exceeds the follower's caps, balance or own capital. Refusals are tested in
 * the order of `REFUSALS`.
 */
import type { InstrumentRules } from '../instrument/instrument.js';
import type { EntryType, Side } from '../instrument/side.js';
import { Decimal, type DecimalText } from '../money/decimal.js';
import { MONEY_SCALE, percentOf } from '../money/money.js';
import { lotsToQty, splitEvenly } from './ladder.js';

export const REFUSALS = [
  'SIGNAL_REFUSED',
  'NOT_VERIFIED',
  'TIER_NOT_ALLOWED',
  'ACCOUNT_INACTIVE',
  'SOURCE_MUTED',
  'SYMBOL_NOT_ALLOWED',
  'MAX_CONCURRENT_TRADES',
  'BELOW_MIN_QTY',
  'BELOW_MIN_NOTIONAL',
  'CAPITAL_EXHAUSTED',
  'INSUFFICIENT_BALANCE',
  'INTERNAL_ERROR',
] as const;
export type RefusalReason = (typeof REFUSALS)[number];

/** What all followers of a signal share; made once per signal. */
export interface SignalPlan {
  readonly signalId: number;
  readonly symbol: string;
  readonly side: Side;
  readonly entryType: EntryType;
  /** Market price of market entries, limit price of limit entries. */
  readonly entryPrice: Decimal;
  /** What a market entry of this quantity really fills at; without it the entry price. */
  readonly filledAt?: (qty: Decimal) => Decimal;
  readonly stopLoss: Decimal;
  readonly targets: readonly Decimal[];
  readonly isSpot: boolean;
  /** Set when the signal cannot be traded at all: everybody is refused for it. */
  readonly refusal: string | null;
  readonly rules: InstrumentRules;
  readonly limits: PlatformLimits;
}

export interface PlatformLimits {
  readonly maxLeverage: number;
  readonly maxConcurrentTrades: number;
  readonly allowedTiers: readonly string[];
  /** Of the entry: taker for market, maker for limit orders. */
  readonly entryFeePercent: Decimal;
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
}

export interface EntryPlan {
  readonly verdict: 'OPENED';
  readonly qty: Decimal;
  readonly leverage: number;
  /** What it fills at: the market's with its costs, or the limit. */
  readonly entryPrice: Decimal;
  /** USDT reserved, rounded up to 8 places. */
  readonly margin: Decimal;
  /** USDT charged at the entry; 0 until a limit entry fills. */
  readonly entryFee: Decimal;
  readonly targetQtys: readonly Decimal[];
}

export interface EntryRefusal {
  readonly verdict: 'REFUSED';
  readonly reason: RefusalReason;
  readonly detail: Readonly<Record<string, string | number>>;
}

/** Different sizes that a planner remembers: beyond it every further one is computed for itself. */
const MAX_REMEMBERED = 20_000;

interface Sized {
  readonly plan: EntryPlan;
  readonly fee: Decimal;
}

/**
 * Makes the planner of one signal. What all followers share is computed once; followers with the same margin and leverage
 * get the same plan object.
 */
export function entryPlanner(plan: SignalPlan): (follower: Follower) => EntryPlan | EntryRefusal {
  const size = sizer(plan);
  const known = new Map<string, Sized | EntryRefusal>();
  const leverageCap = plan.isSpot ? 1 : Math.min(plan.limits.maxLeverage, plan.rules.maxLeverage);
  return (follower) => {
    const refused = refusalAsFollower(plan, follower) ?? refusalOfCap(plan, follower);
    if (refused !== undefined) return refused;
    const leverage = Math.max(1, Math.min(follower.leverage, leverageCap));
    const key = `${leverage} ${follower.perTradeUsdt}`;
    const sized = known.get(key) ?? size(follower.perTradeUsdt, leverage);
    if (known.size < MAX_REMEMBERED) known.set(key, sized);
    if ('verdict' in sized) return sized;
    return refusalOfFunds(follower, sized.plan.margin, sized.fee) ?? sized.plan;
  };
}

/** Quantity, margin and rungs for a margin per trade and a leverage. */
function sizer(plan: SignalPlan): (perTradeUsdt: DecimalText, leverage: number) => Sized | EntryRefusal {
  const lotStep = Decimal.of(plan.rules.lotStep);
  const lotValue = plan.entryPrice.times(lotStep);
  const minQty = Decimal.of(plan.rules.minQty);
  const minNotional = Decimal.of(plan.rules.minNotional);
  return (perTradeUsdt, leverage) => {
    const exposure = Decimal.of(perTradeUsdt).times(Decimal.ofInteger(leverage));
    const lots = exposure.wholeTimes(lotValue);
    const qty = lotsToQty(lots, lotStep);
    if (qty.isZero || qty.lt(minQty)) {
      return refuse('BELOW_MIN_QTY', { qty: qty.toString(), min_qty: plan.rules.minQty });
    }
    const notional = qty.times(plan.entryPrice);
    if (notional.lt(minNotional)) {
      return refuse('BELOW_MIN_NOTIONAL', { notional: notional.toString(), min_notional: plan.rules.minNotional });
    }
    const isMarket = plan.entryType === 'MARKET';
    const entryPrice = isMarket ? (plan.filledAt?.(qty) ?? plan.entryPrice) : plan.entryPrice;
    const paid = qty.times(entryPrice);
    const margin = marginOf(paid, leverage);
    const fee = percentOf(paid, plan.limits.entryFeePercent);
    const entryFee = isMarket ? fee : Decimal.ZERO;
    const targetQtys = splitEvenly(lots, plan.targets.length).map((rung) => lotsToQty(rung, lotStep));
    return { plan: { verdict: 'OPENED', qty, leverage, entryPrice, margin, entryFee, targetQtys }, fee };
  };
}

/** Margin of a notional at a leverage, in USDT, rounded up. */
export function marginOf(notional: Decimal, leverage: number): Decimal {
  return notional.dividedBy(Decimal.ofInteger(leverage), MONEY_SCALE, 'ceil');
}

export function refuse(reason: RefusalReason, detail: EntryRefusal['detail'] = {}): EntryRefusal {
  return { verdict: 'REFUSED', reason, detail };
}

/**
 * Why this follower has nothing to do with the signal at all, whatever they hold: nothing of theirs may be touched for it.
 * Undefined when it is meant for them.
 */
export function refusalAsFollower(plan: SignalPlan, follower: Follower): EntryRefusal | undefined {
  const { limits } = plan;
  if (plan.refusal !== null) return refuse('SIGNAL_REFUSED', { cause: plan.refusal });
  if (limits.requireVerified && !follower.isVerified) return refuse('NOT_VERIFIED');
  if (!limits.allowedTiers.includes(follower.tier)) return refuse('TIER_NOT_ALLOWED', { tier: follower.tier });
  if (!follower.accountActive) return refuse('ACCOUNT_INACTIVE');
  if (!follower.sourceEnabled) return refuse('SOURCE_MUTED');
  if (!symbolAllowed(plan.symbol, follower)) return refuse('SYMBOL_NOT_ALLOWED', { symbol: plan.symbol });
  return undefined;
}

function refusalOfCap(plan: SignalPlan, follower: Follower): EntryRefusal | undefined {
  const cap = Math.min(follower.maxConcurrentTrades, plan.limits.maxConcurrentTrades);
  if (follower.openPositions >= cap) {
    return refuse('MAX_CONCURRENT_TRADES', { open: follower.openPositions, max_concurrent_trades: cap });
  }
  return undefined;
}

function symbolAllowed(symbol: string, follower: Follower): boolean {
  if (follower.symbolBlacklist.includes(symbol)) return false;
  return follower.symbolWhitelist.length === 0 || follower.symbolWhitelist.includes(symbol);
}

function refusalOfFunds(follower: Follower, margin: Decimal, fee: Decimal): EntryRefusal | undefined {
  const used = Decimal.of(follower.marginUsed);
  const capital = Decimal.of(follower.capitalUsdt);
  if (capital.isPositive && used.plus(margin).gt(capital)) {
    return refuse('CAPITAL_EXHAUSTED', {
      capital_usdt: capital.toString(),
      margin_used: used.toString(),
      margin: margin.toString(),
    });
  }
  const available = Decimal.of(follower.balance).minus(used);
  const needed = margin.plus(fee);
  if (available.lt(needed)) {
    return refuse('INSUFFICIENT_BALANCE', { available: available.toString(), needed: needed.toString() });
  }
  return undefined;
}
