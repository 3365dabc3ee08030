/**
 * Fees and averages of fills of linear contracts, in the quote currency.
 * Keeps: exact, nothing is rounded here. Gross PnL is proceeds minus cost for longs and its negative for shorts (Binance,
 * "USD-margined futures PnL"): see `domain/position/exits.ts`; net is gross minus the fees of entries and exits.
 */
import type { Decimal } from '../money/decimal.js';
import { percentOf } from '../money/money.js';

/** Places of an average price. */
export const AVERAGE_PRICE_SCALE = 12;

/** The fee of a fill; `feePercent` is the maker or taker fee in percent of the notional. */
export function feeOf(price: Decimal, qty: Decimal, feePercent: Decimal): Decimal {
  return percentOf(price.times(qty), feePercent);
}
