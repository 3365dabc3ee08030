/**
 * The decision for one follower on one signal: a plan with exact quantities, or a refusal with its reason, and the facts
 * that it rested on. Keeps: pure; a plan exists exactly where every gate admits; followers of one size share their plan.
 */
import type { EntryPlan, Follower, SignalPlan } from '../sizing/plan-entry.js';
import { entrySizer, investmentOf } from '../sizing/size-entry.js';
import { leverageWithin } from '../margin/liquidation.js';
import { Decimal, type DecimalText } from '../money/decimal.js';
import { ADDRESS_GATES } from './address-gates.js';
import { crossSizeOf, type EntrySize, entrySizeOf, noSize, tooSmallSizeOf } from './entry-size.js';
import { encodeFacts, followerFactsOf, type GateCase, leverageCapOf, sharedFactsOf } from './facts.js';
import type { Facts } from './gate.js';
import { firstRefusal, GATES } from './gates.js';
import type { RefusalReason } from './refusals.js';

export interface EntryRefusal {
  readonly verdict: 'REFUSED';
  readonly reason: RefusalReason;
  readonly detail: Facts;
}

export interface EntryDecision {
  readonly outcome: EntryPlan | EntryRefusal;
  /** JSON, as `decisions.facts` keeps it. */
  readonly facts: string;
}

export interface EntryPlanner {
  decide(follower: Follower): EntryDecision;
  /**
   * Why this follower has nothing to do with the signal at all, whatever they hold: nothing of theirs may be touched for
   * it. Undefined when it is meant for them.
   */
  refusalAsFollower(follower: Follower): EntryRefusal | undefined;
}

/** Different sizes that a planner remembers: beyond it every further one is computed for itself. */
const MAX_REMEMBERED = 20_000;

export interface Planned {
  /** Null where no gate that looks at the size admits it. */
  readonly plan: EntryPlan | null;
  readonly size: EntrySize;
}

/** Makes the planner of one signal at one moment. What all followers share is computed once. */
export function entryPlanner(plan: SignalPlan, at: Date): EntryPlanner {
  const shared = sharedFactsOf(plan);
  const leverageCap = leverageCapOf(plan);
  const size = planSizer(plan);
  const known = new Map<string, Planned>();
  const sizeOf = (follower: Follower): Planned => {
    const leverage = Math.max(1, Math.min(follower.leverage, leverageCap));
    const key = `${leverage} ${follower.perTradeUsdt}`;
    const planned = known.get(key) ?? size(follower.perTradeUsdt, leverage);
    if (known.size < MAX_REMEMBERED) known.set(key, planned);
    return plan.isCross ? withWallet(plan, planned, freeOf(follower)) : planned;
  };
  const caseOf = (follower: Follower, planned: Planned): GateCase => ({
    shared,
    follower: followerFactsOf(plan.symbol, follower, planned.size),
    at,
  });
  return {
    decide: (follower) => {
      const planned = sizeOf(follower);
      const c = caseOf(follower, planned);
      const refused = firstRefusal(GATES, c);
      const facts = encodeFacts(c.follower);
      if (refused !== undefined) return { outcome: { verdict: 'REFUSED', ...refused }, facts };
      if (planned.plan === null) throw new Error('every gate admitted an entry without a size');
      return { outcome: planned.plan, facts };
    },
    refusalAsFollower: (follower) => {
      const refused = firstRefusal(ADDRESS_GATES, caseOf(follower, sizeOf(follower)));
      return refused === undefined ? undefined : { verdict: 'REFUSED', ...refused };
    },
  };
}

/** A plan with cross margin, for an account with `free` USDT that are not in use. */
export function withWallet(plan: SignalPlan, planned: Planned, free: Decimal): Planned {
  if (planned.plan === null) return planned;
  return { plan: planned.plan, size: crossSizeOf(plan, planned.plan, planned.size, free) };
}

function freeOf({ balance, marginUsed }: Follower): Decimal {
  return Decimal.of(balance).minus(Decimal.of(marginUsed));
}

/** What `perTradeUsdt` of margin comes to at a leverage of at most `cap`, by the plan. */
export function planSizer(plan: SignalPlan): (perTradeUsdt: DecimalText, cap: number) => Planned {
  const { layout, brackets } = plan;
  if (layout === null) return (_, leverage) => ({ plan: null, size: noSize(leverage) });
  const size = entrySizer(layout, plan.rules, plan.limits.entryFeePercent, plan.filledAt);
  return (perTradeUsdt, cap) => {
    const leverage =
      brackets === undefined || plan.isSpot
        ? cap
        : leverageWithin(cap, investmentOf(layout, Decimal.of(perTradeUsdt)), brackets);
    const sized = size(perTradeUsdt, leverage);
    if ('tooSmall' in sized) return { plan: null, size: tooSmallSizeOf(plan, sized, leverage) };
    return { plan: { verdict: 'OPENED', ...sized }, size: entrySizeOf(plan, sized) };
  };
}
