/**
 * Makes the coming months of `candles` ahead of time, and drops those that are too old.
 * Keeps: only the process that watches the market does it; while a recording is replayed, whose time is another, nothing is
 * dropped.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { CONFIG } from '../../../config/config.module.js';
import type { Config } from '../../../config/schema.js';
import { Database } from '../../../platform/database/database.js';
import { MarketWatch } from '../market-watch.service.js';
import { Candles } from './candles.service.js';
import { CandlePartitions } from './candle-partitions.repository.js';
import { Watchlist } from './watchlist.repository.js';

/** So far ahead of now: two months are always there. */
const AHEAD_DAYS = 62;
const DAY_MS = 86_400_000;

@Injectable()
export class CandleMonths {
  constructor(
    private readonly watch: MarketWatch,
    private readonly watchlist: Watchlist,
    private readonly partitions: CandlePartitions,
    private readonly candles: Candles,
    private readonly database: Database,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Cron('41 23 */6 * * *')
  async keep(): Promise<void> {
    if (!this.watch.isLeading) return;
    await this.database.inLane('worker', () => this.run());
  }

  /** Does nothing where no candles are kept. */
  async run(): Promise<void> {
    if ((await this.watchlist.symbols()).length === 0) return;
    const now = this.candles.now();
    await this.partitions.ensure(now, new Date(now.getTime() + AHEAD_DAYS * DAY_MS));
    if (this.candles.isRecording) return;
    const kept = new Date(now);
    kept.setUTCMonth(kept.getUTCMonth() - this.config.candles.CANDLE_KEEP_MONTHS);
    await this.partitions.drop(kept);
  }
}
