/**
 * Booking exits of part or all of what a position holds.
 * Keeps: an exit never exceeds what remains, so it can neither flip nor increase the position; PnL is booked once per
 * fill and adds up exactly to proceeds minus cost; when nothing remains, nothing is left waiting or reserved. Average
 * prices are rounded half-even to 12 places (they are shown, never computed with).
 */
import { closingOrderSide } from '../instrument/side.js';
import { Decimal } from '../money/decimal.js';
import type { Liquidity, OrderLeg, OrderType } from '../order/order.js';
import { AVERAGE_PRICE_SCALE, feeOf } from '../pnl/pnl.js';
import { withRungs } from './ladder-of.js';
import { hasOpenLegs, marginFor } from './legs.js';
import { type CloseReason, type PositionStatus, requireMove } from './position-status.js';
import type { FeeRates, LogEntry, PositionChange, PositionState } from './position.js';
import { takenAt } from './terms.js';

/** Places of a cost that is shared out; the product of a price and a quantity of 12 places each. */
const COST_SCALE = 24;

export interface ExitOrder {
  readonly leg: OrderLeg;
  readonly type: OrderType;
  /** Its own price for a resting order; the market's for one that takes, which fills at what the venue makes of it. */
  readonly price: Decimal;
  /** At most what remains. */
  readonly qty: Decimal;
  readonly liquidity: Liquidity;
  readonly log: LogEntry;
  /** 1-based target that this exit completes, if any. */
  readonly target?: number;
  /** 1-based target whose order this exit fills in part, and what of the order was open before. */
  readonly part?: { readonly target: number; readonly ofQty: Decimal };
}

export interface EndState {
  readonly status: PositionStatus;
  readonly reason: CloseReason;
}

/** A change that changes nothing yet; the starting point of every booking. */
export function unchanged(position: PositionState): PositionChange {
  return {
    before: position,
    after: position,
    executions: [],
    log: [],
    cancelsEntry: false,
    balanceDelta: Decimal.ZERO,
    marginDelta: Decimal.ZERO,
    openDelta: 0,
  };
}

/** Closes `order.qty` of what remains; `end` is the status taken when nothing remains after it. */
export function bookExit(
  change: PositionChange,
  order: ExitOrder,
  end: EndState,
  fees: FeeRates,
  at: Date,
): PositionChange {
  const position = change.after;
  const qty = Decimal.min(order.qty, position.remainingQty);
  const isOver = qty.eq(position.remainingQty);
  requireMove(position, isOver ? end.status : 'PARTIAL');
  const side = closingOrderSide(position.side);
  const { leg, type, liquidity } = order;
  const takes = liquidity === 'TAKER';
  const sent = { symbol: position.symbol, side, leg, type, qty };
  const price = takes ? takenAt(fees, position.id, sent, order.price) : order.price;
  const fee = feeOf(price, qty, takes ? fees.takerPercent : fees.makerPercent);
  const cost = costOf(position, qty);
  const proceeds = price.times(qty);
  const gross = position.side === 'LONG' ? proceeds.minus(cost) : cost.minus(proceeds);
  const reduced: PositionState = {
    ...position,
    remainingQty: position.remainingQty.minus(qty),
    cost: position.cost.minus(cost),
    exitPrice: averageExit(position, price, qty),
    targetHitAt: position.targetHitAt.map((hit, index) => (index + 1 === order.target ? at : hit)),
    realisedPnl: position.realisedPnl.plus(gross).minus(fee),
    fees: position.fees.plus(fee),
  };
  const after = isOver ? ended(reduced, end, at) : stillHeld(reduced, order, qty);
  return {
    ...change,
    after,
    executions: [
      ...change.executions,
      { leg, effect: 'EXIT', side, type, price, qty, ...wholeOf(order), fee, liquidity, grossPnl: gross },
    ],
    log: [...change.log, withFigures(order.log, price, qty, gross, fee)],
    cancelsEntry: change.cancelsEntry || (isOver && hasOpenLegs(position)),
    balanceDelta: change.balanceDelta.plus(gross).minus(fee),
    marginDelta: change.marginDelta.plus(after.margin).minus(position.margin),
    openDelta: isOver ? -1 : change.openDelta,
  };
}

/** The part of the exact cost that belongs to `qty`; all of it when nothing remains. */
function costOf(position: PositionState, qty: Decimal): Decimal {
  if (qty.eq(position.remainingQty)) return position.cost;
  const atAverage = position.entryPrice.times(qty);
  const isExact = position.entryPrice.times(position.remainingQty).eq(position.cost);
  return isExact ? atAverage : position.cost.times(qty).dividedBy(position.remainingQty, COST_SCALE, 'half_even');
}

function ended(position: PositionState, end: EndState, at: Date): PositionState {
  return {
    ...position,
    status: end.status,
    margin: Decimal.ZERO,
    entriesClosed: true,
    entryExpiresAt: null,
    exitAt: null,
    closeReason: end.reason,
    closedAt: at,
  };
}

function wholeOf({ part }: ExitOrder): { readonly ofQty?: Decimal } {
  return part === undefined ? {} : { ofQty: part.ofQty };
}

/** A part of a target is taken from its rung, what was closed otherwise from all rungs. */
function stillHeld(position: PositionState, order: ExitOrder, qty: Decimal): PositionState {
  const partial: PositionState = { ...position, status: 'PARTIAL', margin: marginFor(position) };
  const { part } = order;
  if (part !== undefined) {
    const targetQtys = partial.targetQtys.map((rung, index) => (index + 1 === part.target ? rung.minus(qty) : rung));
    return { ...partial, targetQtys };
  }
  return order.target === undefined ? withRungs(partial, partial.remainingQty) : partial;
}

/** Marks a rung as hit although it had nothing to close (it was merged into another). */
export function markTarget(change: PositionChange, target: number, price: Decimal, at: Date): PositionChange {
  const position = change.after;
  const log: LogEntry = {
    type: 'TP_HIT',
    message: `Target ${target} (${price.toString()}) hit: it has no share of its own, so nothing was closed`,
    meta: { target, target_price: price.toString(), qty: '0', pnl: '0', fee: '0' },
  };
  const targetHitAt = position.targetHitAt.map((hit, index) => (index + 1 === target ? at : hit));
  return { ...change, after: { ...position, targetHitAt }, log: [...change.log, log] };
}

function averageExit(position: PositionState, price: Decimal, qty: Decimal): Decimal {
  const closedBefore = position.qty.minus(position.remainingQty);
  if (position.exitPrice === null || closedBefore.isZero) return price;
  const value = position.exitPrice.times(closedBefore).plus(price.times(qty));
  return value.dividedBy(closedBefore.plus(qty), AVERAGE_PRICE_SCALE, 'half_even');
}

function withFigures(log: LogEntry, price: Decimal, qty: Decimal, gross: Decimal, fee: Decimal): LogEntry {
  const figures = {
    price: price.toString(),
    qty: qty.toString(),
    pnl: gross.minus(fee).toString(),
    fee: fee.toString(),
  };
  return { ...log, meta: { ...log.meta, ...figures } };
}
