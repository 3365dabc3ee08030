/**
 * The take-profit ladder of a position after its quantity or its average entry has changed.
 * Keeps: the rungs that are not hit yet sum to what remains (to what is planned while nothing is held); hit rungs stay
 * as they are; targets that follow the average keep their distance from it in percent.
 */
import { Decimal } from '../money/decimal.js';
import { lotsToQty, minLotsAt, splitLots } from '../sizing/ladder.js';
import { moved, tickTowardProfit } from './prices.js';
import type { PositionState } from './position.js';

/** `qty` shared by the open rungs of `position`, by the plan's weights. */
export function withRungs(position: PositionState, qty: Decimal): PositionState {
  const { plan, targetPrices, targetHitAt } = position;
  const lotStep = Decimal.of(plan.instrument.lotStep);
  const open = targetHitAt.map((hit) => hit === null);
  const lastOpen = open.lastIndexOf(true);
  if (lastOpen < 0) return position;
  const isWhole = ownTakeProfit(position) !== undefined;
  const weights: number[] = plan.weights.map((weight, index) => (open[index] === true && !isWhole ? weight : 0));
  if (!weights.some((weight) => weight > 0)) weights[lastOpen] = 1;
  const minLots = targetPrices.map((price) => minLotsAt(price, plan.instrument));
  const lots = qty.wholeTimes(lotStep);
  const dust = qty.minus(lotsToQty(lots, lotStep));
  const rungs = splitLots(lots, weights, minLots).map((rung) => lotsToQty(rung, lotStep));
  const last = weights.findLastIndex((weight) => weight > 0);
  const targetQtys = position.targetQtys.map((before, index) => {
    if (open[index] !== true) return before;
    const rung = rungs[index] as Decimal;
    return index === last ? rung.plus(dust) : rung;
  });
  return { ...position, targetQtys };
}

/** Targets re-anchored to the average entry where the plan wants it; else the same position. */
export function withAnchoredTargets(position: PositionState): PositionState {
  const { plan, side, entryPrice } = position;
  const own = ownTakeProfit(position);
  if (own === undefined && (plan.targetAnchor !== 'AVERAGE' || isAsPlanned(position))) return position;
  const tickSize = Decimal.of(plan.instrument.tickSize);
  const last = position.targetPrices.length - 1;
  const targetPrices = position.targetPrices.map((price, index) => {
    if (position.targetHitAt[index] !== null) return price;
    const percent = own !== undefined && index === last ? own : plan.targetPercents[index];
    if (percent === undefined || (own !== undefined && index !== last)) return price;
    return tickTowardProfit(side, moved(side, entryPrice, percent), tickSize);
  });
  return { ...position, targetPrices };
}

/** Entered by the one order there was, at its price: the targets are where they belong. */
function isAsPlanned({ legPrices, legFilled, safetyLegs, plan }: PositionState): boolean {
  const isSingle = legPrices.length - safetyLegs === 1 && plan.entryTrigger === 'LIMIT';
  return isSingle && legFilled.filter((qty) => qty.isPositive).length < 2;
}

/** The take-profit of the deepest filled safety level that has one of its own. */
export function ownTakeProfit(position: PositionState): Decimal | undefined {
  const first = position.legPrices.length - position.safetyLegs;
  for (let level = position.safetyLegs - 1; level >= 0; level -= 1) {
    const own = position.plan.safetyLevels[level]?.takeProfitPercent ?? null;
    if (own !== null && (position.legFilled[first + level] as Decimal).isPositive) return own;
  }
  return undefined;
}
