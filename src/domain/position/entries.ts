/**
 * Booking fills of entry and safety orders, and giving up those that have not filled.
 * Keeps: a leg never fills beyond its quantity; cost is exact, the average entry is rounded half-even to 12 places; after
 * every fill the open rungs sum to what remains; margin covers what is held and what still waits, nothing else.
 */
import { openingOrderSide } from '../instrument/side.js';
import { Decimal } from '../money/decimal.js';
import type { Liquidity, OrderType } from '../order/order.js';
import { AVERAGE_PRICE_SCALE, feeOf } from '../pnl/pnl.js';
import { withAnchoredTargets, withRungs } from './ladder-of.js';
import { hasOpenEntries, hasOpenLegs, isSafetyLeg, legName, marginFor, openLegQty } from './legs.js';
import { type CloseReason, requireMove } from './position-status.js';
import type { FeeRates, LogEntry, PositionChange, PositionState } from './position.js';
import { takenAt } from './terms.js';

const MS_PER_SECOND = 1000;

export interface LegFill {
  /** 0-based. */
  readonly leg: number;
  /** Its own price for a resting order; the market's for one that takes, which fills at what the venue makes of it. */
  readonly price: Decimal;
  readonly qty: Decimal;
  readonly type: OrderType;
  readonly liquidity: Liquidity;
}

export function bookLegFill(change: PositionChange, order: LegFill, fees: FeeRates, at: Date): PositionChange {
  const position = change.after;
  if (position.status !== 'PARTIAL') requireMove(position, 'OPEN');
  const open = openLegQty(position, order.leg);
  const qty = Decimal.min(order.qty, open);
  if (!qty.isPositive) throw new Error(`leg ${order.leg} of position ${position.id} is filled already`);
  const leg = legName(position, order.leg);
  const side = openingOrderSide(position.side);
  const { type, liquidity } = order;
  const takes = liquidity === 'TAKER';
  const sent = { symbol: position.symbol, side, leg, type, qty };
  const price = takes ? takenAt(fees, position.id, sent, order.price) : order.price;
  const fee = feeOf(price, qty, takes ? fees.takerPercent : fees.makerPercent);
  const fill = { ...order, price };
  const after = withFill(position, fill, qty, fee, at);
  return {
    ...change,
    after,
    executions: [
      ...change.executions,
      {
        leg,
        effect: 'ENTRY',
        side,
        type,
        price,
        qty,
        ...(qty.lt(open) ? { ofQty: open } : {}),
        fee,
        liquidity,
        grossPnl: Decimal.ZERO,
      },
    ],
    log: [...change.log, fillLog(position, after, fill, qty, fee)],
    balanceDelta: change.balanceDelta.minus(fee),
    marginDelta: change.marginDelta.plus(after.margin).minus(position.margin),
  };
}

function withFill(position: PositionState, fill: LegFill, qty: Decimal, fee: Decimal, at: Date): PositionState {
  const remainingQty = position.remainingQty.plus(qty);
  const cost = position.cost.plus(fill.price.times(qty));
  const isFirst = position.remainingQty.isZero;
  const openedAt = position.openedAt ?? at;
  const { exitAfterSeconds } = position.plan;
  const held: PositionState = {
    ...position,
    status: position.status === 'PENDING' ? 'OPEN' : position.status,
    legFilled: position.legFilled.map((filled, leg) => (leg === fill.leg ? filled.plus(qty) : filled)),
    qty: position.qty.plus(qty),
    remainingQty,
    cost,
    entryPrice: isFirst ? fill.price : cost.dividedBy(remainingQty, AVERAGE_PRICE_SCALE, 'half_even'),
    openedAt,
    exitAt: exitAfterSeconds === null ? null : new Date(openedAt.getTime() + exitAfterSeconds * MS_PER_SECOND),
    fees: position.fees.plus(fee),
    realisedPnl: position.realisedPnl.minus(fee),
  };
  const laddered = withRungs(withAnchoredTargets(held), remainingQty);
  const entryExpiresAt = hasOpenEntries(laddered) ? laddered.entryExpiresAt : null;
  return { ...laddered, entryExpiresAt, margin: marginFor(laddered) };
}

function fillLog(before: PositionState, after: PositionState, fill: LegFill, qty: Decimal, fee: Decimal): LogEntry {
  const leg = legName(before, fill.leg);
  const figures = { price: fill.price.toString(), qty: qty.toString(), fee: fee.toString(), leg };
  if (before.status === 'PENDING') {
    const message = `${before.side} ${before.symbol} ${qty.toString()} opened at ${fill.price.toString()}`;
    return { type: 'OPEN', message, meta: figures };
  }
  const average = after.entryPrice.toString();
  const message = `${leg}: ${qty.toString()} added at ${fill.price.toString()}, average entry ${average}`;
  return { type: 'ENTRY_FILLED', message, meta: { ...figures, average_entry: average } };
}

/** Withdraws what has not filled of a position that holds something; the same change when nothing waits. */
export function withdrawEntries(change: PositionChange, message: string): PositionChange {
  const position = change.after;
  if (!hasOpenLegs(position)) return change;
  const closed: PositionState = { ...position, entriesClosed: true, entryExpiresAt: null };
  const margin = marginFor(closed);
  return {
    ...change,
    after: { ...closed, margin },
    log: [...change.log, { type: 'ENTRY_CANCELLED', message, meta: {} }],
    cancelsEntry: true,
    marginDelta: change.marginDelta.plus(margin).minus(position.margin),
  };
}

/** Takes back the entries that have not filled in time; safety orders go on waiting. Nothing is due afterwards. */
export function expireEntries(change: PositionChange, message: string): PositionChange {
  const position = change.after;
  const inTime: PositionState = { ...position, entryExpiresAt: null };
  if (!hasOpenEntries(position)) return { ...change, after: inTime };
  const legQtys = position.legQtys.map((qty, leg) =>
    isSafetyLeg(position, leg) ? qty : (position.legFilled[leg] as Decimal),
  );
  const left: PositionState = { ...inTime, legQtys, plannedQty: Decimal.sum(legQtys) };
  if (!hasOpenLegs(left)) return withdrawEntries(change, message);
  const margin = marginFor(left);
  return {
    ...change,
    after: { ...left, margin },
    log: [...change.log, { type: 'ENTRY_CANCELLED', message, meta: {} }],
    cancelsEntry: true,
    marginDelta: change.marginDelta.plus(margin).minus(position.margin),
  };
}

/** Gives up a position of which nothing has filled: nothing is booked. */
export function cancelPending(change: PositionChange, reason: CloseReason, at: Date, message: string): PositionChange {
  const position = change.after;
  requireMove(position, 'CANCELLED');
  return {
    ...change,
    after: {
      ...position,
      status: 'CANCELLED',
      entriesClosed: true,
      entryExpiresAt: null,
      margin: Decimal.ZERO,
      closeReason: reason,
      closedAt: at,
    },
    log: [...change.log, { type: 'CANCELLED', message, meta: { reason } }],
    cancelsEntry: true,
    marginDelta: change.marginDelta.minus(position.margin),
    openDelta: -1,
  };
}
