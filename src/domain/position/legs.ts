/**
 * The entry and safety orders of a position: their names, what of them still waits, and the margin that all needs.
 * Keeps: margin covers what is held and what still waits, nothing else; rounded up to 8 places.
 */
import { Decimal } from '../money/decimal.js';
import { MONEY_SCALE } from '../money/money.js';
import type { OrderLeg } from '../order/order.js';
import type { PositionState } from './position.js';

interface Legged {
  readonly legPrices: readonly unknown[];
  readonly safetyLegs: number;
}

/** `ENTRY`, `ENTRY2`… and, for safety orders, `SAFETY1`…; `leg` counts from 0. */
export function legName(position: Legged, leg: number): OrderLeg {
  const entries = position.legPrices.length - position.safetyLegs;
  if (leg >= entries) return `SAFETY${leg - entries + 1}`;
  return leg === 0 ? 'ENTRY' : `ENTRY${leg + 1}`;
}

/** Whether leg `leg` is a safety order, which waits for the first fill of an entry. */
export function isSafetyLeg(position: Legged, leg: number): boolean {
  return leg >= position.legPrices.length - position.safetyLegs;
}

/** What of leg `leg` has not filled; 0 once entries are closed. */
export function openLegQty(
  position: Pick<PositionState, 'legQtys' | 'legFilled' | 'entriesClosed'>,
  leg: number,
): Decimal {
  if (position.entriesClosed) return Decimal.ZERO;
  return (position.legQtys[leg] as Decimal).minus(position.legFilled[leg] as Decimal);
}

export function hasOpenLegs(position: PositionState): boolean {
  return !position.entriesClosed && position.legQtys.some((_, leg) => openLegQty(position, leg).isPositive);
}

/** Whether an entry waits, as opposed to a safety order. */
export function hasOpenEntries(position: PositionState): boolean {
  return position.legQtys.some((_, leg) => !isSafetyLeg(position, leg) && openLegQty(position, leg).isPositive);
}

/** Margin of a notional at a leverage, in USDT, rounded up. */
export function marginOf(notional: Decimal, leverage: number): Decimal {
  return notional.dividedBy(Decimal.ofInteger(leverage), MONEY_SCALE, 'ceil');
}

/** USDT reserved for what is held and what still waits. */
export function marginFor(position: PositionState): Decimal {
  const { legPrices, entriesClosed } = position;
  if (entriesClosed) return marginOf(position.cost, position.leverage);
  const waiting = legPrices.map((price, leg) => price.times(openLegQty(position, leg)));
  return marginOf(Decimal.sum([position.cost, ...waiting]), position.leverage);
}
