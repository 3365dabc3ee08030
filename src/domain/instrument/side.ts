/** The two sides of a position, how they map to order sides, and how an entry is placed. */

export const SIDES = ['LONG', 'SHORT'] as const;
export type Side = (typeof SIDES)[number];

export const ORDER_SIDES = ['BUY', 'SELL'] as const;
export type OrderSide = (typeof ORDER_SIDES)[number];

/** `MARKET` enters at once; `LIMIT` and `BREAKOUT` orders wait. */
export const ENTRY_TYPES = ['MARKET', 'LIMIT', 'BREAKOUT'] as const;
export type EntryType = (typeof ENTRY_TYPES)[number];

/** The order side that opens a position of `side`. */
export function openingOrderSide(side: Side): OrderSide {
  return side === 'LONG' ? 'BUY' : 'SELL';
}

/** The order side that reduces a position of `side`. */
export function closingOrderSide(side: Side): OrderSide {
  return side === 'LONG' ? 'SELL' : 'BUY';
}

export function oppositeSide(side: Side): Side {
  return side === 'LONG' ? 'SHORT' : 'LONG';
}
