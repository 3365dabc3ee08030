/**
 * Booking fills on a position: the entry of a pending one, and exits of part or all of what remains.
 * Keeps: an exit never exceeds what remains, so it can neither flip nor increase the position; PnL is booked once per
 * fill; average exit price is weighted by quantity and rounded half-even to 12 places (it is shown, never computed with).
 */
import { closingOrderSide, openingOrderSide } from '../instrument/side.js';
import { Decimal } from '../money/decimal.js';
import type { Liquidity, OrderLeg, OrderType } from '../order/order.js';
import { feeOf, grossPnl } from '../pnl/pnl.js';
import { marginOf } from '../sizing/plan-entry.js';
import { type CloseReason, isTerminalPosition, mayMove, type PositionStatus } from './position-status.js';
import type { Execution, FeeRates, LogEntry, PositionChange, PositionState } from './position.js';
import { takenAt } from './terms.js';

const AVERAGE_PRICE_SCALE = 12;

export interface ExitOrder {
  readonly leg: OrderLeg;
  readonly type: OrderType;
  /** The market's for orders that take liquidity, the order's own for a resting one. */
  readonly price: Decimal;
  /** At most what remains. */
  readonly qty: Decimal;
  readonly liquidity: Liquidity;
  readonly log: LogEntry;
  /** 1-based target that this exit completes, if any. */
  readonly target?: number;
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

/** The resting limit entry filled at its limit price, as maker. */
export function bookEntry(change: PositionChange, fees: FeeRates, at: Date): PositionChange {
  const position = change.after;
  requireMove(position, 'OPEN');
  const qty = position.plannedQty;
  const fee = feeOf(position.entryPrice, qty, fees.makerPercent);
  const execution: Execution = {
    leg: 'ENTRY',
    effect: 'ENTRY',
    side: openingOrderSide(position.side),
    type: 'LIMIT',
    price: position.entryPrice,
    qty,
    fee,
    liquidity: 'MAKER',
    grossPnl: Decimal.ZERO,
  };
  return {
    ...change,
    after: {
      ...position,
      status: 'OPEN',
      qty,
      remainingQty: qty,
      openedAt: at,
      fees: position.fees.plus(fee),
      realisedPnl: position.realisedPnl.minus(fee),
    },
    executions: [...change.executions, execution],
    log: [...change.log, entryLog(position, qty, fee)],
    balanceDelta: change.balanceDelta.minus(fee),
  };
}

function entryLog(position: PositionState, qty: Decimal, fee: Decimal): LogEntry {
  return {
    type: 'OPEN',
    message: `${position.side} ${position.symbol} ${qty.toString()} opened at ${position.entryPrice.toString()}`,
    meta: { price: position.entryPrice.toString(), qty: qty.toString(), fee: fee.toString(), leg: 'ENTRY' },
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
  const remaining = position.remainingQty.minus(qty);
  const status: PositionStatus = remaining.isZero ? end.status : 'PARTIAL';
  requireMove(position, status);
  const feePercent = order.liquidity === 'MAKER' ? fees.makerPercent : fees.takerPercent;
  const sent = {
    symbol: position.symbol,
    side: closingOrderSide(position.side),
    leg: order.leg,
    type: order.type,
    qty,
  };
  const price = order.liquidity === 'MAKER' ? order.price : takenAt(fees, position.id, sent, order.price);
  const fee = feeOf(price, qty, feePercent);
  const gross = grossPnl(position.side, position.entryPrice, price, qty);
  const margin = remaining.isZero ? Decimal.ZERO : marginOf(remaining.times(position.entryPrice), position.leverage);
  const over = remaining.isZero;
  return {
    ...change,
    after: {
      ...position,
      status,
      remainingQty: remaining,
      exitPrice: averageExit(position, price, qty),
      targetHitAt: position.targetHitAt.map((hit, index) => (index + 1 === order.target ? at : hit)),
      margin,
      realisedPnl: position.realisedPnl.plus(gross).minus(fee),
      fees: position.fees.plus(fee),
      closeReason: over ? end.reason : null,
      closedAt: over ? at : null,
    },
    executions: [
      ...change.executions,
      {
        leg: order.leg,
        effect: 'EXIT',
        side: closingOrderSide(position.side),
        type: order.type,
        price,
        qty,
        fee,
        liquidity: order.liquidity,
        grossPnl: gross,
      },
    ],
    log: [...change.log, withFigures(order.log, price, qty, gross, fee)],
    balanceDelta: change.balanceDelta.plus(gross).minus(fee),
    marginDelta: change.marginDelta.plus(margin).minus(position.margin),
    openDelta: over ? -1 : change.openDelta,
  };
}

/** Gives up a pending entry: nothing was filled, so nothing is booked. */
export function cancelEntry(change: PositionChange, reason: CloseReason, at: Date, message: string): PositionChange {
  const position = change.after;
  requireMove(position, 'CANCELLED');
  return {
    ...change,
    after: { ...position, status: 'CANCELLED', margin: Decimal.ZERO, closeReason: reason, closedAt: at },
    log: [...change.log, { type: 'CANCELLED', message, meta: { reason } }],
    cancelsEntry: true,
    marginDelta: change.marginDelta.minus(position.margin),
    openDelta: -1,
  };
}

/** Marks a rung as hit although it had nothing to close (its share was below one lot). */
export function markTarget(change: PositionChange, target: number, price: Decimal, at: Date): PositionChange {
  const position = change.after;
  const log: LogEntry = {
    type: 'TP_HIT',
    message: `Target ${target} (${price.toString()}) hit: its share is below one lot, so nothing was closed`,
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

function requireMove(position: PositionState, to: PositionStatus): void {
  if (mayMove(position.status, to) && !isTerminalPosition(position.status)) return;
  throw new Error(`position ${position.id} cannot move from ${position.status} to ${to}`);
}
