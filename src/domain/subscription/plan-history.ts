/**
 * The periods of plans that one person bought or was given, and what a purchase, a refund or a plan given by hand does to
 * them. Pure: answers what to write. Periods are all of one person's, in the order of their beginnings.
 * Keeps: what was paid for a period is worth its time once: used, carried into the purchase that ended it, or credited; a
 * refund undoes the newest of a chain first, and what its purchase had ended goes on as if no time had gone by.
 */
import type { Micro } from '../payment/micro-usdt.js';
import type { Tier } from './plans.js';
import { DAY_MS, nextPeriod, type Renewal, unusedWorth } from './pro-rata.js';

export interface Period {
  readonly id: number;
  readonly tier: Tier;
  /** Bought, or given by an administrator: worth nothing and without grace. */
  readonly source: 'PAYMENT' | 'ADMIN';
  readonly startsAt: Date;
  /** The paid end, without grace. */
  readonly endsAt: Date;
  /** Ended before its time. */
  readonly cutAt: Date | null;
  /** For the whole of it: new money, and what it carries of the periods before. */
  readonly paid: Micro;
  /** What of `paid` went elsewhere when it was cut: into `carriedIntoId`, or else to the balance. */
  readonly carried: Micro;
  /** The period whose purchase ended this one. */
  readonly carriedIntoId: number | null;
}

/** A period that ends, with the worth of its rest. */
export interface Rest {
  readonly periodId: number;
  readonly worth: Micro;
}

export interface PlanUntil {
  readonly tier: Tier;
  /** Grace included. */
  readonly until: Date;
}

const runs = (period: Period, now: Date) => period.cutAt === null && period.endsAt > now;

const isBought = ({ source }: Period) => source === 'PAYMENT';

/** Bought plans go on for so long after their end. */
const graceOf = (period: Period, graceDays: number) => (isBought(period) ? graceDays * DAY_MS : 0);

/**
 * What a purchase of `tier` ends, and carries: other plans. Worth is reckoned at `at`, not after `now`: a plan that ran out
 * between the two counts with its rest at `at`.
 */
export function restsOfOthers(periods: readonly Period[], tier: Tier, at: Date, now: Date): Rest[] {
  return periods
    .filter((period) => period.cutAt === null && period.tier !== tier)
    .map((period) => ({ period, worth: isBought(period) ? unusedWorth(period, at) : 0n }))
    .filter(({ period, worth }) => worth > 0n || period.endsAt > now)
    .map(({ period, worth }) => ({ periodId: period.id, worth }));
}

/** What a plan given by hand ends: everything, with the worth of what was bought. */
export function restsOfAll(periods: readonly Period[], now: Date): Rest[] {
  return periods
    .filter((period) => runs(period, now))
    .map((period) => ({ periodId: period.id, worth: isBought(period) ? unusedWorth(period, now) : 0n }));
}

export function worthOf(rests: readonly Rest[]): Micro {
  return rests.reduce((sum, { worth }) => sum + worth, 0n);
}

/** When a plan that is bought `now` begins and ends: behind what there is of the same plan. */
export function renewalOf(
  periods: readonly Period[],
  bought: { readonly tier: Tier; readonly days: number },
  graceDays: number,
  now: Date,
): Renewal {
  const ends = periods
    .filter((period) => period.tier === bought.tier && period.cutAt === null)
    .filter((period) => isBought(period) || period.endsAt > now)
    .map(({ endsAt }) => endsAt.getTime());
  return nextPeriod(ends.length === 0 ? undefined : new Date(Math.max(...ends)), bought.days, graceDays, now);
}

export interface Undoing {
  /** What goes back of the sale; below zero where the purchase had credited more than it cost. */
  readonly back: Micro;
  /** Whether the period ends now. */
  readonly isCut: boolean;
  /** Periods that the purchase had ended and that count again. */
  readonly restored: readonly number[];
  /** By how many milliseconds periods begin and end later (below zero: earlier): those restored, and renewals behind. */
  readonly moves: readonly { readonly periodId: number; readonly byMs: number }[];
}

export type Refund =
  | { readonly ok: true; readonly undoing: Undoing }
  /** What was left of it went, over whatever periods, into this last one: undo that one first. */
  | { readonly ok: false; readonly problem: 'carried_into'; readonly periodId: number }
  /** What the purchase ended cannot count again beside this later period. */
  | { readonly ok: false; readonly problem: 'behind'; readonly periodId: number }
  /** Its rest, or what became of that, was credited when a plan was given by hand, and nothing of it was used. */
  | { readonly ok: false; readonly problem: 'credited' };

/** What a refund of a bought period does; `net`: the price of its purchase, less what it carried. */
export function refundOf(periods: readonly Period[], periodId: number, net: Micro, now: Date): Refund {
  const period = periods.find(({ id }) => id === periodId);
  if (period === undefined) throw new Error(`there is no period ${periodId}`);
  const end = endOfChain(periods, period);
  if (end.cutAt !== null) {
    const back = net - period.carried;
    if (back <= 0n) return { ok: false, problem: 'credited' };
    return { ok: true, undoing: { back, isCut: false, restored: [], moves: [] } };
  }
  if (end !== period) return { ok: false, problem: 'carried_into', periodId: end.id };
  const restored = periods.filter(({ carriedIntoId }) => carriedIntoId === periodId);
  const others = periods.filter((other) => other.id !== periodId && runs(other, now));
  const comeBack = restored.filter(hadRest);
  const newest = others.at(-1);
  if (newest !== undefined && comeBack.length > 0) return { ok: false, problem: 'behind', periodId: newest.id };
  const stoodStill = comeBack.map((ended) => ({ periodId: ended.id, byMs: msBetween(ended.cutAt ?? now, now) }));
  const moves = [...stoodStill, ...movedUp(period, others, now)];
  return { ok: true, undoing: { back: net, isCut: true, restored: restored.map(({ id }) => id), moves } };
}

/** The period that holds what is left of this one; it is cut only if a plan was given by hand. */
function endOfChain(periods: readonly Period[], from: Period): Period {
  const next = periods.find(({ id }) => id === from.carriedIntoId);
  return next === undefined ? from : endOfChain(periods, next);
}

const msBetween = (from: Date, to: Date) => to.getTime() - from.getTime();

/** Whether time was left when it was cut. */
const hadRest = ({ endsAt, cutAt }: Period) => cutAt !== null && endsAt > cutAt;

/** Renewals take the place of a period that is gone. */
function movedUp(gone: Period, others: readonly Period[], now: Date): { periodId: number; byMs: number }[] {
  const rest = Math.max(0, msBetween(gone.startsAt > now ? gone.startsAt : now, gone.endsAt));
  const behind = others.filter(({ startsAt }) => rest > 0 && startsAt >= gone.endsAt);
  return behind.map(({ id }) => ({ periodId: id, byMs: -rest }));
}

/** The plan that counts now, grace included; undefined where nothing is left. */
export function planOf(periods: readonly Period[], graceDays: number, now: Date): PlanUntil | undefined {
  const until = (period: Period) => new Date(period.endsAt.getTime() + graceOf(period, graceDays));
  const counting = periods.filter((period) => period.cutAt === null && until(period) > now);
  const running = counting.find((period) => runs(period, now)) ?? counting.at(-1);
  const last = counting.filter(({ tier }) => tier === running?.tier).at(-1);
  return last === undefined ? undefined : { tier: last.tier, until: until(last) };
}
