/**
 * Lets only believable ticks through, and remembers the newest of each symbol.
 * Keeps: a price is finite and above zero; a symbol's time never goes back; a real market's tick is neither stale nor
 * from the future. The times of a simulated or replayed market are its own and are not held against the clock.
 */
import type { Clock } from '../../platform/clock/clock.js';
import type { Tick } from '../../ports/price-feed.js';

/** What is wrong with a tick. */
export type TickFault = 'price' | 'order' | 'stale' | 'future';

const PLAIN_DECIMAL = /^\d{1,18}(\.\d{1,18})?$/;

export interface TickGateOptions {
  readonly isSimulated: boolean;
  readonly staleMs: number;
}

export class TickGate {
  readonly #latest = new Map<string, Tick>();
  readonly #rejected: Record<TickFault, number> = { price: 0, order: 0, stale: 0, future: 0 };
  #lastArrivalMs: number | undefined;

  constructor(
    private readonly options: TickGateOptions,
    private readonly clock: Clock,
  ) {}

  /** Remembers the tick and answers undefined, or says what is wrong with it. */
  check(tick: Tick): TickFault | undefined {
    const fault = this.#faultOf(tick);
    if (fault === undefined) {
      this.#latest.set(tick.symbol, tick);
      this.#lastArrivalMs = this.clock.monotonicMs();
    } else {
      this.#rejected[fault] += 1;
    }
    return fault;
  }

  /** The newest tick of a symbol that may still be acted upon. */
  fresh(symbol: string): Tick | undefined {
    const tick = this.#latest.get(symbol);
    return tick === undefined || this.#isStale(tick) ? undefined : tick;
  }

  forget(symbol: string): void {
    this.#latest.delete(symbol);
  }

  /** Forgets all ticks: the feed starts anew and may begin at an earlier time. */
  reset(): void {
    this.#latest.clear();
    this.#lastArrivalMs = undefined;
  }

  /** Milliseconds since a tick last came through; undefined before the first. */
  get lastTickAgeMs(): number | undefined {
    return this.#lastArrivalMs === undefined ? undefined : this.clock.monotonicMs() - this.#lastArrivalMs;
  }

  get rejected(): Readonly<Record<TickFault, number>> {
    return this.#rejected;
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
