/**
 * A market that is only simulated: each symbol walks at random from the first price that it is asked for with.
 * Keeps: the same seed, symbol and start give the same prices; a price is above zero and has as many decimal places as
 * its start needs. A symbol without a start stays silent until it gets one. The walk is in doubles, the ticks are text.
 */
import type { PluginHost } from '../../../ports/plugin.js';
import type { PriceFeed, Tick, Wanted } from '../../../ports/price-feed.js';
import { hashOf } from '../../../domain/random/seeded-random.js';
import type { MinuteCandle } from '../../../domain/candles/minute-candle.js';
import { PriceWalk } from './price-walk.js';
import { SimulatedPast } from './simulated-past.js';

export interface SimulatedOptions {
  readonly seed: number;
  /** Milliseconds between two ticks of a symbol. */
  readonly tickMs: number;
  /** Annual, in percent. Each symbol's own lies between 0.7 and 1.6 times this, unless it is named below. */
  readonly volatilityPercent: number;
  readonly volatilityBySymbol: ReadonlyMap<string, number>;
  /** How many times faster than real time the market moves. */
  readonly speed: number;
  /** Where symbols begin that are wanted without a price. */
  readonly startPrices: ReadonlyMap<string, string>;
}

const YEAR_MS = 365 * 24 * 3_600 * 1_000;

export class SimulatedFeed implements PriceFeed {
  readonly code = 'simulated';
  readonly isSimulated = true;
  readonly #wanted = new Map<string, PriceWalk | undefined>();
  readonly #walks = new Map<string, PriceWalk>();
  readonly #latest = new Map<string, Tick>();
  readonly #pasts = new Map<string, SimulatedPast>();
  #onTick: ((tick: Tick) => void) | undefined;
  #stopTimer: (() => void) | undefined;

  constructor(
    private readonly options: SimulatedOptions,
    private readonly host: PluginHost,
  ) {}

  async start(onTick: (tick: Tick) => void): Promise<void> {
    this.#onTick = onTick;
    this.#stopTimer?.();
    this.#stopTimer = this.host.every(this.options.tickMs, () => this.#step());
    for (const [symbol, walk] of this.#wanted) if (walk !== undefined) this.#deliver(symbol, walk.text);
  }

  want(symbols: readonly Wanted[]): void {
    for (const { symbol, near } of symbols) {
      if (this.#wanted.get(symbol) !== undefined) continue;
      const walk = this.#walks.get(symbol) ?? this.#newWalk(symbol);
      const start = near ?? (walk.isPlaced ? undefined : this.options.startPrices.get(symbol));
      if (start !== undefined) walk.moveTo(start);
      this.#wanted.set(symbol, walk.isPlaced ? walk : undefined);
      if (walk.isPlaced) this.#deliver(symbol, walk.text);
    }
  }

  unwant(symbols: readonly string[]): void {
    for (const symbol of symbols) this.#wanted.delete(symbol);
  }

  latest(symbol: string): Tick | undefined {
    return this.#latest.get(symbol);
  }

  observe(symbol: string, price: string): void {
    const walk = this.#walks.get(symbol) ?? this.#newWalk(symbol);
    walk.moveTo(price);
    this.#wanted.set(symbol, walk);
    this.#deliver(symbol, walk.text);
  }

  candles(symbol: string, fromMs: number, toMs: number): readonly MinuteCandle[] {
    return this.#pasts.get(symbol)?.read(fromMs, toMs) ?? [];
  }

  async stop(): Promise<void> {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#onTick = undefined;
    this.#wanted.clear();
    this.#pasts.clear();
    this.#walks.clear();
    this.#latest.clear();
  }

  #step(): void {
    for (const [symbol, walk] of [...this.#wanted]) {
      if (walk !== undefined) this.#deliver(symbol, walk.step());
    }
  }

  #deliver(symbol: string, price: string): void {
    if (this.#onTick === undefined) return;
    const now = this.host.now();
    const last = this.#latest.get(symbol)?.at;
    // The machine's clock may be set back; a market's time is not.
    const tick = { symbol, price, at: last !== undefined && last > now ? last : now };
    this.#latest.set(symbol, tick);
    this.#remember(tick);
    this.#onTick(tick);
  }

  #remember({ symbol, price, at }: Tick): void {
    let past = this.#pasts.get(symbol);
    if (past === undefined) {
      const hash = hashOf(`${this.options.seed}:${symbol}`);
      const perMinute = (this.#volatility(symbol, hash) / 100) * Math.sqrt((60_000 * this.options.speed) / YEAR_MS);
      past = new SimulatedPast(hash, perMinute, price, at.getTime());
      this.#pasts.set(symbol, past);
    }
    past.take(price, at.getTime());
  }

  #newWalk(symbol: string): PriceWalk {
    const { seed, tickMs, speed } = this.options;
    const hash = hashOf(`${seed}:${symbol}`);
    const walk = new PriceWalk(hash, (this.#volatility(symbol, hash) / 100) * Math.sqrt((tickMs * speed) / YEAR_MS));
    this.#walks.set(symbol, walk);
    return walk;
  }

  #volatility(symbol: string, hash: number): number {
    const spread = 0.7 + (0.9 * (hash % 1_000)) / 1_000;
    return this.options.volatilityBySymbol.get(symbol) ?? this.options.volatilityPercent * spread;
  }
}
