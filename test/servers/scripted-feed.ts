/**
 * A price feed that ticks when the test says so.
 * Keeps: ticks only while started and only for wanted symbols, as a real feed does. Draws no prices of its own.
 */
import type { PriceFeed, Tick, Wanted } from '../../src/ports/price-feed.js';

export interface ScriptedFeedOptions {
  readonly code?: string;
  /** False for a feed of a real market, which has no `observe` and whose old ticks are refused. Default true. */
  readonly isSimulated?: boolean;
  /** Ticks once at `near` when a symbol without a price is wanted with it, as the simulated feed does. Default true. */
  readonly ticksNear?: boolean;
  /** The time of ticks that are given none. */
  readonly now?: () => Date;
}

export class ScriptedFeed implements PriceFeed {
  readonly code: string;
  readonly isSimulated: boolean;
  /** Moves the price there and ticks; absent on a feed of a real market. */
  readonly observe?: (symbol: string, price: string) => void;
  /** What is wanted now, with the price given as `near`. */
  readonly wanted = new Map<string, string | undefined>();
  /** How often it was started. */
  starts = 0;
  readonly #latest = new Map<string, Tick>();
  readonly #ticksNear: boolean;
  readonly #now: () => Date;
  #onTick: ((tick: Tick) => void) | undefined;

  constructor(options: ScriptedFeedOptions = {}) {
    this.code = options.code ?? 'scripted';
    this.isSimulated = options.isSimulated ?? true;
    this.#ticksNear = options.ticksNear ?? true;
    this.#now = options.now ?? (() => new Date());
    if (this.isSimulated) this.observe = (symbol, price) => this.#deliver({ symbol, price, at: this.#now() });
  }

  get isStarted(): boolean {
    return this.#onTick !== undefined;
  }

  /** Delivers one tick; false when the feed is not started or nobody wants the symbol. */
  tick(symbol: string, price: string | number, at: Date = this.#now()): boolean {
    if (!this.wanted.has(symbol)) return false;
    return this.#deliver({ symbol, price: String(price), at });
  }

  async start(onTick: (tick: Tick) => void): Promise<void> {
    this.starts += 1;
    this.#onTick = onTick;
    for (const [symbol, near] of this.wanted) this.#tickNear(symbol, near);
  }

  want(symbols: readonly Wanted[]): void {
    for (const { symbol, near } of symbols) {
      if (this.wanted.has(symbol) && (near === undefined || this.#latest.has(symbol))) continue;
      this.wanted.set(symbol, near);
      this.#tickNear(symbol, near);
    }
  }

  unwant(symbols: readonly string[]): void {
    for (const symbol of symbols) {
      this.wanted.delete(symbol);
      this.#latest.delete(symbol);
    }
  }

  latest(symbol: string): Tick | undefined {
    return this.#latest.get(symbol);
  }

  async stop(): Promise<void> {
    this.#onTick = undefined;
  }

  #tickNear(symbol: string, near: string | undefined): void {
    if (this.#ticksNear && near !== undefined) this.#deliver({ symbol, price: near, at: this.#now() });
  }

  #deliver(tick: Tick): boolean {
    if (this.#onTick === undefined) return false;
    this.#latest.set(tick.symbol, tick);
    this.#onTick(tick);
    return true;
  }
}
