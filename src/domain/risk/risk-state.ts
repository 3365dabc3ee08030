/**
 * What a follower's account has done and holds at the moment of a decision, as far as their limits ask for it.
 * Keeps: read under the account's lock; amounts are USDT as decimal text, times are ISO 8601.
 */
import type { DecimalText } from '../money/decimal.js';

export interface RiskState {
  /** Live positions (waiting ones too) on the signal's symbol, on its side, and of its source. */
  readonly symbol_positions: number;
  readonly direction_positions: number;
  readonly source_positions: number;
  /** The asset group of the signal's symbol, and what is held in it: the signal's side minus the other. */
  readonly group: string;
  readonly group_net_usdt: DecimalText;
  /** At the last market prices. */
  readonly open_pnl_usdt: DecimalText;
  /** What the stops of all live positions would lose, fees included. */
  readonly open_risk_usdt: DecimalText;
  /** Positions opened, and profit and loss booked, since the follower's day began. */
  readonly day_trades: number;
  readonly day_realised_usdt: DecimalText;
  readonly day_start_balance_usdt: DecimalText;
  readonly day_ends_at: string | null;
  /** How far the booked result stands below its peak. */
  readonly drawdown_usdt: DecimalText;
  /** Losing positions in a row up to now, and when the last one ended. */
  readonly losing_streak: number;
  readonly last_loss_at: string | null;
  /** When a position on the signal's symbol last ended, and last ended with a loss. */
  readonly symbol_closed_at: string | null;
  readonly symbol_lost_at: string | null;
  /** Minute of the week in the follower's time zone, from Monday 00:00. */
  readonly week_minute: number;
}

export const NOTHING_HELD: RiskState = {
  symbol_positions: 0,
  direction_positions: 0,
  source_positions: 0,
  group: '',
  group_net_usdt: '0',
  open_pnl_usdt: '0',
  open_risk_usdt: '0',
  day_trades: 0,
  day_realised_usdt: '0',
  day_start_balance_usdt: '0',
  day_ends_at: null,
  drawdown_usdt: '0',
  losing_streak: 0,
  last_loss_at: null,
  symbol_closed_at: null,
  symbol_lost_at: null,
  week_minute: 0,
};

/** The order in which a state is stored: part of the rules of a version. */
export const STATE_FIELDS = Object.keys(NOTHING_HELD) as readonly (keyof RiskState)[];
