/**
 * Stores the newest prices for the processes without a feed: batched, each symbol at most every half second.
 * Keeps: the newest tick of a symbol wins; one write at a time; what could not be written is tried again.
 */
import type { Cancel, Clock } from '../../platform/clock/clock.js';
import type { Logger } from '../../platform/logging/logger.js';
import type { Tick } from '../../ports/price-feed.js';
import type { MarketPricesRepository, PriceSource } from './market-prices.repository.js';

export const RECORD_EVERY_MS = 500;

export class PriceRecorder {
  #pending = new Map<string, Tick>();
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
  }

  #cancelTimer(): void {
    this.#timer?.();
    this.#timer = undefined;
  }
}
