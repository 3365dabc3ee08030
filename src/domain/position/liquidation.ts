/**
 * Liquidation of a simulated isolated position: when its margin no longer carries it, it is closed and the margin is gone.
 * A cross position is liquidated with its account (`account-liquidation.ts`), never by its own price.
 * Keeps: the owner loses exactly the margin of what is held, whatever the gap: what the market leaves of it goes to the
 * insurance fund, and what the market takes beyond it the fund pays, as on a venue. What orders that still wait have
 * reserved is released.
 */
import { liquidationPrice } from '../margin/liquidation.js';
import { Decimal } from '../money/decimal.js';
import { bookExit, type EndState } from './exits.js';
import { marginOf } from './legs.js';
import { better, hasFallenTo } from './prices.js';
import type { FeeRates, PositionChange, PositionState } from './position.js';

const END: EndState = { status: 'STOPPED', reason: 'LIQUIDATION' };

/** The fund pays the venue's costs of a liquidation out of what it gets. */
const NO_FEES: FeeRates = { makerPercent: Decimal.ZERO, takerPercent: Decimal.ZERO };

type Terms = Pick<FeeRates, 'brackets'>;

/** What decides where a position is liquidated. */
export type Margined = Pick<PositionState, 'side' | 'cost' | 'remainingQty' | 'leverage' | 'isCross'>;

/** The estimated liquidation price of what is held; undefined for cross margin and where the venue liquidates nothing. */
export function liquidationPriceOf(position: Margined, terms: Terms): Decimal | undefined {
  if (terms.brackets === undefined || position.isCross) return undefined;
  const { side, cost, remainingQty } = position;
  return liquidationPrice({ side, cost, qty: remainingQty, collateral: heldMargin(position) }, terms.brackets);
}

function heldMargin({ cost, leverage }: Margined): Decimal {
  return marginOf(cost, leverage);
}

export function liquidationReached(position: Margined, price: Decimal, terms: Terms): boolean {
  const limit = liquidationPriceOf(position, terms);
  return limit !== undefined && hasFallenTo(position.side, price, limit);
}

/** The price that ends the position first when the market turns against it: its stop or its liquidation, if any. */
export function protectivePrice(
  position: Margined & { readonly stopLoss: Decimal | null },
  terms: Terms,
): Decimal | null {
  const limit = liquidationPriceOf(position, terms);
  if (limit === undefined) return position.stopLoss;
  return position.stopLoss === null ? limit : better(position.side, position.stopLoss, limit);
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
