/**
 * The prices that the trigger books hold in place of a position's own: where the venue fills its resting orders, and
 * what ends it first when the market turns against it, its stop or its liquidation.
 * Keeps: the same answer as the domain's rules; followers of one size and one signal share it, so it is computed once.
 */
import type { OrderSide, Side } from '../../domain/instrument/side.js';
import { Decimal, type DecimalText } from '../../domain/money/decimal.js';
import { protectivePrice } from '../../domain/position/liquidation.js';
import type { FeeRates } from '../../domain/position/position.js';
import { restingAt } from '../../domain/position/terms.js';

const MAX_REMEMBERED = 20_000;

export interface HeldText {
  readonly side: Side;
  readonly entryPrice: DecimalText;
  readonly remainingQty: DecimalText;
  readonly leverage: number;
  readonly stopLoss: DecimalText;
}

export class ArmedPrices {
  readonly #known = new Map<string, DecimalText>();

  constructor(private readonly terms: FeeRates) {}

  resting(side: OrderSide, price: DecimalText): DecimalText {
    if (this.terms.fills === undefined) return price;
    return this.#remembered(`${side} ${price}`, () => restingAt(this.terms, side, Decimal.of(price)));
  }

  protective({ side, entryPrice, remainingQty, leverage, stopLoss }: HeldText): DecimalText {
    if (this.terms.brackets === undefined) return stopLoss;
    return this.#remembered(`${side} ${entryPrice} ${remainingQty} ${leverage} ${stopLoss}`, () =>
      protectivePrice(
        {
          side,
          entryPrice: Decimal.of(entryPrice),
          remainingQty: Decimal.of(remainingQty),
          leverage,
          stopLoss: Decimal.of(stopLoss),
        },
        this.terms,
      ),
    );
  }

  #remembered(key: string, compute: () => Decimal): DecimalText {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
    const price = compute().toString();
    this.#known.set(key, price);
    return price;
  }
}
