/**
 * What the unused rest of a paid period is worth, and how periods follow each other.
 * Keeps: the rest is rounded down and never above what was paid; a renewal begins where the period before ends, grace
 * included, so waiting gains nothing.
 */
import { type Micro, share } from '../payment/micro-usdt.js';

export interface PaidPeriod {
  readonly startsAt: Date;
  readonly endsAt: Date;
  /** What was paid for the whole of it. */
  readonly paid: Micro;
}

export const DAY_MS = 86_400_000;

/** The worth of what is left of a period at `now`; linear in time. */
export function unusedWorth({ startsAt, endsAt, paid }: PaidPeriod, now: Date): Micro {
  const whole = endsAt.getTime() - startsAt.getTime();
  const left = Math.min(whole, endsAt.getTime() - now.getTime());
  return whole <= 0 || left <= 0 ? 0n : share(paid, BigInt(left), BigInt(whole));
}

export interface Renewal {
  readonly startsAt: Date;
  readonly endsAt: Date;
}

/** `lastEnd`: the end of the newest period of the same plan; `graceDays` after it, a renewal still begins there. */
export function nextPeriod(lastEnd: Date | undefined, days: number, graceDays: number, now: Date): Renewal {
  const isContinued = lastEnd !== undefined && lastEnd.getTime() + graceDays * DAY_MS > now.getTime();
  const startsAt = isContinued ? lastEnd : now;
  return { startsAt, endsAt: new Date(startsAt.getTime() + days * DAY_MS) };
}
