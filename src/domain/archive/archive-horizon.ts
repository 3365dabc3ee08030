/**
 * Before which moment trades may be archived.
 * Keeps: never what something still looks back at, whatever was asked for, and nothing that no daily report has counted.
 */

const DAY_MS = 86_400_000;

/**
 * Days for which every ended trade stays where trading reads: funding is made up for over 30 days, daily reports over 31
 * and with what was a week late over 39, streaks lock for a month, cooldowns for a week.
 */
export const LEAST_DAYS_KEPT = 45;

/** `wanted` or less; undefined while no report has been made. `reportedUntil` is the end of the newest daily report. */
export function archiveHorizon(wanted: Date, now: Date, reportedUntil: Date | undefined): Date | undefined {
  if (reportedUntil === undefined) return undefined;
  const kept = now.getTime() - LEAST_DAYS_KEPT * DAY_MS;
  return new Date(Math.min(wanted.getTime(), kept, reportedUntil.getTime()));
}

/** The moment that lies `days` before `now`. */
export function daysBefore(now: Date, days: number): Date {
  return new Date(now.getTime() - days * DAY_MS);
}
