/**
 * The times of the paper jobs, all UTC: funding at 00:00, 08:00 and 16:00, equity snapshots at full hours.
 */

export const HOUR_MS = 3_600_000;
export const FUNDING_MS = 8 * HOUR_MS;

/** Funding times that are made up for after a standstill; older ones are let go: thirty days. */
const MOST_FUNDING_TIMES = 90;

/** The newest multiple of `stepMs` since the epoch that is not after `time`. */
export function floorTime(time: Date, stepMs: number): Date {
  return new Date(Math.floor(time.getTime() / stepMs) * stepMs);
}

/** Funding times after `last` and up to `now`, oldest first; without a last one only the newest. */
export function fundingTimesDue(last: Date | undefined, now: Date): Date[] {
  const newest = floorTime(now, FUNDING_MS).getTime();
  if (last === undefined) return [new Date(newest)];
  const first = Math.max(last.getTime() + FUNDING_MS, newest - (MOST_FUNDING_TIMES - 1) * FUNDING_MS);
  const count = Math.max(0, Math.floor((newest - first) / FUNDING_MS) + 1);
  return Array.from({ length: count }, (_, index) => new Date(first + index * FUNDING_MS));
}

/** The multiples of `stepMs` from `from` to `to`, both included. */
export function timesBetween(from: Date, to: Date, stepMs: number): Date[] {
  const first = Math.ceil(from.getTime() / stepMs);
  const count = Math.max(0, Math.floor(to.getTime() / stepMs) - first + 1);
  return Array.from({ length: count }, (_, index) => new Date((first + index) * stepMs));
}
