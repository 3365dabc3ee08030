/** The words an order is described with: types, statuses, legs, liquidity. */

export const ORDER_TYPES = ['MARKET', 'LIMIT', 'STOP_MARKET'] as const;
export type OrderType = (typeof ORDER_TYPES)[number];

export const ORDER_STATUSES = [
  'SUBMITTING',
  'OPEN',
  'PARTIALLY_FILLED',
  'FILLED',
  'CANCELLED',
  'REJECTED',
  'EXPIRED',
  'UNKNOWN',
] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

export const LIQUIDITIES = ['MAKER', 'TAKER'] as const;
export type Liquidity = (typeof LIQUIDITIES)[number];

/**
 * What an order does for its position: `ENTRY`, `ENTRY2`…, `SAFETY1`…, `TP1`…`TP10`, `STOP`, `CLOSE1`…, `EXIT_TIME`,
 * `REVERSAL`, `CANCEL`.
 */
export type OrderLeg = string;

export const TRADE_LOG_TYPES = [
  'OPEN',
  'PENDING',
  'ENTRY_FILLED',
  'ENTRY_CANCELLED',
  'TP_HIT',
  'TRAILING',
  'STOP_MOVED',
  'SL_HIT',
  'EDITED',
  'DETACHED',
  'ATTACHED',
  'CLOSE',
  'CANCELLED',
  'REVERSAL',
  'LIQUIDATION',
  'ERROR',
] as const;
export type TradeLogType = (typeof TRADE_LOG_TYPES)[number];
