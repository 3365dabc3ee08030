/**
 * The positions of one symbol that live, and the trigger book that says at which prices they want to be looked at.
 * Keeps: the book holds what `watchesOf` answers, as in live trading; while somebody trails, every price is looked at.
 */
import { Decimal } from '../money/decimal.js';
import type { ManagedBy } from '../position/edit.js';
import { dueAt } from '../position/on-time.js';
import type { FeeRates, PositionState } from '../position/position.js';
import { isTerminalPosition } from '../position/position-status.js';
import { watchesOf } from '../position/watch.js';
import { TriggerBook, type TriggerHandle } from '../triggers/trigger-book.js';
import { toDouble } from '../money/double.js';
import type { TradeLog } from './trade.js';

export class Held {
  funding = Decimal.ZERO;
  handles: readonly TriggerHandle[] = [];

  constructor(
    public position: PositionState,
    /** How its plan came to be. */
    readonly managed: ManagedBy,
    readonly log: TradeLog,
    readonly isSpot: boolean,
  ) {}

  get isHeld(): boolean {
    return this.position.status === 'OPEN' || this.position.status === 'PARTIAL';
  }

  /** What it has paid for funding counts as its loss. */
  charge(payment: Decimal): void {
    this.funding = this.funding.plus(payment);
    this.position = { ...this.position, realisedPnl: this.position.realisedPnl.minus(payment) };
  }
}

export class HeldBook {
  /** The newest price. */
  last = NaN;
  readonly #held = new Map<number, Held>();
  readonly #triggers = new TriggerBook();
  #trailing = 0;
  #dueAt = Infinity;
  /** Σ ± quantity and Σ ± cost, longs positive: doubles, for the equity curve. */
  #qty = 0;
  #cost = 0;
  #holding = 0;

  get isEmpty(): boolean {
    return this.#held.size === 0;
  }

  get isHolding(): boolean {
    return this.#holding > 0;
  }

  /** Ascending by id; a copy, so that positions may end meanwhile. */
  all(): Held[] {
    return [...this.#held.values()];
  }

  isDue(at: number): boolean {
    return this.#dueAt <= at;
  }

  /** Whether a price from `low` to `high` may change anybody. */
  fires(low: number, high: number): boolean {
    return this.#trailing > 0 || this.#triggers.fires(low) || this.#triggers.fires(high);
  }

  /** Prices that changed nobody. */
  see(low: number, high: number, last = high): void {
    this.last = last;
    for (const held of this.#held.values()) if (held.isHeld) held.log.see(low, high);
  }

  unrealised(): number {
    return this.#held.size === 0 ? 0 : this.#qty * this.last - this.#cost;
  }

  /** Arms a position as it now stands, and takes out one that has ended. */
  arm(held: Held, fees: FeeRates): void {
    for (const handle of held.handles) this.#triggers.cancel(handle);
    const { position } = held;
    if (isTerminalPosition(position.status)) {
      held.handles = [];
      this.#held.delete(position.id);
    } else {
      this.#held.set(position.id, held);
      const isLong = position.side === 'LONG';
      held.handles = watchesOf(position, fees).map(({ toward, price }) => {
        const direction = isLong === (toward === 'PROFIT') ? 'AT_OR_ABOVE' : 'AT_OR_BELOW';
        return this.#triggers.add(position.id, 0, direction, price.toString());
      });
    }
    this.#sum();
  }

  #sum(): void {
    this.#trailing = 0;
    this.#dueAt = Infinity;
    this.#qty = 0;
    this.#cost = 0;
    this.#holding = 0;
    for (const { position } of this.#held.values()) {
      const sign = position.side === 'LONG' ? 1 : -1;
      if (position.remainingQty.isPositive) this.#holding += 1;
      if (position.trail !== null) this.#trailing += 1;
      this.#dueAt = Math.min(this.#dueAt, dueAt(position)?.getTime() ?? Infinity);
      this.#qty += sign * toDouble(position.remainingQty);
      this.#cost += sign * toDouble(position.cost);
    }
  }
}
