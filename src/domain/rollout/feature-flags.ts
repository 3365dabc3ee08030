/**
 * Feature flags: which parts of the product are on for whom.
 * Keeps: a user stays on the same side while a percentage only rises, because the side is a hash of flag and user; the
 * sides of two flags are independent of each other. Pure.
 */
import { createHash } from 'node:crypto';
import { PLAN_TIERS, type PlanTier } from '../subscription/plans.js';

export interface FlagRule {
  readonly enabled: boolean;
  /** Share of users, 0 to 100, in steps of 0.01; everybody without it. */
  readonly percentage?: number | undefined;
  /** Only these plans, as they count now; all without it. */
  readonly tiers?: readonly PlanTier[] | undefined;
  /** These users in any case, unless the flag is off. */
  readonly users?: readonly number[] | undefined;
}

export type Flag = boolean | FlagRule;

/** Who asks; undefined for somebody who is not signed in. */
export interface FlagSubject {
  readonly userId: number;
  readonly tier: PlanTier;
}

export const FLAG_TIERS = PLAN_TIERS;

const BUCKETS = 10_000;

/** The place of a user between 0 and 9999 in the order in which a flag reaches users. */
export function bucketOf(flag: string, userId: number): number {
  const digest = createHash('sha256').update(`${flag}:${userId}`).digest();
  return Number(digest.readBigUInt64BE(0) % BigInt(BUCKETS));
}

/** Whether `flag` is on. To strangers only what is on for everybody is on. */
export function isOn(name: string, flag: Flag, subject: FlagSubject | undefined): boolean {
  if (typeof flag === 'boolean') return flag;
  if (!flag.enabled) return false;
  if (subject !== undefined && flag.users?.includes(subject.userId) === true) return true;
  const isNarrow = flag.percentage !== undefined || flag.tiers !== undefined;
  // A list of users and nothing else means nobody but them.
  if (!isNarrow) return flag.users === undefined;
  if (flag.tiers !== undefined && (subject === undefined || !flag.tiers.includes(subject.tier))) return false;
  if (flag.percentage === undefined || flag.percentage >= 100) return true;
  return subject !== undefined && bucketOf(name, subject.userId) < Math.round(flag.percentage * 100);
}

/** All flags as the app reads them. */
export function flagsFor(
  flags: Readonly<Record<string, Flag>>,
  subject: FlagSubject | undefined,
): Record<string, boolean> {
  return Object.fromEntries(Object.entries(flags).map(([name, flag]) => [name, isOn(name, flag, subject)]));
}
