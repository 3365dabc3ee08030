/**
 * What a position or a signal waits for, as prices for the trigger books.
 * Keeps: a resting order is armed at the price at which the venue fills it, and the price against a position is its stop
 * or its liquidation, whichever comes first; a signal follows its own prices, whatever a venue asks for.
 */
import { closingOrderSide, openingOrderSide, type OrderSide, type Side } from '../../domain/instrument/side.js';
import { Decimal } from '../../domain/money/decimal.js';
import { protectivePrice } from '../../domain/position/liquidation.js';
import { fillsAt } from '../../domain/position/on-price.js';
import { isTerminalPosition } from '../../domain/position/position-status.js';
import type { FeeRates, PositionState } from '../../domain/position/position.js';
import type { SignalState } from '../../domain/signal/signal-progress.js';
import { isTerminalSignal } from '../../domain/signal/signal.js';
import type { Armable } from './armory.js';
import type { ArmedPosition } from './position-state.repository.js';

/** Prices that are remembered: followers of one size and one signal share theirs. */
const MAX_REMEMBERED = 20_000;

export class Armables {
  readonly #known = new Map<string, string>();

  constructor(private readonly terms: FeeRates) {}

  ofRow(row: ArmedPosition): Armable {
    return {
      id: row.id,
      symbol: row.symbol,
      side: row.side,
      isWaiting: row.status === 'PENDING',
      isOver: isTerminalPosition(row.status),
      entryPrice: this.#resting(openingOrderSide(row.side), row.entry_price),
      stopLoss: this.#protective(row.side, row.entry_price, row.remaining_qty, row.margin, row.stop_loss),
      targetPrices: this.#targets(row.side, row.target_prices),
      targetHitAt: row.target_hit_at,
    };
  }

  ofPosition(position: PositionState): Armable {
    return {
      id: position.id,
      symbol: position.symbol,
      side: position.side,
      isWaiting: position.status === 'PENDING',
      isOver: isTerminalPosition(position.status),
      entryPrice: this.#resting(openingOrderSide(position.side), position.entryPrice.toString()),
      stopLoss: this.#protective(
        position.side,
        position.entryPrice.toString(),
        position.remainingQty.toString(),
        position.margin.toString(),
        position.stopLoss.toString(),
      ),
      targetPrices: this.#targets(position.side, position.targetPrices.map(String)),
      targetHitAt: position.targetHitAt,
    };
  }

  ofSignal(signal: SignalState): Armable {
    return {
      id: signal.id,
      symbol: signal.symbol,
      side: signal.side,
      isWaiting: signal.status === 'NEW',
      isOver: isTerminalSignal(signal.status),
      entryPrice: signal.entry.toString(),
      stopLoss: signal.stopLoss.toString(),
      targetPrices: signal.targetPrices.map(String),
      targetHitAt: signal.targetHitAt,
    };
  }

  #targets(side: Side, prices: readonly string[]): readonly string[] {
    const closing = closingOrderSide(side);
    return this.terms.fills === undefined ? prices : prices.map((price) => this.#resting(closing, price));
  }

  #resting(side: OrderSide, price: string): string {
    return this.#remembered(`${side} ${price}`, () => fillsAt(this.terms, side, Decimal.of(price)));
  }

  #protective(side: Side, entry: string, qty: string, margin: string, stop: string): string {
    return this.#remembered(`${side} ${entry} ${qty} ${margin} ${stop}`, () => {
      const [entryPrice, remainingQty, held, stopLoss] = [entry, qty, margin, stop].map((text) => Decimal.of(text)) as [
        Decimal,
        Decimal,
        Decimal,
        Decimal,
      ];
      return protectivePrice({ side, entryPrice, remainingQty, margin: held, stopLoss }, this.terms);
    });
  }

  #remembered(key: string, compute: () => Decimal): string {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
    const price = compute().toString();
    this.#known.set(key, price);
    return price;
  }
}
