/**
 * A geometric random walk of one price: p' = p · exp(σz − σ²/2), z standard normal, so the expected price stays.
 * Keeps: never at or below zero, and within 15 digits. Steps are of the walk, rounding is only of the text.
 */
import { SeededRandom } from '../../../domain/random/seeded-random.js';

/** Significant digits that a price is shown with, unless its start has more. */
const DIGITS = 6;
const MOST_DECIMALS = 15;
const HIGHEST = 1e12;
/** One step multiplies or divides by at most e², however fast time runs. */
const LONGEST_STEP = 2;

export class PriceWalk {
  readonly #random: SeededRandom;
  #price = 0;
  #decimals = 0;
  #text = '';

  /** `sigma` is the standard deviation of one step's logarithm. */
  constructor(
    seed: number,
    private readonly sigma: number,
  ) {
    this.#random = new SeededRandom(seed);
  }

  /** False until it was first moved to a price. */
  get isPlaced(): boolean {
    return this.#price > 0;
  }

  /** The price as decimal text. */
  get text(): string {
    return this.#text;
  }

  /** Puts the walk at exactly `price`, decimal text above zero; anything else is ignored. */
  moveTo(price: string): void {
    const value = Number(price);
    if (!/^\d{1,18}(\.\d{1,18})?$/.test(price) || !(value > 0)) return;
    this.#price = value;
    this.#text = price;
    const fraction = price.split('.')[1]?.length ?? 0;
    const needed = DIGITS - 1 - Math.floor(Math.log10(value));
    this.#decimals = Math.min(MOST_DECIMALS, Math.max(this.#decimals, fraction, needed, 0));
  }

  /** Moves one step; answers the new price as decimal text. Only when placed. */
  step(): string {
    const log = this.sigma * this.#random.gaussian() - (this.sigma * this.sigma) / 2;
    const moved = this.#price * Math.exp(Math.max(-LONGEST_STEP, Math.min(LONGEST_STEP, log)));
    const smallest = 10 ** -this.#decimals;
    this.#price = Math.min(HIGHEST, Math.max(smallest, moved));
    this.#text = this.#price.toFixed(this.#decimals);
    return this.#text;
  }
}
