/**
 * Lets only believable ticks through, and remembers the newest of each symbol.
 * Keeps: a price is finite and above zero; a symbol's time never goes back; a real market's tick is neither stale nor
 * from the future, and neither a spike nor absurd until it is confirmed. A simulated or replayed market's times and jumps
 * are its own and are not held against it.
 */
import {
  judgePrice,
  persistedPrice,
  type PriceTrack,
  type SanityFault,
  type SanitySettings,
} from '../../domain/safety/price-sanity.js';
import type { Clock } from '../../platform/clock/clock.js';
import type { Tick } from '../../ports/price-feed.js';

/** What is wrong with a tick. */
export type TickFault = 'price' | 'order' | 'stale' | 'future' | SanityFault;

const PLAIN_DECIMAL = /^\d{1,18}(\.\d{1,18})?$/;

export interface TickGateOptions {
  readonly isSimulated: boolean;
  readonly staleMs: number;
  /** Not given: jumps of any size are believed. */
  readonly sanity?: SanitySettings;
}

export class TickGate {
  readonly #latest = new Map<string, Tick>();
  /** The last believed price of each symbol, and what would replace it; outlives `reset` and `forget`. */
  readonly #tracks = new Map<string, PriceTrack>();
  readonly #candidates = new Map<string, Tick>();
  readonly #rejected: Record<TickFault, number> = { price: 0, order: 0, stale: 0, future: 0, spike: 0, band: 0 };
  #lastArrivalMs: number | undefined;

  constructor(
    private readonly options: TickGateOptions,
    private readonly clock: Clock,
  ) {}

  /** Remembers the tick and answers undefined, or says what is wrong with it. */
  check(tick: Tick): TickFault | undefined {
    const fault = this.#faultOf(tick) ?? this.#judge(tick);
    if (fault === undefined) this.#remember(tick);
    else this.#rejected[fault] += 1;
    return fault;
  }

  /** The spike of `symbol` that has stood unopposed long enough to be believed: from now on the newest tick. */
  persisted(symbol: string): Tick | undefined {
    const { sanity } = this.options;
    const track = this.#tracks.get(symbol);
    const tick = this.#candidates.get(symbol);
    if (sanity === undefined || track === undefined || tick === undefined || this.#isStale(tick)) return undefined;
    const after = persistedPrice(track, this.clock.monotonicMs(), sanity);
    if (after === undefined) return undefined;
    this.#tracks.set(symbol, after);
    this.#remember(tick);
    return tick;
  }

  /** Tells at which price a symbol last traded, so that its first tick has something to be compared with. */
  refer(symbol: string, price: string): void {
    if (!this.#tracks.has(symbol)) this.#tracks.set(symbol, { price: Number(price), candidate: undefined });
  }

  /** The newest tick of a symbol that may still be acted upon. */
  fresh(symbol: string): Tick | undefined {
    const tick = this.#latest.get(symbol);
    return tick === undefined || this.#isStale(tick) ? undefined : tick;
  }

  forget(symbol: string): void {
    this.#latest.delete(symbol);
    this.#candidates.delete(symbol);
  }

  /** Forgets all ticks: the feed starts anew and may begin at an earlier time. */
  reset(): void {
    this.#latest.clear();
    this.#candidates.clear();
    this.#lastArrivalMs = undefined;
  }

  /** Milliseconds since a tick last came through; undefined before the first. */
  get lastTickAgeMs(): number | undefined {
    return this.#lastArrivalMs === undefined ? undefined : this.clock.monotonicMs() - this.#lastArrivalMs;
  }

  /** How long a spike must stand unopposed; 0 where jumps are believed. */
  get persistMs(): number {
    return this.options.sanity?.persistMs ?? 0;
  }

  get rejected(): Readonly<Record<TickFault, number>> {
    return this.#rejected;
  }

  #remember(tick: Tick): void {
    this.#latest.set(tick.symbol, tick);
    this.#candidates.delete(tick.symbol);
    this.#lastArrivalMs = this.clock.monotonicMs();
  }

  #judge(tick: Tick): SanityFault | undefined {
    const { sanity, isSimulated } = this.options;
    if (sanity === undefined || isSimulated) return undefined;
    const before = this.#tracks.get(tick.symbol);
    const { fault, track } = judgePrice(before, Number(tick.price), this.clock.monotonicMs(), sanity);
    this.#tracks.set(tick.symbol, track);
    if (fault !== undefined) this.#candidates.set(tick.symbol, tick);
    return fault;
  }

  #faultOf(tick: Tick): TickFault | undefined {
    if (!PLAIN_DECIMAL.test(tick.price) || !(Number(tick.price) > 0)) return 'price';
    const at = tick.at.getTime();
    if (Number.isNaN(at)) return 'order';
    const last = this.#latest.get(tick.symbol);
    if (last !== undefined && at < last.at.getTime()) return 'order';
    if (this.options.isSimulated) return undefined;
    if (this.#isStale(tick)) return 'stale';
    return at - this.clock.now().getTime() > this.options.staleMs ? 'future' : undefined;
  }

  #isStale(tick: Tick): boolean {
    return !this.options.isSimulated && this.clock.now().getTime() - tick.at.getTime() > this.options.staleMs;
  }
}
