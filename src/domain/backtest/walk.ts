/**
 * A price that moves from one place to another, and one position on its way.
 * Keeps: the position is shown every price at which it wants to be looked at (`watchesOf`, its trail), in the order in which
 * the price meets them, and then the price where it ends, by the rule of live trading (`onPrice`): an order inside the way
 * fills where the price met it, and a jump is a way without an inside. A best price on the way is remembered for the trail.
 */
import { Decimal } from '../money/decimal.js';
import { onPrice } from '../position/on-price.js';
import type { FeeRates, PositionChange, PositionState } from '../position/position.js';
import { isTerminalPosition } from '../position/position-status.js';
import { effectiveStop, withPeak } from '../position/stops.js';
import { watchesOf } from '../position/watch.js';

/** More than any plan has rungs, orders and rules together, many times over. */
const MOST_STEPS = 10_000;

export interface Walk {
  readonly position: PositionState;
  readonly fees: FeeRates;
  /** Called for each change, in order. */
  readonly book: (change: PositionChange, at: Date) => void;
  /** Called for each price that the position was shown. */
  readonly see: (price: Decimal) => void;
}

/** The prices at which the position wants to be looked at, those of its trail included. */
export function levelsOf(position: PositionState, fees: FeeRates): Decimal[] {
  const levels = watchesOf(position, fees).map(({ price }) => price);
  const trailing = position.trail === null ? null : effectiveStop(position);
  return trailing === null ? levels : [...levels, trailing];
}

/** One price without a way to it: a gap, an open, a tick. Answers the position as it then stands. */
export function jump({ position, fees, book, see }: Walk, price: Decimal, at: Date): PositionState {
  if (!isTerminalPosition(position.status)) see(price);
  const change = isTerminalPosition(position.status) ? undefined : onPrice(position, price, fees, at);
  if (change === undefined) return withPeak(position, price);
  book(change, at);
  return change.after;
}

/**
 * The way from `from`, where the position has been looked at, to `to`. Where `until` answers true the walk ends there: `at`
 * which price says `end`.
 */
export function walk(
  { position, fees, book, see }: Walk,
  from: Decimal,
  to: Decimal,
  at: Date,
  until: (position: PositionState) => boolean = () => false,
): { readonly position: PositionState; readonly end: Decimal } {
  let state = position;
  let cursor = from;
  let isInclusive = true;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    if (isTerminalPosition(state.status) || until(state)) return { position: state, end: cursor };
    const next = nextLevel(state, fees, cursor, to, isInclusive) ?? to;
    see(next);
    const change = onPrice(state, next, fees, at);
    cursor = next;
    isInclusive = change !== undefined;
    if (change !== undefined) book(change, at);
    state = change?.after ?? withPeak(state, next);
    if (change === undefined && next.eq(to)) return { position: state, end: to };
  }
  throw new Error(`position ${position.id} is looked at without end between ${from.toString()} and ${to.toString()}`);
}

/** The nearest level beyond `cursor` and not beyond `to`; at `cursor` itself where that is included. */
function nextLevel(
  position: PositionState,
  fees: FeeRates,
  cursor: Decimal,
  to: Decimal,
  isInclusive: boolean,
): Decimal | undefined {
  const isDown = to.lt(cursor);
  let nearest: Decimal | undefined;
  for (const level of levelsOf(position, fees)) {
    const way = isDown ? cursor.compare(level) : level.compare(cursor);
    if (way < 0 || (way === 0 && !isInclusive)) continue;
    if (isDown ? level.lt(to) : level.gt(to)) continue;
    if (nearest === undefined || (isDown ? level.gt(nearest) : level.lt(nearest))) nearest = level;
  }
  return nearest;
}
