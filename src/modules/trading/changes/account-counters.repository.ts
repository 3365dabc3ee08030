/**
 * What every statement that books on accounts sets besides: the balance, the day's figures and the drawdown.
 * Keeps: one wording for entries and exits. A day whose end has passed counts as none, and its first booking starts the
 * next; a change of the follower's time zone takes effect with the day after.
 */

export interface Booking {
  /** SQL of the booking's time. */
  readonly now: string;
  /** SQL of what is added to the balance. */
  readonly delta: string;
  /** SQL of the positions opened. */
  readonly trades: string;
}

/** Assignments for `UPDATE accounts SET`. */
export function accountBooking({ now, delta, trades }: Booking): string {
  const isSameDay = `accounts.day_ends_at > ${now}`;
  return `balance = accounts.balance + (${delta}),
    drawdown = greatest(accounts.drawdown - (${delta}), 0),
    day_trades = CASE WHEN ${isSameDay} THEN accounts.day_trades ELSE 0 END + ${trades},
    day_realised = CASE WHEN ${isSameDay} THEN accounts.day_realised ELSE 0 END + (${delta}),
    day_start_balance = CASE WHEN ${isSameDay} THEN accounts.day_start_balance ELSE accounts.balance END,
    day_ends_at = CASE WHEN ${isSameDay} THEN accounts.day_ends_at
      ELSE day_end(${now}, (SELECT risk ->> 'time_zone' FROM user_settings s WHERE s.user_id = accounts.user_id)) END`;
}
