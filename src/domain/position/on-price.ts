/**
 * What one price does to one position: fills its entries, hits targets, moves or fires its stop.
 * Keeps: entries fill before liquidation is tested unless they lie beyond the stop, liquidation before the stop, and the
 * stop before targets; a resting limit order (entry, target) fills at its own price as maker; a stop is a market order and
 * fills from the price that crossed it, so a gap is paid in full; several targets crossed by one price fill together, each
 * once. A position that is not touched answers undefined. A stop that this price has moved is tested at the next price.
 */
import { closingOrderSide, openingOrderSide } from '../instrument/side.js';
import { Decimal } from '../money/decimal.js';
import { bookLegFill, cancelPending, withdrawEntries } from './entries.js';
import { bookExit, type EndState, markTarget, unchanged } from './exits.js';
import { isSafetyLeg, openLegQty } from './legs.js';
import { isDue } from './on-time.js';
import { liquidate, liquidationReached } from './liquidation.js';
import { isTerminalPosition } from './position-status.js';
import { hasFallenTo, hasReached, moved } from './prices.js';
import { effectiveStop, isTakeProfitExit, rulesAtPrice, rulesAtTargets, startTrail, withPeak } from './stops.js';
import type { FeeRates, PositionChange, PositionState, VenueTerms } from './position.js';
import { restingAt, restingQty } from './terms.js';

const TARGETS_END: EndState = { status: 'CLOSED', reason: 'TARGETS' };
const STOP_END: EndState = { status: 'STOPPED', reason: 'STOP' };

/**
 * `peak` is the best price since the position's trail began, where more ticks went by than it was shown. Where `mayGrow`
 * is false, entries and safety orders do not fill; everything else goes on.
 */
export function onPrice(
  before: PositionState,
  price: Decimal,
  fees: FeeRates,
  at: Date,
  peak?: Decimal,
  mayGrow = true,
): PositionChange | undefined {
  const position = peak === undefined ? before : withPeak(before, peak);
  const start = { ...unchanged(before), after: withPeak(position, price) };
  // What has expired does not fill, even where nobody has come to take it back yet.
  const isLate = isDue(before.entryExpiresAt, at);
  if (position.status === 'PENDING') return onPending(start, price, fees, at, mayGrow && !isLate);
  if (position.status !== 'OPEN' && position.status !== 'PARTIAL') return undefined;
  const grown = mayGrow ? fillLegs(start, price, fees, at, isLate) : start;
  const change = settle(grown, price, fees, at);
  return change === start ? undefined : change;
}

function onPending(
  start: PositionChange,
  price: Decimal,
  fees: FeeRates,
  at: Date,
  mayGrow: boolean,
): PositionChange | undefined {
  const given = givenUp(start.after, price, mayGrow);
  if (given !== undefined) return cancelPending(start, 'EXPIRED', at, given);
  const filled = mayGrow ? fillLegs(start, price, fees, at) : start;
  return filled === start ? undefined : settle(filled, price, fees, at);
}

/**
 * Why entries that wait are not wanted any more: the signal has run without them. An order that may not fill would have met
 * the stop on its way.
 */
function givenUp(position: PositionState, price: Decimal, mayGrow: boolean): string | undefined {
  const { plan, side, targetPrices } = position;
  const target = plan.cancelAtTarget === null ? undefined : targetPrices[plan.cancelAtTarget - 1];
  if (target !== undefined && hasReached(side, price, target)) {
    return `Entry cancelled: target ${plan.cancelAtTarget} was seen before it filled`;
  }
  const isBreakout = plan.entryTrigger === 'BREAKOUT';
  if ((isBreakout || !mayGrow) && stopReached(position, price)) {
    return 'Entry cancelled: the stop was seen before it filled';
  }
  if (!isBreakout) return undefined;
  if (hasJumped(position, price)) return 'Entry cancelled: the price broke out further than the largest deviation';
  const isBeyond = plan.targetAnchor === 'SIGNAL' && hasReached(side, price, targetPrices[0] as Decimal);
  return isBeyond ? 'Entry cancelled: the price broke out beyond the first target' : undefined;
}

/** Beyond the price of a breakout by more than its plan allows. */
function hasJumped({ side, plan, legPrices }: PositionState, price: Decimal): boolean {
  if (plan.maxDeviation === undefined) return false;
  return !hasFallenTo(side, price, moved(side, legPrices[0] as Decimal, plan.maxDeviation));
}

/** What the price does to what is held now. */
function settle(change: PositionChange, price: Decimal, fees: FeeRates, at: Date): PositionChange {
  const ended = endedAgainst(change, price, fees, at);
  if (ended !== undefined) return ended;
  const reached = hasUsedUp(change.before, price) ? 0 : targetsReached(change.after, price, fees);
  const taken = reached === 0 ? change : reachTargets(change, reached, price, fees, at);
  return taken.after.remainingQty.isZero ? taken : rulesAtPrice(taken, price, fees, at);
}

/** Ends a position that the market went against: by liquidation where its margin is gone, else by its stop. */
function endedAgainst(change: PositionChange, price: Decimal, fees: FeeRates, at: Date): PositionChange | undefined {
  if (liquidationReached(change.after, price, fees)) return liquidate(change, price, at);
  return stopReached(change.after, price) ? stopAt(change, price, fees, at) : undefined;
}

/**
 * Fills every leg that `price` has reached. Safety orders wait until an entry has filled, on this price or before; an order
 * that lies beyond the liquidation of what is held comes too late.
 */
function fillLegs(start: PositionChange, price: Decimal, fees: FeeRates, at: Date, safetyOnly = false): PositionChange {
  const isUsedUp = hasUsedUp(start.before, price);
  let change = start;
  for (let leg = 0; leg < start.after.legPrices.length; leg += 1) {
    const position = change.after;
    const qty = openLegQty(position, leg);
    if (!qty.isPositive || !legReached(position, leg, price, fees) || isBeyondStop(position, leg)) continue;
    if (isSafetyLeg(position, leg) ? position.status === 'PENDING' : safetyOnly) continue;
    if (liquidationReached(position, position.legPrices[leg] as Decimal, fees)) break;
    const isBreakout = isBreakoutLeg(position, leg);
    if (isUsedUp && !isBreakout) continue;
    const fill = isBreakout
      ? ({ leg, price, qty, type: 'STOP_MARKET', liquidity: 'TAKER' } as const)
      : ({ leg, ...restingFill(position, leg, qty, price, fees), type: 'LIMIT', liquidity: 'MAKER' } as const);
    change = bookLegFill(change, fill, fees, at);
  }
  return withBook(change, price);
}

/**
 * Whether resting orders have taken at this very price what the book held: the price that comes again, for whatever reason,
 * brings nothing more.
 */
function hasUsedUp({ partPrice }: PositionState, price: Decimal): boolean {
  return partPrice !== null && partPrice.eq(price);
}

/** Remembers the price where an order has filled in part. */
function withBook(change: PositionChange, price: Decimal): PositionChange {
  const { after, executions } = change;
  if (isTerminalPosition(after.status) || !executions.some(({ type }) => type === 'LIMIT')) return change;
  const partPrice = executions.some(({ ofQty }) => ofQty !== undefined) ? price : null;
  return partPrice === after.partPrice ? change : { ...change, after: { ...after, partPrice } };
}

/** At its own price; of an order that is larger than the venue's book is deep a part, the rest at later prices. */
function restingFill(position: PositionState, leg: number, qty: Decimal, market: Decimal, terms: VenueTerms) {
  const { symbol, side, plan } = position;
  const price = position.legPrices[leg] as Decimal;
  const order = { symbol, side: openingOrderSide(side), price, qty, lotStep: Decimal.of(plan.instrument.lotStep) };
  return { price, qty: restingQty(terms, order, market) };
}

/** Whether `price` would fill an entry or safety order of the position at that time. */
export function growsAt(position: PositionState, price: Decimal, terms: VenueTerms, at: Date): boolean {
  const isLate = isDue(position.entryExpiresAt, at);
  const isPending = position.status === 'PENDING';
  const isUsedUp = hasUsedUp(position, price);
  return (
    !isTerminalPosition(position.status) &&
    position.legPrices.some(
      (_, leg) =>
        openLegQty(position, leg).isPositive &&
        legReached(position, leg, price, terms) &&
        !(isUsedUp && !isBreakoutLeg(position, leg)) &&
        !isBeyondStop(position, leg) &&
        !(isSafetyLeg(position, leg) ? isPending : isLate),
    )
  );
}

function isBreakoutLeg(position: Pick<PositionState, 'legPrices' | 'safetyLegs' | 'plan'>, leg: number): boolean {
  return position.plan.entryTrigger === 'BREAKOUT' && !isSafetyLeg(position, leg);
}

/** True when leg `leg` (0-based) would fill: a limit order at its price or better, a breakout at its price or beyond. */
function legReached(
  position: Pick<PositionState, 'side' | 'legPrices' | 'safetyLegs' | 'plan'>,
  leg: number,
  price: Decimal,
  terms: VenueTerms,
): boolean {
  const { side } = position;
  const level = position.legPrices[leg] as Decimal;
  if (isBreakoutLeg(position, leg)) return hasReached(side, price, level);
  return hasFallenTo(side, price, restingAt(terms, openingOrderSide(side), level));
}

/** A price on its way to the leg meets the stop first, or at the same time: the leg is never entered. */
function isBeyondStop(position: PositionState, leg: number): boolean {
  const stop = effectiveStop(position);
  return stop !== null && hasFallenTo(position.side, position.legPrices[leg] as Decimal, stop);
}

export function stopReached(
  position: Pick<PositionState, 'side' | 'stopLoss' | 'trail' | 'plan'>,
  price: Decimal,
): boolean {
  const stop = effectiveStop(position);
  return stop !== null && hasFallenTo(position.side, price, stop);
}

/** The number of the farthest target that `price` has reached and that is not hit yet; 0 when there is none. */
function targetsReached(
  position: Pick<PositionState, 'side' | 'targetPrices' | 'targetHitAt' | 'trail'>,
  price: Decimal,
  terms: VenueTerms,
): number {
  const trailed = position.trail?.takesProfit === true ? 1 : 0;
  for (let index = position.targetPrices.length - trailed; index >= 1; index -= 1) {
    if (targetReached(position, index, price, terms) && position.targetHitAt[index - 1] === null) return index;
  }
  return 0;
}

/** A safety level's own take-profit may lie before targets of the ladder: these are not reached with it. */
function targetReached(
  { side, targetPrices }: Pick<PositionState, 'side' | 'targetPrices'>,
  target: number,
  price: Decimal,
  terms: VenueTerms,
): boolean {
  return hasReached(side, price, restingAt(terms, closingOrderSide(side), targetPrices[target - 1] as Decimal));
}

/** Closes everything that remains at `price`, as taker: by the stop, or by a take-profit that trailed. */
export function stopAt(change: PositionChange, price: Decimal, fees: FeeRates, at: Date): PositionChange {
  const position = change.after;
  const shared = { type: 'STOP_MARKET', price, qty: position.remainingQty, liquidity: 'TAKER' } as const;
  if (isTakeProfitExit(position, price)) return trailedOut(change, shared, fees, at);
  const stop = (effectiveStop(position) ?? price).toString();
  const log = {
    type: 'SL_HIT' as const,
    message: `Stop loss ${stop} hit at ${price.toString()}`,
    meta: { stop_loss: stop },
  };
  return bookExit(change, { ...shared, leg: 'STOP', log }, STOP_END, fees, at);
}

type MarketOrder = Pick<Parameters<typeof bookExit>[1], 'type' | 'price' | 'qty' | 'liquidity'>;

function trailedOut(change: PositionChange, order: MarketOrder, fees: FeeRates, at: Date): PositionChange {
  const target = change.after.targetPrices.length;
  const peak = change.after.trail?.peak.toString() ?? '';
  const log = {
    type: 'TP_HIT' as const,
    message: `Target ${target}: trailing take-profit closed at ${order.price.toString()} after ${peak}`,
    meta: { target, peak },
  };
  return bookExit(change, { ...order, leg: `TP${target}`, target, log }, TARGETS_END, fees, at);
}

/**
 * All targets up to `upTo` by the market: entries that wait are withdrawn, rungs close, stop rules act. A plan with a
 * trailing take-profit does not close at the last target but begins to trail there.
 */
function reachTargets(change: PositionChange, upTo: number, price: Decimal, fees: FeeRates, at: Date): PositionChange {
  const last = change.after.targetPrices.length;
  const callback = change.after.plan.trailingTakeProfit;
  if (callback === null || upTo < last) return takeTargets(change, upTo, undefined, price, fees, at);
  const taken = takeTargets(change, last - 1, undefined, price, fees, at);
  if (taken.after.remainingQty.isZero) return taken;
  const trailed = startTrail(taken, { percent: callback, since: at, peak: price, takesProfit: true });
  return withdrawEntries(trailed, `Waiting entries withdrawn: target ${last} was reached`);
}

/**
 * Takes all targets up to `upTo` that are not hit yet, then applies the stop rules that they set off. Each closes its
 * rung at its own price as maker, or, when `reported` is given (somebody reported the target, the market is elsewhere),
 * at that price as taker. The last target closes all that remains. A target that fills in part only is not hit yet. `market` is
 * the price of the moment.
 */
export function takeTargets(
  change: PositionChange,
  upTo: number,
  reported: Decimal | undefined,
  market: Decimal,
  fees: FeeRates,
  at: Date,
): PositionChange {
  let result = change;
  for (let target = 1; target <= upTo; target += 1) {
    if (result.after.targetHitAt[target - 1] !== null || result.after.remainingQty.isZero) continue;
    if (reported === undefined && !targetReached(result.after, target, market, fees)) continue;
    result = takeTarget(result, target, reported, market, fees, at);
    if (result.after.remainingQty.isZero) continue;
    result = withdrawEntries(result, `Waiting entries withdrawn: target ${target} was hit`);
    if (result.after.targetHitAt[target - 1] === null) continue;
    result = rulesAtTargets(result, target, target, market, fees, at);
  }
  return reported === undefined ? withBook(result, market) : result;
}

function takeTarget(
  change: PositionChange,
  target: number,
  reported: Decimal | undefined,
  market: Decimal,
  fees: FeeRates,
  at: Date,
): PositionChange {
  const position = change.after;
  const isLast = target === position.targetPrices.length;
  const closesAll = isLast && position.targetHitAt.every((hit, index) => hit !== null || index + 1 === target);
  const rung = position.targetQtys[target - 1] as Decimal;
  const price = position.targetPrices[target - 1] as Decimal;
  if (rung.isZero && !closesAll) return markTarget(change, target, price, at);
  const open = closesAll ? position.remainingQty : rung;
  const qty = reported === undefined ? targetFill(position, price, open, market, fees) : open;
  const isWhole = qty.eq(open);
  const message = `Target ${target} (${price.toString()}) ${isWhole ? 'hit' : 'filled in part'}`;
  const order = {
    leg: `TP${target}`,
    type: reported === undefined ? ('LIMIT' as const) : ('MARKET' as const),
    price: reported ?? price,
    qty,
    liquidity: reported === undefined ? ('MAKER' as const) : ('TAKER' as const),
    ...(isWhole ? { target } : { part: { target, ofQty: open } }),
    log: { type: 'TP_HIT' as const, message, meta: { target, target_price: price.toString() } },
  };
  return bookExit(change, order, TARGETS_END, fees, at);
}

/** How much of a resting target fills now that the market has reached it. */
function targetFill(
  position: PositionState,
  price: Decimal,
  qty: Decimal,
  market: Decimal,
  terms: VenueTerms,
): Decimal {
  const { symbol, side, plan } = position;
  const order = { symbol, side: closingOrderSide(side), price, qty, lotStep: Decimal.of(plan.instrument.lotStep) };
  return restingQty(terms, order, market);
}
