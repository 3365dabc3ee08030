/**
 * The one watcher of the market: while this process leads it runs the price feed and hands out validated ticks.
 * Keeps: listeners are ready before the first tick and told before the feed of another process can start; whatever the
 * feed sets off runs outside the transaction of whoever asked for a price. Decides nothing about positions.
 */
import { AsyncResource } from 'node:async_hooks';
import type { Clock } from '../../platform/clock/clock.js';
import type { Logger } from '../../platform/logging/logger.js';
import type { PriceFeed, Tick, Wanted } from '../../ports/price-feed.js';
import type { Leadership } from './leadership.js';
import type { PriceRecorder } from './price-recorder.js';
import type { TickFault, TickGate } from './tick-gate.js';

/** Timers may fire a little before the monotonic clock says so. */
const TIMER_SLACK_MS = 20;

export interface WatchedMarket {
  readonly feed: PriceFeed;
  /** How long `quote` waits for the first tick of a symbol. */
  readonly quoteWaitMs: number;
}

/** What health and metrics want to know. */
export interface FeedFacts {
  readonly code: string;
  readonly isSimulated: boolean;
  readonly isLeading: boolean;
  /** Symbols that are asked for. */
  readonly symbols: number;
  /** Milliseconds since a tick last came through; undefined before the first, and while another process leads. */
  readonly lastTickAgeMs: number | undefined;
  /** Refused ticks by reason, since the process started. */
  readonly rejected: Readonly<Record<TickFault, number>>;
}

type LeadingListener = (leading: boolean) => void | Promise<void>;
type TickListener = (tick: Tick) => void;
type QuoteWaiter = (tick: Tick | undefined) => void;

export class MarketWatch {
  readonly #wanted = new Map<string, string | undefined>();
  readonly #tickListeners: TickListener[] = [];
  readonly #leadingListeners: LeadingListener[] = [];
  readonly #waiters = new Map<string, Set<QuoteWaiter>>();
  #isFeeding = false;
  #scope: AsyncResource | undefined;

  constructor(
    private readonly market: WatchedMarket,
    private readonly leadership: Leadership,
    private readonly gate: TickGate,
    private readonly recorder: PriceRecorder,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  get #feed(): PriceFeed {
    return this.market.feed;
  }

  /** True while this process watches the market and everything is ready. */
  get isLeading(): boolean {
    return this.leadership.isLeading;
  }

  get feed(): FeedFacts {
    return {
      code: this.#feed.code,
      isSimulated: this.#feed.isSimulated,
      isLeading: this.isLeading,
      symbols: this.#wanted.size,
      lastTickAgeMs: this.gate.lastTickAgeMs,
      rejected: this.gate.rejected,
    };
  }

  /** The symbols that are wanted now. */
  get symbols(): string[] {
    return [...this.#wanted.keys()];
  }

  /** Begins to compete for leadership. Listeners and feed run in the asynchronous context of this call. */
  start(): void {
    this.#scope = new AsyncResource('MarketWatch');
    this.leadership.start((leading) => (leading ? this.#rise() : this.#fall()));
  }

  async stop(): Promise<void> {
    await this.recorder.flush();
    await this.leadership.stop();
  }

  /**
   * `listener` is awaited with true before the feed starts, in the order of registration, and with false, in the
   * opposite order, after it stopped. When it throws on true, this process steps back and tries again.
   */
  onLeading(listener: LeadingListener): void {
    this.#leadingListeners.push(listener);
  }

  /** `listener` gets every valid tick, synchronously. */
  onTick(listener: TickListener): void {
    this.#tickListeners.push(listener);
  }

  /** Asks for the prices of symbols, now and whenever this process leads; asking twice is harmless. */
  want(symbols: readonly Wanted[]): void {
    const changed: Wanted[] = [];
    for (const { symbol, near } of symbols) {
      const isKnown = this.#wanted.has(symbol);
      const startsSilentOne = near !== undefined && this.gate.fresh(symbol) === undefined;
      if (!isKnown || startsSilentOne) changed.push({ symbol, near });
      if (!isKnown || near !== undefined) this.#wanted.set(symbol, near);
    }
    if (this.#isFeeding && changed.length > 0) this.#begin(changed);
  }

  unwant(symbols: readonly string[]): void {
    for (const symbol of symbols) {
      this.#wanted.delete(symbol);
      this.gate.forget(symbol);
    }
    if (this.#isFeeding) this.#outside(() => this.#feed.unwant(symbols));
  }

  /** The newest price of a symbol that may be acted upon, if there is one. */
  latest(symbol: string): Tick | undefined {
    return this.#isFeeding ? this.gate.fresh(symbol) : undefined;
  }

  /**
   * The price of a symbol, waiting up to 1.5 s for a first one; undefined when none comes or another process leads.
   * The symbol stays wanted until `unwant`. `near` is where a feed without a market may start.
   */
  quote(symbol: string, near?: string): Promise<Tick | undefined> {
    if (!this.#isFeeding) return Promise.resolve(undefined);
    this.want([{ symbol, near }]);
    const latest = this.gate.fresh(symbol);
    return latest === undefined ? this.#nextTick(symbol) : Promise.resolve(latest);
  }

  /**
   * Tells the feed that somebody saw this price trade. True when the feed moved there, ticking before this returns;
   * false for a real market, which knows its prices itself, and while another process leads.
   */
  observe(symbol: string, price: string): boolean {
    if (!this.#isFeeding || this.#feed.observe === undefined) return false;
    if (!this.#wanted.has(symbol)) this.#wanted.set(symbol, price);
    this.#outside(() => {
      this.#feed.observe?.(symbol, price);
      void this.recorder.flush();
    });
    return true;
  }

  async #rise(): Promise<void> {
    for (const listener of this.#leadingListeners) await listener(true);
    this.gate.reset();
    this.#isFeeding = true;
    await this.#recall();
    await this.#feed.start((tick) => this.#take(tick));
    await this.#continue([...this.#wanted].map(([symbol, near]) => ({ symbol, near })));
  }

  /** A real market's first ticks are compared with the last prices that were stored. */
  async #recall(): Promise<void> {
    if (this.#feed.isSimulated || this.#wanted.size === 0) return;
    for (const [symbol, price] of await this.recorder.stored(this.symbols)) this.gate.refer(symbol, price);
  }

  async #fall(): Promise<void> {
    this.#isFeeding = false;
    this.recorder.clear();
    this.gate.reset();
    for (const waiters of [...this.#waiters.values()]) for (const resolve of [...waiters]) resolve(undefined);
    try {
      await this.#feed.stop();
    } finally {
      for (const listener of [...this.#leadingListeners].reverse()) await listener(false);
    }
  }

  #take(tick: Tick): void {
    if (!this.#isFeeding || !this.#wanted.has(tick.symbol)) return;
    const fault = this.gate.check(tick);
    if (fault === undefined) this.#give(tick);
    else this.#refuse(tick, fault);
  }

  #refuse(tick: Tick, fault: TickFault): void {
    const { symbol, price } = tick;
    if (fault === 'spike' || fault === 'band') this.logger.warn('a price was not believed', { symbol, price, fault });
    else this.logger.debug('a tick was refused', { symbol, price, fault });
    this.recorder.refused(tick, fault);
    if (fault !== 'spike') return;
    this.clock.after(this.gate.persistMs + TIMER_SLACK_MS, () => {
      const persisted = this.#isFeeding ? this.gate.persisted(symbol) : undefined;
      if (persisted !== undefined) this.#give(persisted);
    });
  }

  #give(tick: Tick): void {
    for (const listener of this.#tickListeners) this.#hand(tick, listener);
    this.recorder.note(tick);
    const waiters = this.#waiters.get(tick.symbol);
    if (waiters !== undefined) for (const resolve of [...waiters]) resolve(tick);
  }

  #hand(tick: Tick, listener: TickListener): void {
    try {
      listener(tick);
    } catch (error) {
      this.logger.error('a tick listener failed', { symbol: tick.symbol, error });
    }
  }

  /** Hands wanted symbols to the feed; a market that is only simulated goes on from the last stored price. */
  #begin(symbols: readonly Wanted[]): void {
    const ready = symbols.filter(({ near }) => !this.#feed.isSimulated || near !== undefined);
    const unknown = symbols.filter((wanted) => !ready.includes(wanted));
    this.#outside(() => {
      if (ready.length > 0) this.#feed.want(ready);
      if (unknown.length > 0) void this.#continue(unknown);
    });
  }

  async #continue(symbols: readonly Wanted[]): Promise<void> {
    if (symbols.length === 0) return;
    const stored = this.#feed.isSimulated ? await this.recorder.stored(symbols.map(({ symbol }) => symbol)) : undefined;
    const still = symbols.filter(({ symbol }) => this.#wanted.has(symbol));
    if (!this.#isFeeding || still.length === 0) return;
    this.#feed.want(still.map(({ symbol, near }) => ({ symbol, near: stored?.get(symbol) ?? near })));
  }

  #nextTick(symbol: string): Promise<Tick | undefined> {
    return new Promise((resolve) => {
      const waiters = this.#waiters.get(symbol) ?? new Set();
      this.#waiters.set(symbol, waiters);
      const settle: QuoteWaiter = (tick) => {
        cancel();
        waiters.delete(settle);
        if (waiters.size === 0) this.#waiters.delete(symbol);
        resolve(tick);
      };
      const cancel = this.clock.after(this.market.quoteWaitMs, () => settle(undefined));
      waiters.add(settle);
    });
  }

  /** Runs `task` outside the caller's transaction, so that timers and writes that it starts do not join it. */
  #outside(task: () => void): void {
    if (this.#scope === undefined) task();
    else this.#scope.runInAsyncScope(task);
  }
}
