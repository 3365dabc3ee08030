/**
 * The prices at which a position next wants to be looked at: what a trigger book holds of it.
 * Keeps: whenever `onPrice` would change the position at a price, one of these triggers (or its trail) has fired there.
 */
import { closingOrderSide, openingOrderSide } from '../instrument/side.js';
import type { Decimal } from '../money/decimal.js';
import { isSafetyLeg, openLegQty } from './legs.js';
import { protectivePrice } from './liquidation.js';
import { hasFallenTo } from './prices.js';
import { isTerminalPosition } from './position-status.js';
import { waitingPercentRules } from './stops.js';
import type { PositionState, VenueTerms } from './position.js';
import { restingAt } from './terms.js';

/** `PROFIT` fires at or beyond the price in the position's favour, `LOSS` at or beyond it against. */
export interface Watch {
  readonly toward: 'PROFIT' | 'LOSS';
  readonly price: Decimal;
}

/** What of a position decides where it wants to be looked at. */
export type Watched = Pick<
  PositionState,
  | 'status'
  | 'side'
  | 'leverage'
  | 'isCross'
  | 'legPrices'
  | 'legQtys'
  | 'legFilled'
  | 'safetyLegs'
  | 'entriesClosed'
  | 'entryPrice'
  | 'cost'
  | 'remainingQty'
  | 'stopLoss'
  | 'targetPrices'
  | 'targetHitAt'
  | 'trail'
  | 'rulesFired'
  | 'plan'
>;

export function watchesOf(position: Watched, terms: VenueTerms): Watch[] {
  if (isTerminalPosition(position.status)) return [];
  const isPending = position.status === 'PENDING';
  const entries = entryWatches(position, isPending, terms);
  return [...entries, ...(isPending ? pendingWatches(position) : heldWatches(position, terms))];
}

/** The nearest waiting order of each kind: the others lie behind it. */
function entryWatches(position: Watched, isPending: boolean, terms: VenueTerms): Watch[] {
  let limit: Decimal | undefined;
  let breakout: Decimal | undefined;
  position.legPrices.forEach((price, leg) => {
    if (!openLegQty(position, leg).isPositive) return;
    const isSafety = isSafetyLeg(position, leg);
    if (isSafety && isPending) return;
    if (position.plan.entryTrigger === 'BREAKOUT' && !isSafety) {
      if (breakout === undefined || hasFallenTo(position.side, price, breakout)) breakout = price;
    } else if (limit === undefined || hasFallenTo(position.side, limit, price)) limit = price;
  });
  return [
    ...(limit === undefined
      ? []
      : [{ toward: 'LOSS' as const, price: restingAt(terms, openingOrderSide(position.side), limit) }]),
    ...(breakout === undefined ? [] : [{ toward: 'PROFIT' as const, price: breakout }]),
  ];
}

/** Limit orders meet the stop themselves, unless they may not fill. */
function pendingWatches(position: Watched): Watch[] {
  const { plan, stopLoss, targetPrices, entriesClosed } = position;
  const isBreakout = plan.entryTrigger === 'BREAKOUT';
  const isBeyondFirst = isBreakout && plan.targetAnchor === 'SIGNAL';
  const until = isBeyondFirst ? 1 : plan.cancelAtTarget;
  const target = until === null ? undefined : targetPrices[until - 1];
  return [
    ...(target === undefined ? [] : [{ toward: 'PROFIT' as const, price: target }]),
    ...((isBreakout || entriesClosed) && stopLoss !== null ? [{ toward: 'LOSS' as const, price: stopLoss }] : []),
  ];
}

function heldWatches(position: Watched, terms: VenueTerms): Watch[] {
  const { side, targetPrices, targetHitAt, trail } = position;
  const against = protectivePrice(position, terms);
  const profit: Decimal[] = waitingPercentRules(position).map(({ price }) => price);
  const last = targetPrices.length - (trail?.takesProfit === true ? 1 : 0);
  for (let index = 0; index < last; index += 1) {
    if (targetHitAt[index] !== null) continue;
    profit.push(restingAt(terms, closingOrderSide(side), targetPrices[index] as Decimal));
  }
  let nearest: Decimal | undefined;
  for (const price of profit) if (nearest === undefined || hasFallenTo(side, price, nearest)) nearest = price;
  return [
    ...(against === null ? [] : [{ toward: 'LOSS' as const, price: against }]),
    ...(nearest === undefined ? [] : [{ toward: 'PROFIT' as const, price: nearest }]),
  ];
}
