/**
 * The newest known prices, for processes and requests without a feed.
 * Keeps: asks the database at most once a quarter of a second per symbol. Does not know whether a price is still good:
 * callers see its time and whether its market is simulated.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { MarketPricesRepository, type StoredPrice } from './market-prices.repository.js';

const CACHE_MS = 250;

/** More symbols than this are not remembered. */
const CACHE_LIMIT = 5_000;

interface Cached {
  readonly price: StoredPrice | undefined;
  readonly readAtMs: number;
}

@Injectable()
export class Prices {
  readonly #cache = new Map<string, Cached>();

  constructor(
    private readonly repository: MarketPricesRepository,
    private readonly clock: Clock,
  ) {}

  /** The newest stored price of each symbol that has one. */
  async latest(symbols: readonly string[]): Promise<Map<string, StoredPrice>> {
    const nowMs = this.clock.monotonicMs();
    const found = new Map<string, StoredPrice>();
    const due: string[] = [];
    for (const symbol of new Set(symbols)) {
      const cached = this.#cache.get(symbol);
      if (cached === undefined || nowMs - cached.readAtMs >= CACHE_MS) due.push(symbol);
      else if (cached.price !== undefined) found.set(symbol, cached.price);
    }
    for (const price of await this.repository.read(due)) found.set(price.symbol, price);
    if (this.#cache.size + due.length > CACHE_LIMIT) this.#cache.clear();
    for (const symbol of due.slice(0, CACHE_LIMIT)) {
      this.#cache.set(symbol, { price: found.get(symbol), readAtMs: nowMs });
    }
    return found;
  }
}
