/**
 * When a follower wants positions opened: weekly windows in their own time zone.
 * Keeps: a window belongs to the day on which it starts and may run past midnight; `from` is inside, `to` is not; a window
 * whose ends are equal is the whole day. Minutes of the week are counted from Monday 00:00 local time, 0 to 10,079.
 */
export const WEEKDAYS = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export interface TradingWindow {
  readonly days: readonly Weekday[];
  /** `HH:MM`, 24 hours. */
  readonly from: string;
  readonly to: string;
}

const MINUTE_MS = 60_000;
const DAY = 1_440;
export const WEEK_MINUTES = 7 * DAY;
const MAX_WINDOWS = 21;
const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;

const formatters = new Map<string, Intl.DateTimeFormat>();

/** The minute of the local week at `at` in the zone with this IANA name. Throws a `RangeError` for an unknown zone. */
export function weekMinute(at: Date, zone: string): number {
  const parts = formatter(zone).formatToParts(at);
  const part = (type: string) => parts.find((candidate) => candidate.type === type)?.value ?? '';
  const day = WEEKDAYS.indexOf(part('weekday').toUpperCase() as Weekday);
  return day * DAY + minutesOf(`${part('hour')}:${part('minute')}`);
}

export function isOpen(windows: readonly TradingWindow[], minute: number): boolean {
  return spans(windows).some(([start, length]) => (minute - start + WEEK_MINUTES) % WEEK_MINUTES < length);
}

/** Minutes until the next window starts; 0 while one is open, undefined when there is none. */
export function minutesUntilOpen(windows: readonly TradingWindow[], minute: number): number | undefined {
  if (isOpen(windows, minute)) return 0;
  const waits = spans(windows).map(([start]) => (start - minute + WEEK_MINUTES) % WEEK_MINUTES);
  return waits.length === 0 ? undefined : Math.min(...waits);
}

/** The full minute at which a clock in the zone shows `minutes` more than at `at`, whether it is moved meanwhile or not. */
export function localLater(at: Date, minutes: number, zone: string): Date {
  const from = Math.floor(at.getTime() / MINUTE_MS);
  const to = new Date((from + minutes) * MINUTE_MS);
  const shown = (weekMinute(to, zone) - weekMinute(at, zone) - minutes) % WEEK_MINUTES;
  const moved = ((shown + 1.5 * WEEK_MINUTES) % WEEK_MINUTES) - WEEK_MINUTES / 2;
  return new Date(to.getTime() - moved * MINUTE_MS);
}

/** What is wrong with windows that a person gives; undefined when nothing is. */
export function tradingHoursProblem(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_WINDOWS) {
    return `must be a list of 1 to ${MAX_WINDOWS} windows`;
  }
  for (const window of value as unknown[]) {
    if (typeof window !== 'object' || window === null) return 'must hold windows of days, from and to';
    const { days, from, to, ...rest } = window as Partial<Record<string, unknown>>;
    if (Object.keys(rest).length > 0) return 'must hold windows of days, from and to, and nothing else';
    if (!Array.isArray(days) || days.length === 0 || days.some((day) => !WEEKDAYS.includes(day as Weekday))) {
      return `must name days of ${WEEKDAYS.join(', ')}`;
    }
    if (new Set(days).size !== days.length) return 'must name each day of a window once';
    if (![from, to].every((time) => typeof time === 'string' && TIME.test(time)))
      return 'must give times such as 09:30';
  }
  return undefined;
}

/** What is wrong with a time zone that a person gives; undefined when nothing is. */
export function timeZoneProblem(value: unknown): string | undefined {
  const rule = 'must be an IANA time zone such as Europe/Berlin';
  if (typeof value !== 'string' || !/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+){0,2}$/.test(value)) return rule;
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: value }).resolvedOptions().timeZone === '' ? rule : undefined;
  } catch {
    return rule;
  }
}

/** Start and length of every span, in minutes of the week. */
function spans(windows: readonly TradingWindow[]): [number, number][] {
  return windows.flatMap(({ days, from, to }) => {
    const start = minutesOf(from);
    const length = (minutesOf(to) - start + DAY) % DAY;
    return days.map((day): [number, number] => [WEEKDAYS.indexOf(day) * DAY + start, length === 0 ? DAY : length]);
  });
}

function minutesOf(time: string): number {
  return parseInt(time.slice(0, 2), 10) * 60 + parseInt(time.slice(3), 10);
}

function formatter(zone: string): Intl.DateTimeFormat {
  let known = formatters.get(zone);
  if (known === undefined) {
    const parts = { weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
    formatters.set(zone, (known = new Intl.DateTimeFormat('en-GB', { timeZone: zone, ...parts })));
  }
  return known;
}
