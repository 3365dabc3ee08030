/**
 * A position as the rules see it, and the changes that can happen to it.
 * Keeps: pure values; the rules (`on-price.ts`, `on-time.ts`, `on-command.ts`) answer a `PositionChange`, they never
 * alter the input.
 */
import type { EntryType, OrderSide, Side } from '../instrument/side.js';
import type { MarginBracket } from '../margin/liquidation.js';
import type { Decimal } from '../money/decimal.js';
import type { Liquidity, OrderLeg, OrderType, TradeLogType } from '../order/order.js';
import type { FillModel } from '../paper/fill-model.js';
import type { PositionPlan } from '../plan/position-plan.js';
import type { CloseReason, PositionStatus } from './position-status.js';

/** A stop or a take-profit that follows the price at `percent` behind the best price since `since`. */
export interface Trail {
  readonly percent: Decimal;
  readonly since: Date;
  /** Best price seen since then: highest for longs, lowest for shorts. */
  readonly peak: Decimal;
  /** True for a trailing take-profit: its exit is the last target, not the stop. */
  readonly takesProfit: boolean;
}

export interface PositionState {
  readonly id: number;
  readonly userId: number;
  readonly accountId: number;
  readonly signalId: number | null;
  readonly symbol: string;
  readonly side: Side;
  readonly leverage: number;
  readonly status: PositionStatus;
  readonly entryType: EntryType;
  /** Prices of the entry orders and, after them, of the safety orders. */
  readonly legPrices: readonly Decimal[];
  /** How many of the legs, the last ones, are safety orders. */
  readonly safetyLegs: number;
  readonly legQtys: readonly Decimal[];
  /** Filled so far, leg by leg. */
  readonly legFilled: readonly Decimal[];
  /** Nothing is entered any more: what has not filled is withdrawn. */
  readonly entriesClosed: boolean;
  /** Sum of all legs. */
  readonly plannedQty: Decimal;
  readonly qty: Decimal;
  readonly remainingQty: Decimal;
  /** Average entry, rounded half-even to 12 places; the first leg's price while nothing is filled. */
  readonly entryPrice: Decimal;
  /** What the remaining quantity cost, exactly: the base of its PnL. */
  readonly cost: Decimal;
  readonly exitPrice: Decimal | null;
  /** Null only where the plan says explicitly that there is none. */
  readonly stopLoss: Decimal | null;
  readonly trail: Trail | null;
  /** Bit n is set when stop rule n has acted on its percent trigger. */
  readonly rulesFired: number;
  readonly targetPrices: readonly Decimal[];
  readonly targetQtys: readonly Decimal[];
  readonly targetHitAt: readonly (Date | null)[];
  readonly margin: Decimal;
  readonly realisedPnl: Decimal;
  readonly fees: Decimal;
  readonly closeReason: CloseReason | null;
  readonly openedAt: Date | null;
  readonly closedAt: Date | null;
  /** When entries that have not filled are given up; null when none wait or none expires. */
  readonly entryExpiresAt: Date | null;
  /** When what is held is closed at market; null without a timed exit or before the first fill. */
  readonly exitAt: Date | null;
  /** Market price at which an order of it last filled in part: there, the venue's book has nothing left. */
  readonly partPrice: Decimal | null;
  /** Changed by its owner by hand: its signal's edits, reports and cancel do not reach it any more. */
  readonly isDetached: boolean;
  /** Cross margin: its account is liquidated, not it alone. */
  readonly isCross: boolean;
  readonly plan: PositionPlan;
}

/** What a venue charges and how it executes. Fees are in percent of the notional. */
export interface FeeRates {
  readonly makerPercent: Decimal;
  readonly takerPercent: Decimal;
  /** How orders are executed; without it whole, at their own price. */
  readonly fills?: FillModel | undefined;
  /** Maintenance margin; without it nothing is liquidated. */
  readonly brackets?: readonly MarginBracket[] | undefined;
}

/** Of those what decides at which prices something happens. */
export type VenueTerms = Pick<FeeRates, 'fills' | 'brackets'>;

/** One execution of an order of this change. */
export interface Execution {
  readonly leg: OrderLeg;
  readonly effect: 'ENTRY' | 'EXIT';
  readonly side: OrderSide;
  readonly type: OrderType;
  readonly price: Decimal;
  readonly qty: Decimal;
  /** Of a part of a resting order: what of the order was open before; absent where this is all of it. */
  readonly ofQty?: Decimal;
  readonly fee: Decimal;
  readonly liquidity: Liquidity;
  /** Gross of fees; 0 for entries. */
  readonly grossPnl: Decimal;
}

export interface LogEntry {
  readonly type: TradeLogType;
  readonly message: string;
  readonly meta: Readonly<Record<string, string | number | null | readonly object[]>>;
}

export interface PositionChange {
  readonly before: PositionState;
  readonly after: PositionState;
  readonly executions: readonly Execution[];
  readonly log: readonly LogEntry[];
  /** Resting entry orders that have not filled are cancelled. */
  readonly cancelsEntry: boolean;
  /** Added to the account's balance: realised PnL minus fees of this change. */
  readonly balanceDelta: Decimal;
  /** Added to the account's reserved margin. */
  readonly marginDelta: Decimal;
  /** −1 when the position stopped counting against the cap, else 0. */
  readonly openDelta: -1 | 0;
  /** Set by a liquidation: what it leaves to the insurance fund, in USDT; negative when the fund pays the rest. */
  readonly liquidation?: Decimal;
}
