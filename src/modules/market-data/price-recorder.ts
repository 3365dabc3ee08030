/**
 * Stores the newest prices for the processes without a feed, and what was refused: batched, at most every half second.
 * Keeps: the newest tick of a symbol wins; one write at a time; what could not be written is tried again.
 */
import type { Cancel, Clock } from '../../platform/clock/clock.js';
import type { Logger } from '../../platform/logging/logger.js';
import type { Tick } from '../../ports/price-feed.js';
import type { MarketPricesRepository, PriceSource, RefusedPrice } from './market-prices.repository.js';
import type { TickFault } from './tick-gate.js';

export const RECORD_EVERY_MS = 500;

export class PriceRecorder {
  #pending = new Map<string, Tick>();
  #refused = new Map<string, RefusedPrice>();
  #timer: Cancel | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly source: PriceSource,
    private readonly repository: MarketPricesRepository,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Takes a tick to be written within half a second. */
  note(tick: Tick): void {
    this.#pending.set(tick.symbol, tick);
    this.#timer ??= this.clock.after(RECORD_EVERY_MS, () => void this.flush());
  }

  /** Takes a refused tick to be counted within half a second. */
  refused(tick: Tick, reason: TickFault): void {
    this.#count({ symbol: tick.symbol, reason, price: tick.price.slice(0, 40), count: 1, at: this.clock.now() });
  }

  /** Writes what is waiting now. Never rejects. */
  flush(): Promise<void> {
    this.#cancelTimer();
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** Forgets what is waiting: somebody else writes the prices now. */
  clear(): void {
    this.#cancelTimer();
    this.#pending.clear();
    this.#refused.clear();
  }

  /** The last stored price of each symbol that has one. Empty when they cannot be read. */
  async stored(symbols: readonly string[]): Promise<ReadonlyMap<string, string>> {
    try {
      const rows = await this.repository.read(symbols);
      return new Map(rows.map((row) => [row.symbol, row.price]));
    } catch (error) {
      this.logger.warn('the last prices could not be read', { error });
      return new Map();
    }
  }

  async #write(): Promise<void> {
    const batch = this.#pending;
    this.#pending = new Map();
    try {
      await this.repository.store([...batch.values()], this.source);
    } catch (error) {
      this.logger.warn('prices could not be stored and will be tried again', { symbols: batch.size, error });
      for (const [symbol, tick] of batch) if (!this.#pending.has(symbol)) this.note(tick);
    }
    await this.#writeRefused();
  }

  async #writeRefused(): Promise<void> {
    const batch = [...this.#refused.values()];
    this.#refused = new Map();
    try {
      await this.repository.storeRefused(batch);
    } catch (error) {
      this.logger.warn('refused prices could not be counted and will be tried again', { error });
      for (const refused of batch) this.#count(refused);
    }
  }

  #count(refused: RefusedPrice): void {
    const key = `${refused.symbol}:${refused.reason}`;
    const before = this.#refused.get(key);
    const newest = before === undefined || before.at <= refused.at ? refused : before;
    this.#refused.set(key, { ...newest, count: refused.count + (before?.count ?? 0) });
    this.#timer ??= this.clock.after(RECORD_EVERY_MS, () => void this.flush());
  }

  #cancelTimer(): void {
    this.#timer?.();
    this.#timer = undefined;
  }
}
