/**
 * When a user does not want to be disturbed, and when the next digest is due; both by the clock on the user's wall.
 * Keeps: `from` is quiet, `until` is not; hours may run past midnight; equal ends are no quiet hours; a clock that is
 * moved in between changes neither wall time.
 */
import { localLater, WEEK_MINUTES, weekMinute } from '../risk/trading-hours.js';

const DAY = 1_440;
const MONDAY = 0;

/** Minutes of the local day, 0 to 1439. */
export interface QuietHours {
  readonly from: number;
  readonly until: number;
}

export const DIGEST_PERIODS = ['off', 'daily', 'weekly'] as const;
export type DigestPeriod = (typeof DIGEST_PERIODS)[number];

/** The end of the quiet hours that `now` is in; undefined outside of them. */
export function quietUntil(now: Date, hours: QuietHours | null, zone: string): Date | undefined {
  if (hours === null) return undefined;
  const minute = weekMinute(now, zone) % DAY;
  const length = (hours.until - hours.from + DAY) % DAY;
  const passed = (minute - hours.from + DAY) % DAY;
  return passed < length ? localLater(now, length - passed, zone) : undefined;
}

/** When the next digest is due after `now`, at `minute` of the local day; weekly ones on Mondays. */
export function nextDigest(now: Date, period: DigestPeriod, minute: number, zone: string): Date | null {
  if (period === 'off') return null;
  const present = weekMinute(now, zone);
  const [length, target] = period === 'daily' ? [DAY, minute] : [WEEK_MINUTES, MONDAY + minute];
  const wait = (target - present + 2 * WEEK_MINUTES) % length;
  return localLater(now, wait === 0 ? length : wait, zone);
}

const TIME = /^([01]\d|2[0-3]):([0-5]\d)$/;

/** Minutes of `HH:MM`; undefined for anything else. */
export function minutesOfDay(text: string): number | undefined {
  const match = TIME.exec(text);
  return match === null ? undefined : Number(match[1]) * 60 + Number(match[2]);
}

export function timeOfDay(minutes: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
