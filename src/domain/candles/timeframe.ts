/**
 * The lengths of candles, and where on the calendar they begin: UTC, weeks on Monday, months on the first.
 * Keeps: every moment belongs to exactly one candle of a timeframe; candles of one timeframe follow each other without a
 * space between them. All times are milliseconds since 1970.
 */
export const TIMEFRAME_CODES = [
  '1m',
  '3m',
  '5m',
  '15m',
  '30m',
  '1h',
  '2h',
  '4h',
  '6h',
  '8h',
  '12h',
  '1d',
  '1w',
  '1M',
] as const;
export type TimeframeCode = (typeof TIMEFRAME_CODES)[number];

export interface Timeframe {
  readonly code: TimeframeCode;
  /** Length of every candle in ms; undefined for months, which differ. */
  readonly ms: number | undefined;
  /** When the candle begins that holds this moment. */
  startOf(time: number): number;
  /** When the candle ends that begins there: the beginning of the next. */
  endOf(start: number): number;
}

const MINUTE_MS = 60_000;
const UNIT_MS = { m: MINUTE_MS, h: 60 * MINUTE_MS, d: 1_440 * MINUTE_MS } as const;
const WEEK_MS = 7 * UNIT_MS.d;

/** The first Monday after 1970-01-01, which was a Thursday. */
const MONDAY_MS = 4 * UNIT_MS.d;

function even(code: TimeframeCode, ms: number, offset = 0): Timeframe {
  return {
    code,
    ms,
    startOf: (time) => Math.floor((time - offset) / ms) * ms + offset,
    endOf: (start) => start + ms,
  };
}

const MONTH: Timeframe = {
  code: '1M',
  ms: undefined,
  startOf: (time) => monthStart(time, 0),
  endOf: (start) => monthStart(start, 1),
};

function monthStart(time: number, later: number): number {
  const date = new Date(time);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + later, 1);
}

const TIMEFRAMES = new Map<string, Timeframe>(
  TIMEFRAME_CODES.map((code) => {
    if (code === '1M') return [code, MONTH];
    if (code === '1w') return [code, even(code, WEEK_MS, MONDAY_MS)];
    return [code, even(code, Number(code.slice(0, -1)) * UNIT_MS[code.slice(-1) as keyof typeof UNIT_MS])];
  }),
);

export class UnknownTimeframeError extends RangeError {
  constructor(readonly code: string) {
    super(`there is no timeframe ${code}; known: ${TIMEFRAME_CODES.join(', ')}`);
  }
}

/** @throws UnknownTimeframeError */
export function timeframe(code: string): Timeframe {
  const found = TIMEFRAMES.get(code);
  if (found === undefined) throw new UnknownTimeframeError(code);
  return found;
}

/** Whether every candle of the longer is made of whole candles of the shorter. */
export function isMadeOf(longer: Timeframe, shorter: Timeframe): boolean {
  if (shorter.ms === undefined) return longer.code === shorter.code;
  // Weeks do not fit months; all that divides a day begins with it, and so with weeks and months too.
  if (longer.ms === undefined) return shorter.code !== '1w';
  return longer.ms % shorter.ms === 0;
}
