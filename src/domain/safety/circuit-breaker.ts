/**
 * The circuit breaker: closed -> open on rapid losses -> half-open after the cool-off -> closed on a profit, open again on
 * a loss. One for each account and one for the platform, by the same rules.
 * Keeps: pure; while open nothing is admitted; while half-open at most `halfOpenEntries` signals are; results from before
 * `countFrom` never trip it again; a result of 0 ends a losing streak and decides nothing in half-open.
 */
import { Decimal, type DecimalText } from '../money/decimal.js';
import { percentOf } from '../money/money.js';

export const BREAKER_STATES = ['closed', 'open', 'half_open'] as const;
export type BreakerStatus = (typeof BREAKER_STATES)[number];

export const TRIP_REASONS = ['LOSS_PERCENT', 'LOSING_STREAK', 'DRAWDOWN', 'HALF_OPEN_LOSS', 'MANUAL'] as const;
export type TripReason = (typeof TRIP_REASONS)[number];

export interface BreakerSettings {
  /** Minutes over which results are summed up. */
  readonly windowMinutes: number;
  /** Loss in percent of the balance at the start of the window that trips it; 0 switches the rule off. */
  readonly lossPercent: Decimal;
  /** Losses in a row that trip it; 0 switches the rule off. */
  readonly lossesInARow: number;
  readonly cooloffMinutes: number;
  /** Signals admitted while half-open. */
  readonly halfOpenEntries: number;
}

export interface BreakerState {
  readonly status: BreakerStatus;
  readonly reason: TripReason | null;
  readonly trippedAt: Date | null;
  /** When half-open begins; null while open means: only by hand. */
  readonly until: Date | null;
  /** Signals that were admitted since half-open began. */
  readonly admitted: readonly number[];
  /** Only results after this time count. */
  readonly countFrom: Date | null;
}

/** Realised results net of fees, as they stand now; both only after `countFrom`. */
export interface BreakerResults {
  /** USDT over the window. */
  readonly windowSum: DecimalText;
  /** USDT each, newest first, at least as many as a streak needs. */
  readonly newest: readonly DecimalText[];
  /** USDT, after those results. */
  readonly balance: DecimalText;
}

export const CLOSED_BREAKER: BreakerState = {
  status: 'closed',
  reason: null,
  trippedAt: null,
  until: null,
  admitted: [],
  countFrom: null,
};

const MINUTE_MS = 60_000;

/** The state as time alone makes it: an open breaker becomes half-open when its cool-off is over. */
export function atTime(state: BreakerState, now: Date): BreakerState {
  if (state.status !== 'open' || state.until === null || state.until > now) return state;
  return { ...state, status: 'half_open', admitted: [], countFrom: state.until };
}

/** The state after results were realised; `now` decides the cool-off. Answers `state` itself when nothing changes. */
export function onResults(
  state: BreakerState,
  results: BreakerResults,
  settings: BreakerSettings,
  now: Date,
): BreakerState {
  const current = atTime(state, now);
  if (current.status === 'open') return state;
  if (current.status === 'half_open') {
    const deciding = [...results.newest].reverse().find((result) => !Decimal.of(result).isZero);
    if (deciding === undefined) return current === state ? state : current;
    if (Decimal.of(deciding).isNegative) return tripped('HALF_OPEN_LOSS', settings, now);
    return { ...CLOSED_BREAKER, countFrom: now };
  }
  const reason = tripReason(results, settings);
  return reason === undefined ? state : tripped(reason, settings, now);
}

/** What the results say to a closed breaker; undefined when they are within its limits. */
export function tripReason(results: BreakerResults, settings: BreakerSettings): TripReason | undefined {
  const sum = Decimal.of(results.windowSum);
  const before = Decimal.of(results.balance).minus(sum);
  if (settings.lossPercent.isPositive && sum.isNegative && sum.negated().gte(percentOf(before, settings.lossPercent))) {
    return 'LOSS_PERCENT';
  }
  const { lossesInARow } = settings;
  const streak = results.newest.slice(0, lossesInARow);
  const isLosing = streak.length === lossesInARow && streak.every((result) => Decimal.of(result).isNegative);
  return lossesInARow > 0 && isLosing ? 'LOSING_STREAK' : undefined;
}

/** Opens it. A drawdown, and what was opened by hand, last until somebody resets it. */
export function tripped(reason: TripReason, settings: BreakerSettings, now: Date): BreakerState {
  const isLasting = reason === 'DRAWDOWN' || reason === 'MANUAL';
  const until = isLasting ? null : new Date(now.getTime() + settings.cooloffMinutes * MINUTE_MS);
  return { status: 'open', reason, trippedAt: now, until, admitted: [], countFrom: now };
}

/** Closes it by hand: what was lost before does not trip it again. */
export function resetBreaker(now: Date): BreakerState {
  return { ...CLOSED_BREAKER, countFrom: now };
}

/** Whether a signal may be entered, and the state in which it then is; `undefined` when it may not. */
export function admit(
  state: BreakerState,
  signalId: number,
  settings: BreakerSettings,
  now: Date,
): BreakerState | undefined {
  const current = atTime(state, now);
  if (current.status === 'closed' || current.admitted.includes(signalId)) return current;
  if (current.status === 'open' || current.admitted.length >= settings.halfOpenEntries) return undefined;
  return { ...current, admitted: [...current.admitted, signalId] };
}
