/**
 * How old prices and candles are and which were not believed, for the public status.
 * Keeps: bounded and read at most once a second, because anybody may ask.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Candles } from '../market-data/candles/candles.service.js';
import { MarketPricesRepository } from '../market-data/market-prices.repository.js';

const REMEMBER_MS = 1_000;

/** Symbols and rejections that are listed. */
const LIST_LIMIT = 50;

export interface PriceFacts {
  /** The newest price of each symbol with live positions: seconds since it was seen trading. */
  readonly by_symbol: readonly { symbol: string; price: string; age_seconds: number }[];
  /** Refused ticks by symbol and reason, newest first. */
  readonly rejections: readonly {
    symbol: string;
    reason: string;
    count: number;
    last_price: string;
    last_at: string;
  }[];
  /** Each symbol of the watchlist: seconds since its newest candle closed; null where there is none. */
  readonly candles: readonly { symbol: string; age_seconds: number | null }[];
}

const PATIENCE_MS = 2_000;

const NOTHING_KNOWN: PriceFacts = { by_symbol: [], rejections: [], candles: [] };

const AGES = `
  SELECT symbol, price, observed_at AS at FROM market_prices
  WHERE symbol IN (SELECT symbol FROM positions WHERE status IN ('PENDING', 'OPEN', 'PARTIAL')) ORDER BY symbol LIMIT $1`;

@Injectable()
export class PriceStatus {
  #known: Promise<PriceFacts> | undefined;
  #readAtMs = 0;

  constructor(
    private readonly database: Database,
    private readonly prices: MarketPricesRepository,
    private readonly candles: Candles,
    private readonly clock: Clock,
  ) {}

  /** Never waits longer than `PATIENCE_MS` and never throws: a busy database leaves the lists empty. */
  read(): Promise<PriceFacts> {
    const patience = this.clock.sleep(PATIENCE_MS).then(() => NOTHING_KNOWN);
    return Promise.race([this.#remembered().catch(() => NOTHING_KNOWN), patience]);
  }

  #remembered(): Promise<PriceFacts> {
    const nowMs = this.clock.monotonicMs();
    if (this.#known === undefined || nowMs - this.#readAtMs >= REMEMBER_MS) {
      this.#readAtMs = nowMs;
      this.#known = this.#read();
      this.#known.catch(() => (this.#known = undefined));
    }
    return this.#known;
  }

  async #read(): Promise<PriceFacts> {
    const now = this.clock.now().getTime();
    const ages = await this.database.query<{ symbol: string; price: string; at: Date }>(AGES, [LIST_LIMIT]);
    const candles = await this.candles.ages();
    const refused = await this.prices.refused(LIST_LIMIT);
    return {
      by_symbol: ages.map(({ symbol, price, at }) => ({
        symbol,
        price,
        age_seconds: Math.max(0, Math.round((now - at.getTime()) / 1_000)),
      })),
      rejections: refused.map(({ symbol, reason, count, price, at }) => ({
        symbol,
        reason,
        count,
        last_price: price,
        last_at: at.toISOString(),
      })),
      candles: candles.slice(0, LIST_LIMIT).map(({ symbol, ageMs }) => ({
        symbol,
        age_seconds: ageMs === undefined ? null : Math.round(ageMs / 1_000),
      })),
    };
  }
}
