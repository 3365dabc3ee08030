/**
 * The 24 hours a daily report covers: it is named after the day on which they end, at DAILY_REPORT_AT (UTC).
 */

const DAY_MS = 86_400_000;

export interface ReportWindow {
  /** `YYYY-MM-DD` */
  readonly day: string;
  readonly from: Date;
  readonly to: Date;
}

/** The window that ends on `day` at `at` (`HH:MM`, UTC). */
export function windowOf(day: string, at: string): ReportWindow {
  const to = new Date(`${day}T${at}:00.000Z`);
  return { day, from: new Date(to.getTime() - DAY_MS), to };
}

/** The newest window that has ended at `now`. */
export function lastEnded(now: Date, at: string): ReportWindow {
  const today = windowOf(now.toISOString().slice(0, 10), at);
  if (today.to <= now) return today;
  return windowOf(new Date(now.getTime() - DAY_MS).toISOString().slice(0, 10), at);
}

/** The window that `now` lies in. */
export function current(now: Date, at: string): ReportWindow {
  const ended = lastEnded(now, at);
  return windowOf(new Date(ended.to.getTime() + DAY_MS).toISOString().slice(0, 10), at);
}
