/**
 * One trade of a backtest, from its first fill to its end, as it is counted, listed and exported.
 * Keeps: money is exact; what it won is the sum of its fills less fees and funding; excursions are statistics.
 * Maximum adverse and favourable excursion: J. Sweeney, "Maximum Adverse Excursion" (1997): the furthest that the market
 * went against and for the trade while it was held, here in percent of its average entry.
 */
import type { Side } from '../instrument/side.js';
import type { Decimal } from '../money/decimal.js';
import type { OrderLeg } from '../order/order.js';
import type { PositionChange, PositionState } from '../position/position.js';
import type { CloseReason } from '../position/position-status.js';
import { toDouble } from '../money/double.js';

/** Why a trade ended; `END`: the candles were over while it was held, and it was closed at the last price. */
export type ExitReason = CloseReason | 'END';

export interface TradeFill {
  readonly at: Date;
  readonly effect: 'ENTRY' | 'EXIT';
  readonly leg: OrderLeg;
  readonly price: Decimal;
  readonly qty: Decimal;
  readonly fee: Decimal;
}

export interface Trade {
  /** Counts entries of the run from 1, those that never filled included. */
  readonly id: number;
  readonly symbol: string;
  readonly side: Side;
  readonly openedAt: Date;
  readonly closedAt: Date;
  readonly entryPrice: Decimal;
  readonly exitPrice: Decimal;
  readonly qty: Decimal;
  readonly leverage: number;
  /** USDT, before fees and funding. */
  readonly grossPnl: Decimal;
  readonly fees: Decimal;
  /** USDT paid; negative where received. */
  readonly funding: Decimal;
  /** USDT; after fees and funding, and after what a liquidation left to the insurance fund. */
  readonly netPnl: Decimal;
  /** USDT that the plan risked at its stop when it was entered, fees included. */
  readonly risk: Decimal;
  readonly reason: ExitReason;
  readonly targetsHit: number;
  /** Percent of the entry price, 0 or above. */
  readonly maePercent: number;
  readonly mfePercent: number;
  readonly confidence: number;
  /** What the strategy called it; null without a name. */
  readonly ref: string | null;
  readonly fills: readonly TradeFill[];
}

/** What is gathered of a position while it lives. */
export class TradeLog {
  readonly fills: TradeFill[] = [];
  #lowest = Infinity;
  #highest = -Infinity;

  constructor(
    readonly confidence: number,
    readonly ref: string | null,
    readonly risk: Decimal,
  ) {}

  /** The price has been from `low` to `high` while the position was held. */
  see(low: number, high: number): void {
    if (low < this.#lowest) this.#lowest = low;
    if (high > this.#highest) this.#highest = high;
  }

  entered(price: Decimal, qty: Decimal, fee: Decimal, at: Date): void {
    this.fills.push({ at, effect: 'ENTRY', leg: 'ENTRY', price, qty, fee });
  }

  book({ executions }: PositionChange, at: Date): void {
    for (const { effect, leg, price, qty, fee } of executions) this.fills.push({ at, effect, leg, price, qty, fee });
  }

  /** Undefined for a position that never held anything. */
  finish(position: PositionState, funding: Decimal, reason: ExitReason): Trade | undefined {
    const { openedAt, closedAt, entryPrice, exitPrice, side, fees, realisedPnl } = position;
    if (openedAt === null || closedAt === null || exitPrice === null) return undefined;
    const entry = toDouble(entryPrice);
    const down = Math.max(0, ((entry - this.#lowest) / entry) * 100);
    const up = Math.max(0, ((this.#highest - entry) / entry) * 100);
    return {
      id: position.id,
      symbol: position.symbol,
      side,
      openedAt,
      closedAt,
      entryPrice,
      exitPrice,
      qty: position.qty,
      leverage: position.leverage,
      grossPnl: realisedPnl.plus(fees).plus(funding),
      fees,
      funding,
      netPnl: realisedPnl,
      risk: this.risk,
      reason,
      targetsHit: position.targetHitAt.filter((hit) => hit !== null).length,
      maePercent: side === 'LONG' ? down : up,
      mfePercent: side === 'LONG' ? up : down,
      confidence: this.confidence,
      ref: this.ref,
      fills: this.fills,
    };
  }
}
