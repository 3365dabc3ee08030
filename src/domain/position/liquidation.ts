/**
 * Liquidation of a simulated isolated position: when its margin no longer carries it, it is closed and the margin is gone.
 * Keeps: the owner loses exactly the margin, whatever the gap: what the market leaves of it goes to the insurance fund,
 * and what the market takes beyond it the fund pays, as on a venue.
 */
import { Decimal } from '../money/decimal.js';
import { liquidationPrice } from '../margin/liquidation.js';
import { marginOf } from '../sizing/plan-entry.js';
import { bookExit, type EndState } from './exits.js';
import type { FeeRates, PositionChange, PositionState } from './position.js';

const END: EndState = { status: 'STOPPED', reason: 'LIQUIDATION' };

/** The fund pays the venue's costs of a liquidation out of what it gets. */
const NO_FEES: FeeRates = { makerPercent: Decimal.ZERO, takerPercent: Decimal.ZERO };

type Held = Pick<PositionState, 'side' | 'entryPrice' | 'remainingQty' | 'leverage'>;

/** The estimated liquidation price of what is held; undefined where the venue liquidates nothing. */
export function liquidationPriceOf(position: Held, terms: Pick<FeeRates, 'brackets'>): Decimal | undefined {
  if (terms.brackets === undefined) return undefined;
  const { side, entryPrice, remainingQty } = position;
  return liquidationPrice({ side, entryPrice, qty: remainingQty, collateral: heldMargin(position) }, terms.brackets);
}

/** What stands for the held quantity alone; orders that still wait have reserved theirs beside it. */
function heldMargin({ remainingQty, entryPrice, leverage }: Held): Decimal {
  return marginOf(remainingQty.times(entryPrice), leverage);
}

export function liquidationReached(position: Held, price: Decimal, terms: Pick<FeeRates, 'brackets'>): boolean {
  const limit = liquidationPriceOf(position, terms);
  if (limit === undefined) return false;
  return position.side === 'LONG' ? price.lte(limit) : price.gte(limit);
}

/** The price that ends the position first when the market turns against it: its stop, if any, or its liquidation. */
export function protectivePrice<Stop extends Decimal | null>(
  position: Held & { readonly stopLoss: Stop },
  terms: Pick<FeeRates, 'brackets'>,
): Decimal | Stop {
  const limit = liquidationPriceOf(position, terms);
  if (limit === undefined) return position.stopLoss;
  if (position.stopLoss === null) return limit;
  return position.side === 'LONG' ? Decimal.max(position.stopLoss, limit) : Decimal.min(position.stopLoss, limit);
}

/** Closes all that remains at `price`, the mark price that reached the liquidation price. */
export function liquidate(change: PositionChange, price: Decimal, at: Date): PositionChange {
  const { remainingQty } = change.after;
  const margin = heldMargin(change.after);
  const order = {
    leg: 'LIQUIDATION',
    type: 'MARKET' as const,
    price,
    qty: remainingQty,
    liquidity: 'TAKER' as const,
    log: {
      type: 'LIQUIDATION' as const,
      message: `Liquidated at ${price.toString()}: the margin of ${margin.toString()} USDT is lost`,
      meta: { margin_lost: margin.toString() },
    },
  };
  const closed = bookExit(change, order, END, NO_FEES, at);
  const left = margin.plus(closed.balanceDelta.minus(change.balanceDelta));
  return {
    ...closed,
    after: { ...closed.after, realisedPnl: closed.after.realisedPnl.minus(left) },
    balanceDelta: closed.balanceDelta.minus(left),
    liquidation: left,
  };
}
