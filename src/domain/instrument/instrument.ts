/** What an instrument demands of prices and quantities. All amounts are decimal text. */

export interface InstrumentRules {
  /** `BTCUSDT` */
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  /** Prices are multiples of this. */
  readonly tickSize: string;
  /** Quantities are multiples of this, in the base asset. */
  readonly lotStep: string;
  readonly minQty: string;
  /** Smallest price times quantity of an order, in the quote asset. */
  readonly minNotional: string;
  readonly maxLeverage: number;
}

/** Quotes a symbol may end with, longest first. */
const QUOTES = ['USDT', 'USDC', 'BUSD', 'USD', 'BTC', 'ETH'];

/** Splits `BTCUSDT` into base and quote; undefined when it does not look like a pair. */
export function splitSymbol(symbol: string): { base: string; quote: string } | undefined {
  for (const quote of QUOTES) {
    const base = symbol.slice(0, -quote.length);
    if (symbol.endsWith(quote) && /^[A-Z0-9]{1,15}$/.test(base)) return { base, quote };
  }
  return undefined;
}
