/**
 * What a venue makes of the orders of a position: the price that an order which takes liquidity fills at; the price that must
 * trade for a resting one to fill, and how much of it then does. Keeps: without a fill model orders fill whole, at their own
 * price; parts are whole lots.
 */
import type { OrderSide } from '../instrument/side.js';
import { Decimal } from '../money/decimal.js';
import { floorToStep } from '../money/money.js';
import type { OrderLeg, OrderType } from '../order/order.js';
import { drawOf } from '../paper/fill-model.js';
import type { FeeRates } from './position.js';

type Terms = Pick<FeeRates, 'fills'>;

export interface TakingOrder {
  readonly symbol: string;
  readonly side: OrderSide;
  readonly leg: OrderLeg;
  readonly type: OrderType;
  readonly qty: Decimal;
}

/** The price at which `order` fills when the market is at `market`. The same order draws the same chance every time. */
export function takenAt(terms: Terms, positionId: number, order: TakingOrder, market: Decimal): Decimal {
  const { leg, ...sent } = order;
  return terms.fills?.execute(sent, { price: market }, drawOf(`position:${positionId}:${leg}`))?.price ?? market;
}

/** The price that must trade for a resting order to fill: its own, unless the venue asks for more. */
export function restingAt(terms: Terms, side: OrderSide, limit: Decimal): Decimal {
  return terms.fills === undefined ? limit : terms.fills.fillsAt(side, limit);
}

export interface RestingOrder {
  readonly symbol: string;
  readonly side: OrderSide;
  readonly price: Decimal;
  /** What of it has not filled. */
  readonly qty: Decimal;
  readonly lotStep: Decimal;
}

/** How much of a resting order fills when the market, at `market`, has reached it: at least a lot, at most all of it. */
export function restingQty(terms: Terms, { lotStep, ...order }: RestingOrder, market: Decimal): Decimal {
  const fill = terms.fills?.execute({ ...order, type: 'LIMIT' }, { price: market }, 0);
  if (fill === undefined || fill.qty.gte(order.qty)) return order.qty;
  return Decimal.min(order.qty, Decimal.max(lotStep, floorToStep(fill.qty, lotStep)));
}
