/**
 * The periods of the calendar, UTC: a bar's period by its opening time.
 * Keeps: two bars are in the same period if and only if their numbers are equal. Weeks begin on Monday.
 */
export const PERIODS = ['day', 'week', 'month', 'never'] as const;
export type Period = (typeof PERIODS)[number];

const DAY_MS = 86_400_000;

/** 1970-01-01 was a Thursday: three days after a Monday. */
const DAYS_AFTER_MONDAY = 3;

export function calendarOf(period: Period): (time: number) => number {
  switch (period) {
    case 'day':
      return (time) => Math.floor(time / DAY_MS);
    case 'week':
      return (time) => Math.floor((Math.floor(time / DAY_MS) + DAYS_AFTER_MONDAY) / 7);
    case 'month':
      return (time) => {
        const date = new Date(time);
        return date.getUTCFullYear() * 12 + date.getUTCMonth();
      };
    case 'never':
      return () => 0;
  }
}
