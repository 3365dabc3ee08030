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
  const today = windowOf(dayOf(now), at);
  return today.to <= now ? today : earlier(today, at);
}

/** The window that `now` lies in. */
export function current(now: Date, at: string): ReportWindow {
  return later(lastEnded(now, at), at);
}

/** Every window from the one that `since` lies in to the newest that has ended at `now`, at most the `limit` newest. */
export function endedSince(since: Date, now: Date, at: string, limit: number): ReportWindow[] {
  const windows: ReportWindow[] = [];
  for (let window = lastEnded(now, at); window.to > since && windows.length < limit; window = earlier(window, at)) {
    windows.unshift(window);
  }
  return windows;
}

function earlier(window: ReportWindow, at: string): ReportWindow {
  return windowOf(dayOf(new Date(window.to.getTime() - DAY_MS)), at);
}

function later(window: ReportWindow, at: string): ReportWindow {
  return windowOf(dayOf(new Date(window.to.getTime() + DAY_MS)), at);
}

function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}
