/**
 * What an edit must not bring about, whatever its parts: more leverage than the venue gives for the notional, a stop that the
 * liquidation comes before, more than the limits of its owner allow.
 * Keeps: what was so before the edit is not held against it.
 */
import { bracketOf } from '../margin/liquidation.js';
import { Decimal } from '../money/decimal.js';
import type { AccountLimit, EditRefusal, EditSituation } from './edit.js';
import { openLegQty } from './legs.js';
import { liquidationPriceOf } from './liquidation.js';
import { isTerminalPosition } from './position-status.js';
import { better, hasFallenTo } from './prices.js';
import type { PositionState, VenueTerms } from './position.js';

export function growthRefusal(
  before: PositionState,
  after: PositionState,
  { fees, growth, accountLimit }: Pick<EditSituation, 'fees' | 'growth' | 'accountLimit'>,
): EditRefusal | undefined {
  if (isTerminalPosition(after.status) || after === before) return undefined;
  const isNew = (isWrong: (position: PositionState, terms: VenueTerms, limit?: AccountLimit) => boolean) =>
    isWrong(after, fees, accountLimit) && !isWrong(before, fees, accountLimit);
  if (isNew(hasTooMuchLeverage)) return 'LEVERAGE_BEYOND_BRACKET';
  if (isNew(isStopTooLate)) return 'STOP_BEYOND_LIQUIDATION';
  return growth?.(before, after);
}

function hasTooMuchLeverage(position: PositionState, { brackets }: VenueTerms): boolean {
  if (brackets === undefined || position.leverage === 1) return false;
  const waiting = waitingLegs(position).map(({ price, qty }) => price.times(qty));
  return position.leverage > bracketOf(Decimal.sum([position.cost, ...waiting]), brackets).maxLeverage;
}

/** Order by order, as the market would reach them: liquidated before the next one fills, or before the stop. */
function isStopTooLate(position: PositionState, terms: VenueTerms, accountLimit?: AccountLimit): boolean {
  const { side, stopLoss } = position;
  if (stopLoss === null) return false;
  let { cost, remainingQty } = position;
  const limitOf = (held: PositionState) => (held.isCross ? accountLimit?.(held) : liquidationPriceOf(held, terms));
  let limit = limitOf(position);
  for (const { price, qty } of waitingLegs(position)) {
    if (limit !== undefined && hasFallenTo(side, price, limit)) break;
    cost = cost.plus(price.times(qty));
    remainingQty = remainingQty.plus(qty);
    limit = limitOf({ ...position, cost, remainingQty });
  }
  return limit !== undefined && hasFallenTo(side, stopLoss, limit);
}

/** Nearest to the market first. */
function waitingLegs(position: PositionState): { readonly price: Decimal; readonly qty: Decimal }[] {
  const legs = position.legPrices.map((price, leg) => ({ price, qty: openLegQty(position, leg) }));
  const { side } = position;
  return legs
    .filter(({ qty }) => qty.isPositive)
    .sort((a, b) => (a.price.eq(b.price) ? 0 : better(side, a.price, b.price) === a.price ? -1 : 1));
}
