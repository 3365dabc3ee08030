/**
 * A candle of one minute as exact text: what sources tell and what is stored. Longer ones are made of these.
 * Keeps: pure; a candle's open and close lie within its low and high, all above zero, and its volume is not below.
 */
import { Decimal, type DecimalText } from '../money/decimal.js';

export const MINUTE_MS = 60_000;

export interface MinuteCandle {
  /** When it opens: a whole minute, milliseconds since 1970, UTC. */
  readonly openMs: number;
  readonly open: DecimalText;
  readonly high: DecimalText;
  readonly low: DecimalText;
  readonly close: DecimalText;
  /** In the base asset; of ticks without one, how many there were. */
  readonly volume: DecimalText;
}

/** The beginning of the minute of `atMs`. */
export function minuteOf(atMs: number): number {
  return Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
}

const PLAIN = /^\d{1,18}(\.\d{1,18})?$/;

/** Why it is no candle; undefined where it is one. */
export function candleProblem({ openMs, open, high, low, close, volume }: MinuteCandle): string | undefined {
  if (!Number.isSafeInteger(openMs) || openMs <= 0 || openMs % MINUTE_MS !== 0)
    return 'does not open at a whole minute';
  if (![open, high, low, close, volume].every((text) => PLAIN.test(text))) return 'holds what is not a plain decimal';
  const [first, highest, lowest, last] = [open, high, low, close].map((text) => Decimal.of(text)) as [
    Decimal,
    Decimal,
    Decimal,
    Decimal,
  ];
  if (!lowest.isPositive) return 'has a price that is not above zero';
  if (Decimal.max(first, last).gt(highest) || Decimal.min(first, last).lt(lowest)) {
    return 'has an open or close outside its low and high';
  }
  return undefined;
}

/** The minute that ticks are in. A minute is told when a tick of a later one comes; late ticks are not counted. */
export class MinuteOfTicks {
  #openMs = -Infinity;
  #prices: { open: Decimal; high: Decimal; low: Decimal; close: Decimal } | undefined;
  #ticks = 0;

  /** The candle that this tick's minute follows, once it is known. */
  take(price: DecimalText, atMs: number): MinuteCandle | undefined {
    const openMs = minuteOf(atMs);
    if (openMs < this.#openMs) return undefined;
    const value = Decimal.of(price);
    const ended = openMs > this.#openMs ? this.#candle() : undefined;
    if (openMs > this.#openMs || this.#prices === undefined) {
      this.#openMs = openMs;
      this.#prices = { open: value, high: value, low: value, close: value };
      this.#ticks = 1;
      return ended;
    }
    const { open, high, low } = this.#prices;
    this.#prices = { open, high: Decimal.max(high, value), low: Decimal.min(low, value), close: value };
    this.#ticks += 1;
    return undefined;
  }

  #candle(): MinuteCandle | undefined {
    if (this.#prices === undefined) return undefined;
    const { open, high, low, close } = this.#prices;
    const [first, highest, lowest, last] = [open, high, low, close].map((price) => price.toString()) as [
      string,
      string,
      string,
      string,
    ];
    return {
      openMs: this.#openMs,
      open: first,
      high: highest,
      low: lowest,
      close: last,
      volume: String(this.#ticks),
    };
  }
}
