/**
 * The limits that a follower may set on what is opened for them, as they are stored and as the API names them.
 * Keeps: null means no limit; amounts are USDT as decimal text; a stored object that lacks a limit has none.
 */
import type { DecimalText } from '../money/decimal.js';
import type { ExposureGroups } from './asset-groups.js';
import type { TradingWindow } from './trading-hours.js';

export interface RiskLimits {
  /** Live positions at once on one symbol, on one side (each side for itself), and of one source. */
  readonly max_per_symbol: number | null;
  readonly max_per_direction: number | null;
  readonly max_per_source: number | null;
  /** Margin of all live positions together. */
  readonly max_total_margin_usdt: DecimalText | null;
  /** Net notional, in the direction of the new position, of all symbols of one asset group. */
  readonly max_group_exposure_usdt: DecimalText | null;
  /** Own groups of base assets; they come before the platform's. */
  readonly exposure_groups: ExposureGroups | null;
  /** Positions opened per day of the follower's time zone. */
  readonly max_daily_trades: number | null;
  /** Loss of the day, realised and open, at which no more is opened. */
  readonly max_daily_loss_usdt: DecimalText | null;
  /** The same in percent of the balance at the start of the day. */
  readonly max_daily_loss_percent: DecimalText | null;
  /** Fall of equity below its peak, in percent of the peak, at which no more is opened. */
  readonly max_drawdown_percent: DecimalText | null;
  /** After so many losses in a row nothing is opened for so many minutes after the last of them. */
  readonly losing_streak_losses: number | null;
  readonly losing_streak_minutes: number | null;
  /** Minutes without a new position on a symbol after any close of it, and after a losing one. */
  readonly cooldown_minutes: number | null;
  readonly cooldown_after_loss_minutes: number | null;
  /** When positions may be opened, in the follower's time zone. */
  readonly trading_hours: readonly TradingWindow[] | null;
  /** IANA name of the zone of days and trading hours; null is UTC. */
  readonly time_zone: string | null;
  /** Smallest confidence of a signal, 0 to 100. */
  readonly min_confidence: number | null;
  /** What may be lost when the stops of all live positions and of the new one are hit, fees included. */
  readonly max_worst_case_loss_usdt: DecimalText | null;
}

export const NO_LIMITS: RiskLimits = {
  max_per_symbol: null,
  max_per_direction: null,
  max_per_source: null,
  max_total_margin_usdt: null,
  max_group_exposure_usdt: null,
  exposure_groups: null,
  max_daily_trades: null,
  max_daily_loss_usdt: null,
  max_daily_loss_percent: null,
  max_drawdown_percent: null,
  losing_streak_losses: null,
  losing_streak_minutes: null,
  cooldown_minutes: null,
  cooldown_after_loss_minutes: null,
  trading_hours: null,
  time_zone: null,
  min_confidence: null,
  max_worst_case_loss_usdt: null,
};

/** The order in which limits are stored with a decision: part of the rules of a version. */
export const LIMIT_NAMES = Object.keys(NO_LIMITS) as readonly (keyof RiskLimits)[];

/** Minutes of the lock after a losing streak whose length is set and whose lock is not. */
export const DEFAULT_STREAK_MINUTES = 60;

/** Every limit of a stored object, null where it has none. */
export function limitsOf(stored: Readonly<Partial<RiskLimits>>): RiskLimits {
  return { ...NO_LIMITS, ...stored };
}
