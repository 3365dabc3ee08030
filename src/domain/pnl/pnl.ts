/**
 * Profit and loss of linear contracts, in the quote currency.
 * Keeps: gross = (exit − entry) × quantity for longs and its negative for shorts (Binance, "USD-margined futures PnL");
 * net = gross minus the fees of entry and exits. Exact: nothing is rounded.
 */
import type { Side } from '../instrument/side.js';
import type { Decimal } from '../money/decimal.js';
import { percentOf } from '../money/money.js';

/** Places of an average price. */
export const AVERAGE_PRICE_SCALE = 12;

export function grossPnl(side: Side, entryPrice: Decimal, exitPrice: Decimal, qty: Decimal): Decimal {
  const move = side === 'LONG' ? exitPrice.minus(entryPrice) : entryPrice.minus(exitPrice);
  return move.times(qty);
}

/** The fee of a fill; `feePercent` is the maker or taker fee in percent of the notional. */
export function feeOf(price: Decimal, qty: Decimal, feePercent: Decimal): Decimal {
  return percentOf(price.times(qty), feePercent);
}
