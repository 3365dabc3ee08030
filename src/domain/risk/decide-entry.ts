/**
 * The decision for one follower on one signal: a plan with exact quantities, or a refusal with its reason, and the facts
 * that it rested on. Keeps: pure; a plan exists exactly where every gate admits; followers of one size share their plan.
 */
import type { EntryPlan, Follower, SignalPlan, SizedEntry } from '../sizing/plan-entry.js';
import { entrySizer } from '../sizing/plan-entry.js';
import { ADDRESS_GATES } from './address-gates.js';
import { encodeFacts, followerFactsOf, type GateCase, sharedFactsOf } from './facts.js';
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

/** Makes the planner of one signal at one moment. What all followers share is computed once. */
export function entryPlanner(plan: SignalPlan, at: Date): EntryPlanner {
  const shared = sharedFactsOf(plan);
  const size = entrySizer(plan);
  const known = new Map<string, SizedEntry>();
  const sizeOf = ({ perTradeUsdt, leverage }: Follower): SizedEntry => {
    const key = `${leverage} ${perTradeUsdt}`;
    const sized = known.get(key) ?? size(perTradeUsdt, leverage);
    if (known.size < MAX_REMEMBERED) known.set(key, sized);
    return sized;
  };
  const caseOf = (follower: Follower, sized: SizedEntry): GateCase => ({
    shared,
    follower: followerFactsOf(plan.symbol, follower, sized.size),
    at,
  });
  return {
    decide: (follower) => {
      const sized = sizeOf(follower);
      const c = caseOf(follower, sized);
      const refused = firstRefusal(GATES, c);
      return {
        outcome: refused === undefined ? sized.plan : { verdict: 'REFUSED', ...refused },
        facts: encodeFacts(c.follower),
      };
    },
    refusalAsFollower: (follower) => {
      const refused = firstRefusal(ADDRESS_GATES, caseOf(follower, sizeOf(follower)));
      return refused === undefined ? undefined : { verdict: 'REFUSED', ...refused };
    },
  };
}
