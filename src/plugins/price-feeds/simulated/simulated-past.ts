/**
 * The candles of one simulated symbol: those that its ticks have made, and before its first tick a walk backwards from there.
 * Keeps: the same seed and first tick give the same past; each candle opens where the one before it closed. Not the past of
 * any market.
 */
import { MINUTE_MS, minuteOf, type MinuteCandle, MinuteOfTicks } from '../../../domain/candles/minute-candle.js';
import { hashOf, SeededRandom } from '../../../domain/random/seeded-random.js';

/** Candles of ticks that are remembered: whoever stores them comes every few seconds. */
const REMEMBERED = 3_000;

const PER_ANSWER = 1_000;

/** A year: nothing is older. */
const OLDEST = 525_600;

const [DIGITS, MOST_DECIMALS] = [6, 15] as const;

export class SimulatedPast {
  readonly #minute = new MinuteOfTicks();
  #lived: MinuteCandle[] = [];
  readonly #firstMs: number;
  /** Logarithms of the closes of the minutes before the first tick, the newest first. */
  readonly #closes: number[];
  readonly #decimals: number;

  /** `sigma` is the standard deviation of the logarithm of a minute's change. */
  constructor(
    private readonly seed: number,
    private readonly sigma: number,
    firstPrice: string,
    firstMs: number,
  ) {
    this.#firstMs = minuteOf(firstMs);
    this.#closes = [Math.log(Number(firstPrice))];
    const fraction = firstPrice.split('.')[1]?.length ?? 0;
    const needed = DIGITS - 1 - Math.floor(Math.log10(Number(firstPrice)));
    this.#decimals = Math.min(MOST_DECIMALS, Math.max(fraction, needed, 0));
  }

  take(price: string, atMs: number): void {
    const candle = this.#minute.take(price, atMs);
    if (candle === undefined) return;
    this.#lived.push({ ...candle, volume: this.#volume(new SeededRandom(this.#seedOf(candle.openMs))) });
    if (this.#lived.length >= 2 * REMEMBERED) this.#lived = this.#lived.slice(-REMEMBERED);
  }

  /** As `PriceFeed.candles`. */
  read(fromMs: number, toMs: number): MinuteCandle[] {
    const found: MinuteCandle[] = [];
    const oldestMs = this.#firstMs - OLDEST * MINUTE_MS;
    const startMs = Math.max(oldestMs, Math.ceil(fromMs / MINUTE_MS) * MINUTE_MS);
    const endMs = Math.min(toMs, this.#firstMs);
    for (let openMs = startMs; openMs < endMs && found.length < PER_ANSWER; openMs += MINUTE_MS) {
      found.push(this.#before(openMs));
    }
    const lived = this.#lived.filter(({ openMs }) => openMs >= fromMs && openMs < toMs);
    return [...found, ...lived].slice(0, PER_ANSWER);
  }

  #before(openMs: number): MinuteCandle {
    const ago = (this.#firstMs - openMs) / MINUTE_MS;
    for (let index = this.#closes.length; index <= ago; index += 1) {
      const random = new SeededRandom(this.#seedOf(this.#firstMs - index * MINUTE_MS));
      this.#closes.push((this.#closes[index - 1] as number) - this.sigma * random.gaussian());
    }
    const [open, close] = [this.#closes[ago] as number, this.#closes[ago - 1] as number];
    const random = new SeededRandom(this.#seedOf(openMs) + 1);
    const high = Math.max(open, close) + (this.sigma * Math.abs(random.gaussian())) / 2;
    const low = Math.min(open, close) - (this.sigma * Math.abs(random.gaussian())) / 2;
    const text = (log: number) => Math.max(10 ** -this.#decimals, Math.exp(log)).toFixed(this.#decimals);
    const prices = { open: text(open), high: text(high), low: text(low), close: text(close) };
    return { openMs, ...prices, volume: this.#volume(random) };
  }

  #volume(random: SeededRandom): string {
    return (100 * Math.exp(random.gaussian() / 2)).toFixed(3);
  }

  #seedOf(openMs: number): number {
    return hashOf(`${this.seed}:${openMs}`);
  }
}
