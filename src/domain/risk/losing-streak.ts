/**
 * How closings move an account's losing streak: a position that ends with a loss, fees included, lengthens it; one that
 * ends at zero or better ends it; an entry that was never filled says nothing.
 */
import { isTerminalPosition } from '../position/position-status.js';
import type { PositionChange } from '../position/position.js';

/** A streak afterwards is `losses`, on top of the one before unless that has ended. */
export interface StreakChange {
  readonly endsStreak: boolean;
  readonly losses: number;
}

export const SAME_STREAK: StreakChange = { endsStreak: false, losses: 0 };

export function streakAfter(streak: StreakChange, { before, after }: PositionChange): StreakChange {
  const hasEnded = isTerminalPosition(after.status) && !isTerminalPosition(before.status);
  if (!hasEnded || after.qty.isZero) return streak;
  return after.realisedPnl.isNegative ? { ...streak, losses: streak.losses + 1 } : { endsStreak: true, losses: 0 };
}
