/**
 * A place where orders are executed. The account is an argument, so one client serves every follower.
 * Keeps: an order is known by its client order id, which the caller has stored before `submit`; a timeout is answered
 * as `unknown`, never as a rejection.
 */
import type { InstrumentRules } from '../domain/instrument/instrument.js';
import type { OrderSide } from '../domain/instrument/side.js';
import type { MarginBracket } from '../domain/margin/liquidation.js';
import type { DecimalText } from '../domain/money/decimal.js';
import type { Liquidity, OrderStatus, OrderType } from '../domain/order/order.js';
import type { FillModel } from '../domain/paper/fill-model.js';
import type { TradingMode } from '../domain/position/position-status.js';

export interface TradingAccount {
  readonly accountId: number;
  readonly userId: number;
}

export interface OrderRequest {
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: OrderSide;
  readonly type: OrderType;
  readonly qty: string;
  /** Limit or trigger price; absent for market orders. */
  readonly price?: string;
  readonly reduceOnly: boolean;
}

export interface Execution {
  readonly tradeId: string;
  readonly price: string;
  readonly qty: string;
  /** In the quote currency. */
  readonly fee: string;
  readonly liquidity: Liquidity;
}

export interface OrderReport {
  readonly clientOrderId: string;
  readonly venueOrderId: string;
  readonly status: OrderStatus;
  readonly executions: readonly Execution[];
}

export type SubmitResult =
  | { readonly outcome: 'accepted'; readonly report: OrderReport }
  | { readonly outcome: 'rejected'; readonly reason: string }
  /** No answer: ask by client order id before anything else. */
  | { readonly outcome: 'unknown'; readonly reason: string };

export interface Balance {
  readonly currency: string;
  readonly total: string;
  readonly available: string;
}

export interface VenuePosition {
  readonly symbol: string;
  readonly side: 'LONG' | 'SHORT';
  readonly qty: string;
  readonly entryPrice: string;
}

export interface VenueCapabilities {
  readonly mode: TradingMode;
  /**
   * True when fills are computed by the domain's own rules within the caller's transaction, so that a whole page of
   * followers settles at once. False when orders are sent over a network (`submit`).
   */
  readonly settlesInline: boolean;
}

/** Maker and taker fee in percent of the notional, as decimal text. */
export interface VenueFees {
  readonly makerPercent: string;
  readonly takerPercent: string;
}

/** How a venue that exists only here executes, liquidates and charges funding. */
export interface SimulatedTerms {
  readonly fills: FillModel;
  /** Absent: nothing is liquidated. */
  readonly brackets?: readonly MarginBracket[];
  /** What longs pay for 8 hours, in percent of the notional; negative when shorts pay. Absent: no funding. */
  readonly fundingRatePercent?: (symbol: string) => DecimalText;
}

/** What the platform's own books say of an account: the source of truth of a venue that exists only in them. */
export interface VenueBooks {
  balances(account: TradingAccount): Promise<readonly Balance[]>;
  findOrder(account: TradingAccount, clientOrderId: string): Promise<OrderReport | undefined>;
  openOrders(account: TradingAccount): Promise<readonly OrderReport[]>;
  positions(account: TradingAccount): Promise<readonly VenuePosition[]>;
  fillsSince(account: TradingAccount, since: Date): Promise<readonly (Execution & { clientOrderId: string })[]>;
}

export interface ExchangeClient {
  readonly code: string;
  readonly capabilities: VenueCapabilities;
  /** The fees that plans reckon with. */
  readonly fees: VenueFees;
  /** Of venues whose fills are computed here (`settlesInline`); absent elsewhere. */
  readonly simulation?: SimulatedTerms;
  /** Steps and minimums of an instrument; `near` is a price at which it trades. */
  rules(symbol: string, near: string): Promise<InstrumentRules>;
  balances(account: TradingAccount): Promise<readonly Balance[]>;
  submit(account: TradingAccount, order: OrderRequest): Promise<SubmitResult>;
  cancel(account: TradingAccount, symbol: string, clientOrderId: string): Promise<SubmitResult>;
  findByClientId(account: TradingAccount, symbol: string, clientOrderId: string): Promise<OrderReport | undefined>;
  openOrders(account: TradingAccount): Promise<readonly OrderReport[]>;
  positions(account: TradingAccount): Promise<readonly VenuePosition[]>;
  fillsSince(account: TradingAccount, since: Date): Promise<readonly (Execution & { clientOrderId: string })[]>;
}

/** Injection token of the client chosen by EXCHANGE_MODE. */
export const EXCHANGE_CLIENT = Symbol('EXCHANGE_CLIENT');
