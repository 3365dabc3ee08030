/**
 * How a simulated venue executes an order: spread, slippage by size and volatility, latency, depth, trade-through.
 * Keeps: pure and repeatable (chance comes in as `draw`); nobody fills better than the market by the model's costs, and
 * a fill never exceeds its order. `off` fills everything whole at its own price.
 */
import type { OrderSide } from '../instrument/side.js';
import { Decimal } from '../money/decimal.js';
import { percentOf } from '../money/money.js';
import type { Liquidity, OrderType } from '../order/order.js';
import { hashOf, SeededRandom } from '../random/seeded-random.js';

export const REALISMS = ['off', 'basic', 'full'] as const;
export type Realism = (typeof REALISMS)[number];

/** How deep and how calm the book of a symbol is taken to be. */
export const SYMBOL_CLASSES = ['major', 'large', 'other'] as const;
export type SymbolClass = (typeof SYMBOL_CLASSES)[number];

export interface BookShape {
  /** Half of the distance between bid and ask, in basis points of the middle. */
  readonly halfSpreadBps: Decimal;
  /** USDT that rest on one side within 10 basis points of the best price. */
  readonly depthUsdt: Decimal;
  /** Annual, in percent. */
  readonly volatilityPercent: Decimal;
}

export interface FillSettings {
  readonly realism: Realism;
  readonly books: Readonly<Record<SymbolClass, BookShape>>;
  readonly classOf: (symbol: string) => SymbolClass;
  /** From the decision to the venue, in milliseconds. `full` only. */
  readonly latencyMs: number;
  /** How far beyond its price the market must trade before a resting order fills, in basis points. `full` only. */
  readonly throughBps: Decimal;
  /** The worst a market order fills, spread included, in percent of the market price. */
  readonly maxSlippagePercent: Decimal;
}

export interface FillOrder {
  readonly symbol: string;
  readonly side: OrderSide;
  readonly type: OrderType;
  /** Still to be filled, in the base asset. */
  readonly qty: Decimal;
  /** Of limit orders. */
  readonly price?: Decimal;
}

export interface FillMarket {
  /** The middle of the moment; for a stop, the price that crossed it, so a gap is paid in full. */
  readonly price: Decimal;
  /** Annual, in percent; without it that of the symbol's class. */
  readonly volatilityPercent?: Decimal;
}

export interface Fill {
  readonly price: Decimal;
  /** At most the order's; less only for limit orders that are larger than the book is deep. */
  readonly qty: Decimal;
  readonly liquidity: Liquidity;
}

export interface FillModel {
  readonly realism: Realism;
  /** Whether a resting order may fill in parts. */
  readonly fillsInParts: boolean;
  /** What fills at this price; undefined while a limit order does not. `draw` is in [0, 1). */
  execute(order: FillOrder, market: FillMarket, draw: number): Fill | undefined;
  /** The price at which a resting limit order of `side` fills: its own, or beyond it. */
  fillsAt(side: OrderSide, limit: Decimal): Decimal;
}

const BPS = Decimal.of('0.0001');
const DEPTH_BPS = Decimal.of('10');
const HALF = Decimal.of('0.5');
/** The volatility at which slippage is as the depth says; it grows in proportion. */
const CALM_PERCENT = Decimal.of('60');
const PRICE_SCALE = 12;
const YEAR_MS = 31_536_000_000;
/** √12: what makes a uniform draw one of variance 1. */
const UNIT_SPREAD = Math.sqrt(12);

/** A repeatable draw in [0, 1) for what `cause` names: the same order draws the same chance when it is looked at again. */
export function drawOf(cause: string): number {
  return new SeededRandom(hashOf(cause)).next();
}

export function fillModel(settings: FillSettings): FillModel {
  if (settings.realism === 'off') return EXACT_FILLS;
  const full = settings.realism === 'full';
  const fillsAt = (side: OrderSide, limit: Decimal): Decimal =>
    full ? worsened(side === 'BUY' ? 'SELL' : 'BUY', limit, limit.times(settings.throughBps).times(BPS)) : limit;
  return {
    realism: settings.realism,
    fillsInParts: full,
    fillsAt,
    execute: (order, market, draw) => {
      const book = settings.books[settings.classOf(order.symbol)];
      if (order.type === 'LIMIT') return restingFill(order, market, fillsAt, full ? book : undefined);
      const move = costOf(order, market, book).plus(
        full ? drift(settings.latencyMs, market, book, draw, order.side) : Decimal.ZERO,
      );
      const worst = percentOf(market.price, settings.maxSlippagePercent);
      const bounded = Decimal.max(Decimal.min(move, worst), worst.negated());
      return { price: worsened(order.side, market.price, bounded), qty: order.qty, liquidity: 'TAKER' };
    },
  };
}

/** Every order fills whole, at its own price: limits at their limit, markets and stops at the market. */
export const EXACT_FILLS: FillModel = {
  realism: 'off',
  fillsInParts: false,
  fillsAt: (_side, limit) => limit,
  execute: (order, market) =>
    order.type === 'LIMIT'
      ? restingFill(order, market, (_side, limit) => limit, undefined)
      : { price: market.price, qty: order.qty, liquidity: 'TAKER' },
};

/** A limit order fills at its own price, as maker; at one price no more of it than the book is deep. */
function restingFill(
  order: FillOrder,
  market: FillMarket,
  fillsAt: FillModel['fillsAt'],
  book: BookShape | undefined,
): Fill | undefined {
  if (order.price === undefined) throw new RangeError('a limit order has a price');
  const needed = fillsAt(order.side, order.price);
  const isReached = order.side === 'BUY' ? market.price.lte(needed) : market.price.gte(needed);
  if (!isReached) return undefined;
  const most = book?.depthUsdt.dividedBy(order.price, PRICE_SCALE, 'floor');
  const qty = most === undefined ? order.qty : Decimal.min(order.qty, most);
  return { price: order.price, qty, liquidity: 'MAKER' };
}

/**
 * Half the spread, plus what walking an evenly filled book costs on average: it moves the price by 10 bp for each
 * `depthUsdt`, and the average fill lies half-way. In units of the price.
 */
function costOf(order: FillOrder, market: FillMarket, book: BookShape): Decimal {
  const notional = order.qty.times(market.price);
  const volatility = market.volatilityPercent ?? book.volatilityPercent;
  const walked = notional.times(DEPTH_BPS).times(HALF).times(volatility);
  const impactBps = walked.dividedBy(book.depthUsdt.times(CALM_PERCENT), PRICE_SCALE, 'ceil');
  return market.price.times(book.halfSpreadBps.plus(impactBps)).times(BPS);
}

/** How far the market ran against the order on its way to the venue: σ√t, as likely for it as against it. */
function drift(latencyMs: number, market: FillMarket, book: BookShape, draw: number, side: OrderSide): Decimal {
  const deviations = Math.sqrt(latencyMs / YEAR_MS) * (draw - 0.5) * UNIT_SPREAD;
  const share = Decimal.of(deviations.toFixed(PRICE_SCALE));
  const run = percentOf(market.price, market.volatilityPercent ?? book.volatilityPercent).times(share);
  return side === 'BUY' ? run : run.negated();
}

/** `price` moved by `by` to the disadvantage of `side`, rounded the same way. */
function worsened(side: OrderSide, price: Decimal, by: Decimal): Decimal {
  return side === 'BUY' ? price.plus(by).rounded(PRICE_SCALE, 'ceil') : price.minus(by).rounded(PRICE_SCALE, 'floor');
}
