/**
 * A position as the rules see it, and the changes that can happen to it.
 * Keeps: pure values; the rules in `on-price.ts` and `exits.ts` answer a `PositionChange`, they never alter the input.
 */
import type { EntryType, OrderSide, Side } from '../instrument/side.js';
import type { MarginBracket } from '../margin/liquidation.js';
import type { Decimal } from '../money/decimal.js';
import type { Liquidity, OrderLeg, OrderType, TradeLogType } from '../order/order.js';
import type { FillModel } from '../paper/fill-model.js';
import type { CloseReason, PositionStatus } from './position-status.js';

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
  readonly plannedQty: Decimal;
  readonly qty: Decimal;
  readonly remainingQty: Decimal;
  readonly entryPrice: Decimal;
  readonly exitPrice: Decimal | null;
  readonly stopLoss: Decimal;
  readonly targetPrices: readonly Decimal[];
  readonly targetQtys: readonly Decimal[];
  readonly targetHitAt: readonly (Date | null)[];
  readonly margin: Decimal;
  readonly realisedPnl: Decimal;
  readonly fees: Decimal;
  readonly closeReason: CloseReason | null;
  readonly openedAt: Date | null;
  readonly closedAt: Date | null;
}

/** What a venue charges and how it executes. Fees are in percent of the notional. */
export interface FeeRates {
  readonly makerPercent: Decimal;
  readonly takerPercent: Decimal;
  /** How orders are executed; without it whole, at their own price. */
  readonly fills?: FillModel;
  /** Maintenance margin; without it nothing is liquidated. */
  readonly brackets?: readonly MarginBracket[];
}

/** One order of this change that was executed in full. */
export interface Execution {
  readonly leg: OrderLeg;
  readonly effect: 'ENTRY' | 'EXIT';
  readonly side: OrderSide;
  readonly type: OrderType;
  readonly price: Decimal;
  readonly qty: Decimal;
  readonly fee: Decimal;
  readonly liquidity: Liquidity;
  /** Gross of fees; 0 for entries. */
  readonly grossPnl: Decimal;
}

export interface LogEntry {
  readonly type: TradeLogType;
  readonly message: string;
  readonly meta: Readonly<Record<string, string | number | null>>;
}

export interface PositionChange {
  readonly before: PositionState;
  readonly after: PositionState;
  readonly executions: readonly Execution[];
  readonly log: readonly LogEntry[];
  /** The resting entry order is cancelled. */
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
