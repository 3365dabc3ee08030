/**
 * The symbols whose candles are kept: those that staff have listed, or else those of the setting; bots without either look
 * at the majors.
 * Keeps: the order of the list; an empty list is none, and the setting counts again.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../../config/config.module.js';
import type { Config } from '../../../config/schema.js';
import { Database } from '../../../platform/database/database.js';

/** What bots look at where nobody has listed anything. */
const MAJORS: readonly string[] = ['BTCUSDT', 'ETHUSDT'];

@Injectable()
export class Watchlist {
  constructor(
    private readonly database: Database,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async symbols(): Promise<readonly string[]> {
    const listed = await this.listed();
    if (listed.length > 0) return listed;
    const { candles, house } = this.config;
    return candles.CANDLE_WATCHLIST.length === 0 && house.HOUSE_BOTS.length > 0 ? MAJORS : candles.CANDLE_WATCHLIST;
  }

  async listed(): Promise<readonly string[]> {
    const rows = await this.database.query<{ symbol: string }>('SELECT symbol FROM watched_symbols ORDER BY place');
    return rows.map(({ symbol }) => symbol);
  }

  /** In place of what was listed before; in the caller's transaction. */
  async set(symbols: readonly string[]): Promise<void> {
    await this.database.execute('DELETE FROM watched_symbols');
    await this.database.execute(
      `INSERT INTO watched_symbols (symbol, place)
       SELECT symbol, place - 1 FROM unnest($1::text[]) WITH ORDINALITY AS item (symbol, place)`,
      [symbols],
    );
  }
}
