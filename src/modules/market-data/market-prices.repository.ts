/**
 * Reads and writes `market_prices` and `price_rejections`: the newest price of each symbol and what was refused, shared
 * by all processes. Keeps: of one real source, an older price never replaces a newer one. The rows belong to no user.
 */
import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import type { Tick } from '../../ports/price-feed.js';

export interface StoredPrice {
  readonly symbol: string;
  /** Decimal text. */
  readonly price: string;
  /** Code of the price feed. */
  readonly source: string;
  readonly isSimulated: boolean;
  /** The venue's time of the price; of a replay, the recording's. */
  readonly at: Date;
}

export interface PriceSource {
  readonly code: string;
  readonly isSimulated: boolean;
}

/** Ticks of one symbol that were refused for one reason; price and time are those of the newest. */
export interface RefusedPrice {
  readonly symbol: string;
  readonly reason: string;
  /** As it came, whatever it was. */
  readonly price: string;
  readonly count: number;
  readonly at: Date;
}

const COUNT_REFUSED = `
  INSERT INTO price_rejections AS stored (symbol, reason, price, count, last_at)
  SELECT symbol, reason, price, count, last_at
  FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[]) AS item (symbol, reason, price, count, last_at)
  ON CONFLICT (symbol, reason) DO UPDATE
  SET count = stored.count + excluded.count, price = excluded.price, last_at = excluded.last_at`;

// A simulated or replayed market may begin again at an earlier time: there the newest to arrive counts.
const UPSERT = `
  INSERT INTO market_prices AS stored (symbol, price, source, is_simulated, observed_at)
  SELECT symbol, price, $4, $5, at FROM unnest($1::text[], $2::numeric[], $3::timestamptz[]) AS tick (symbol, price, at)
  ON CONFLICT (symbol) DO UPDATE
  SET price = excluded.price, source = excluded.source, is_simulated = excluded.is_simulated,
      observed_at = excluded.observed_at
  WHERE excluded.is_simulated OR stored.source <> excluded.source OR stored.observed_at <= excluded.observed_at`;

const READ = `
  SELECT symbol, price, source, is_simulated, observed_at FROM market_prices WHERE symbol = ANY ($1::text[])`;

@Injectable()
export class MarketPricesRepository {
  constructor(private readonly database: Database) {}

  /** Stores one tick per symbol, outside any transaction of the caller. */
  async store(ticks: readonly Tick[], source: PriceSource): Promise<void> {
    if (ticks.length === 0) return;
    // Always in the same order, so that two processes cannot wait for each other's rows.
    const sorted = [...ticks].sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
    await this.database.inLane('worker', () =>
      this.database.query(
        UPSERT,
        [
          sorted.map((tick) => tick.symbol),
          sorted.map((tick) => tick.price),
          sorted.map((tick) => tick.at),
          source.code,
          source.isSimulated,
        ],
        { name: 'market_prices_store' },
      ),
    );
  }

  /** Counts refused ticks. */
  async storeRefused(refused: readonly RefusedPrice[]): Promise<void> {
    if (refused.length === 0) return;
    const sorted = [...refused].sort((a, b) => (a.symbol + a.reason < b.symbol + b.reason ? -1 : 1));
    await this.database.inLane('worker', () =>
      this.database.query(COUNT_REFUSED, [
        sorted.map(({ symbol }) => symbol),
        sorted.map(({ reason }) => reason),
        sorted.map(({ price }) => price),
        sorted.map(({ count }) => count),
        sorted.map(({ at }) => at),
      ]),
    );
  }

  /** What was refused since it is counted, the newest first. */
  refused(limit: number): Promise<RefusedPrice[]> {
    return this.database.query<RefusedPrice>(
      'SELECT symbol, reason, price, count, last_at AS at FROM price_rejections ORDER BY last_at DESC LIMIT $1',
      [limit],
    );
  }

  async read(symbols: readonly string[]): Promise<StoredPrice[]> {
    if (symbols.length === 0) return [];
    const rows = await this.database.query<{
      symbol: string;
      price: string;
      source: string;
      is_simulated: boolean;
      observed_at: Date;
    }>(READ, [symbols], { name: 'market_prices_read' });
    return rows.map((row) => ({
      symbol: row.symbol,
      price: row.price,
      source: row.source,
      isSimulated: row.is_simulated,
      at: row.observed_at,
    }));
  }
}
