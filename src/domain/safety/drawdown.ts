/**
 * How far the platform has fallen from its best moment of the last day, whatever was paid in or out meanwhile.
 * Keeps: pure and exact to 12 places; deposits and resets move neither index nor drawdown, only results do.
 * Source: time-weighted return, index(t) = index(t-1) x (1 + result since t-1 / equity at t-1).
 */
import { Decimal, type DecimalText } from '../money/decimal.js';
import { asPercent } from '../money/money.js';

/** Equity of all accounts at one moment, in USDT. */
export interface EquityPoint {
  /** Balances plus open profit and loss. */
  readonly equity: DecimalText;
  /** All results since the first point, realised and open. */
  readonly result: DecimalText;
  /** 1 at the first point. */
  readonly index: DecimalText;
}

const INDEX_SCALE = 12;

/** The index that follows `before`; an equity of 0 or less has nothing left to fall and starts anew at the same index. */
export function nextIndex(before: EquityPoint | undefined, result: DecimalText): DecimalText {
  if (before === undefined) return '1';
  const equity = Decimal.of(before.equity);
  const index = Decimal.of(before.index);
  if (!equity.isPositive) return before.index;
  const change = Decimal.of(result).minus(Decimal.of(before.result));
  const next = index.times(equity.plus(change)).dividedBy(equity, INDEX_SCALE, 'half_even');
  return next.isNegative ? '0' : next.toString();
}

/** Fall from `peak` to `index` in percent, 0 to 100. */
export function drawdownPercent(peak: DecimalText, index: DecimalText): Decimal {
  const fall = Decimal.of(peak).minus(Decimal.of(index));
  return fall.isPositive ? asPercent(fall, Decimal.of(peak)) : Decimal.ZERO;
}
