/**
 * What one price does to one position: fills its entry, hits targets, stops it.
 * Keeps: liquidation is tested before the stop, the stop before targets; a resting limit order (entry, target) fills at
 * its own price as maker; a stop is a market order and fills from the price that crossed it, so a gap is paid in full;
 * several targets crossed by one price fill together, each once. A position that is not touched answers undefined.
 */
import { closingOrderSide, openingOrderSide } from '../instrument/side.js';
import type { Decimal } from '../money/decimal.js';
import { bookEntry, bookExit, type EndState, markTarget, unchanged } from './exits.js';
import { liquidate, liquidationReached } from './liquidation.js';
import type { FeeRates, PositionChange, PositionState } from './position.js';
import { restingAt } from './terms.js';

const TARGETS_END: EndState = { status: 'CLOSED', reason: 'TARGETS' };
const STOP_END: EndState = { status: 'STOPPED', reason: 'STOP' };

export function onPrice(position: PositionState, price: Decimal, fees: FeeRates, at: Date): PositionChange | undefined {
  if (position.status === 'PENDING') {
    if (!entryReached(position, price, fees)) return undefined;
    const filled = bookEntry(unchanged(position), fees, at);
    return endedAgainst(filled, price, fees, at) ?? filled;
  }
  if (position.status !== 'OPEN' && position.status !== 'PARTIAL') return undefined;
  const ended = endedAgainst(unchanged(position), price, fees, at);
  if (ended !== undefined) return ended;
  const reached = targetsReached(position, price, fees);
  return reached === 0 ? undefined : takeTargets(unchanged(position), reached, undefined, fees, at);
}

/** Ends a position that the market went against: by liquidation where its margin is gone, else by its stop. */
function endedAgainst(change: PositionChange, price: Decimal, fees: FeeRates, at: Date): PositionChange | undefined {
  if (liquidationReached(change.after, price, fees)) return liquidate(change, price, at);
  return stopReached(change.after, price) ? stopAt(change, price, fees, at) : undefined;
}

/** True when a limit entry would fill: at or below it for longs, at or above it for shorts. */
export function entryReached(
  position: Pick<PositionState, 'side' | 'entryPrice'>,
  price: Decimal,
  terms: Pick<FeeRates, 'fills'> = {},
): boolean {
  const needed = restingAt(terms, openingOrderSide(position.side), position.entryPrice);
  return position.side === 'LONG' ? price.lte(needed) : price.gte(needed);
}

export function stopReached(position: Pick<PositionState, 'side' | 'stopLoss'>, price: Decimal): boolean {
  return position.side === 'LONG' ? price.lte(position.stopLoss) : price.gte(position.stopLoss);
}

/** The number of the farthest target that `price` has reached and that is not hit yet; 0 when there is none. */
export function targetsReached(
  position: Pick<PositionState, 'side' | 'targetPrices' | 'targetHitAt'>,
  price: Decimal,
  terms: Pick<FeeRates, 'fills'> = {},
): number {
  const side = closingOrderSide(position.side);
  for (let index = position.targetPrices.length; index >= 1; index -= 1) {
    const target = restingAt(terms, side, position.targetPrices[index - 1] as Decimal);
    const reached = position.side === 'LONG' ? price.gte(target) : price.lte(target);
    if (reached && position.targetHitAt[index - 1] === null) return index;
  }
  return 0;
}

/** Closes everything that remains at `price`, as taker. */
export function stopAt(change: PositionChange, price: Decimal, fees: FeeRates, at: Date): PositionChange {
  const position = change.after;
  const order = {
    leg: 'STOP',
    type: 'STOP_MARKET' as const,
    price,
    qty: position.remainingQty,
    liquidity: 'TAKER' as const,
    log: {
      type: 'SL_HIT' as const,
      message: `Stop loss ${position.stopLoss.toString()} hit at ${price.toString()}`,
      meta: { stop_loss: position.stopLoss.toString() },
    },
  };
  return bookExit(change, order, STOP_END, fees, at);
}

/**
 * Takes all targets up to `upTo` that are not hit yet. Each closes its rung at its own price as maker, or, when
 * `marketPrice` is given (somebody reported the target, the market is elsewhere), at that price as taker. The last
 * target closes all that remains.
 */
export function takeTargets(
  change: PositionChange,
  upTo: number,
  marketPrice: Decimal | undefined,
  fees: FeeRates,
  at: Date,
): PositionChange {
  let result = change;
  for (let target = 1; target <= upTo; target += 1) {
    if (result.after.targetHitAt[target - 1] !== null || result.after.remainingQty.isZero) continue;
    result = takeTarget(result, target, marketPrice, fees, at);
  }
  return result;
}

function takeTarget(
  change: PositionChange,
  target: number,
  marketPrice: Decimal | undefined,
  fees: FeeRates,
  at: Date,
): PositionChange {
  const position = change.after;
  const isLast = target === position.targetPrices.length;
  const rung = position.targetQtys[target - 1] as Decimal;
  const price = position.targetPrices[target - 1] as Decimal;
  if (rung.isZero && !isLast) return markTarget(change, target, price, at);
  const order = {
    leg: `TP${target}`,
    type: marketPrice === undefined ? ('LIMIT' as const) : ('MARKET' as const),
    price: marketPrice ?? price,
    qty: isLast ? position.remainingQty : rung,
    liquidity: marketPrice === undefined ? ('MAKER' as const) : ('TAKER' as const),
    target,
    log: {
      type: 'TP_HIT' as const,
      message: `Target ${target} (${price.toString()}) hit`,
      meta: { target, target_price: price.toString() },
    },
  };
  return bookExit(change, order, TARGETS_END, fees, at);
}
