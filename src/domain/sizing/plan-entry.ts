/**
 * The decision for one follower on one signal: a plan with exact quantities, or a refusal with its reason.
 * Keeps: pure; a plan never exceeds the follower's caps, balance or own capital, also when every order of it fills.
 * Refusals are tested in the order of `REFUSALS`.
 */
import type { InstrumentRules } from '../instrument/instrument.js';
import type { Side } from '../instrument/side.js';
import { Decimal, type DecimalText } from '../money/decimal.js';
import type { Layout } from '../plan/lay-out.js';
import type { SafetyRefusal } from '../safety/switches.js';
import { entrySizer, type SizedEntry } from './size-entry.js';

export const REFUSALS = [
  'SIGNAL_REFUSED',
  'NOT_VERIFIED',
  'TIER_NOT_ALLOWED',
  'ACCOUNT_INACTIVE',
  'SOURCE_MUTED',
  'SYMBOL_NOT_ALLOWED',
  'KILL_SWITCH',
  'CIRCUIT_BREAKER',
  'TRADING_PAUSED',
  'MAX_CONCURRENT_TRADES',
  'BELOW_MIN_QTY',
  'BELOW_MIN_NOTIONAL',
  'CAPITAL_EXHAUSTED',
  'INSUFFICIENT_BALANCE',
  'INTERNAL_ERROR',
] as const;
export type RefusalReason = (typeof REFUSALS)[number];

/** What followers of a signal share who follow it by the same plan. */
export interface SignalPlan {
  readonly signalId: number;
  readonly symbol: string;
  readonly side: Side;
  /** Null where the signal cannot be traded by this plan: `refusal` says why. */
  readonly layout: Layout | null;
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
  /** Of the entries: taker for market and breakout, maker for limit orders. */
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
  /** Names the settings of plans: followers with the same key follow by the same plan. */
  readonly planKey: string;
  readonly balance: DecimalText;
  readonly marginUsed: DecimalText;
  readonly openPositions: number;
  /** What stops new entries of this follower at the moment, the first being what they are told. */
  readonly switches?: readonly SafetyRefusal[];
}

export interface EntryPlan extends SizedEntry {
  readonly verdict: 'OPENED';
}

export interface EntryRefusal {
  readonly verdict: 'REFUSED';
  readonly reason: RefusalReason;
  readonly detail: Readonly<Record<string, string | number>>;
}

/** Different sizes that a planner remembers: beyond it every further one is computed for itself. */
const MAX_REMEMBERED = 20_000;

/**
 * Makes the planner of one signal. What all followers share is computed once; followers with the same margin and leverage
 * get the same plan object.
 */
export function entryPlanner(plan: SignalPlan): (follower: Follower) => EntryPlan | EntryRefusal {
  const size = sizer(plan);
  const known = new Map<string, EntryPlan | EntryRefusal>();
  const leverageCap = plan.isSpot
    ? 1
    : Math.min(plan.limits.maxLeverage, plan.rules.maxLeverage, plan.layout?.leverage ?? Infinity);
  return (follower) => {
    const refused = refusalAsFollower(plan, follower) ?? refusalOfSafety(follower) ?? refusalOfCap(plan, follower);
    if (refused !== undefined) return refused;
    const leverage = Math.max(1, Math.min(follower.leverage, leverageCap));
    const key = `${leverage} ${follower.perTradeUsdt}`;
    const sized = known.get(key) ?? size(follower.perTradeUsdt, leverage);
    if (known.size < MAX_REMEMBERED) known.set(key, sized);
    if (sized.verdict === 'REFUSED') return sized;
    return refusalOfFunds(follower, sized.margin, sized.fee) ?? sized;
  };
}

function sizer(plan: SignalPlan): (perTradeUsdt: DecimalText, leverage: number) => EntryPlan | EntryRefusal {
  if (plan.layout === null) return () => refuse('SIGNAL_REFUSED', { cause: plan.refusal ?? 'NO_PLAN' });
  const size = entrySizer(plan.layout, plan.rules, plan.limits.entryFeePercent);
  return (perTradeUsdt, leverage) => {
    const sized = size(perTradeUsdt, leverage);
    return 'tooSmall' in sized ? refuse(sized.tooSmall, sized.detail) : { verdict: 'OPENED', ...sized };
  };
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

/** A stop of entries leaves the exits alone: a reversal still closes the other side. */
function refusalOfSafety({ switches }: Follower): EntryRefusal | undefined {
  const stopped = switches?.[0];
  return stopped === undefined ? undefined : refuse(stopped.code, stopped.detail);
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
