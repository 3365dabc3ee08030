/**
 * Wires candles: the keeper in the process that watches the market, and what everybody reads of them.
 * Needs CANDLE_SOURCE and PRICE_FEED from the composition root.
 */
import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { CONFIG } from '../../../config/config.module.js';
import type { Config } from '../../../config/schema.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';
import { Logger } from '../../../platform/logging/logger.js';
import { CANDLE_SOURCE, type CandleSource } from '../../../ports/candle-source.js';
import { PRICE_FEED, type PriceFeed } from '../../../ports/price-feed.js';
import { MarketDataModule } from '../market-data.module.js';
import { MarketWatch } from '../market-watch.service.js';
import { CandleKeeper } from './candle-keeper.service.js';
import { CandleMonths } from './candle-months.service.js';
import { CandlePartitions } from './candle-partitions.repository.js';
import { CandleStore } from './candle-store.service.js';
import { CandlesController } from './candles.controller.js';
import { CandlesRepository } from './candles.repository.js';
import { Candles } from './candles.service.js';
import { FeedCandles } from './feed-candles.js';
import { KEPT_CANDLES } from './kept-candles.js';
import { Watchlist } from './watchlist.repository.js';

const DAY_MS = 86_400_000;

@Module({
  imports: [MarketDataModule],
  controllers: [CandlesController],
  providers: [
    CandlesRepository,
    CandlePartitions,
    CandleStore,
    CandleMonths,
    Candles,
    Watchlist,
    {
      provide: KEPT_CANDLES,
      inject: [CANDLE_SOURCE, PRICE_FEED, MarketWatch, Clock],
      useFactory: (source: CandleSource | null, feed: PriceFeed, watch: MarketWatch, clock: Clock): CandleSource =>
        source ?? new FeedCandles(feed, watch, () => clock.now()),
    },
    {
      provide: CandleKeeper,
      inject: [KEPT_CANDLES, MarketWatch, Watchlist, CandleStore, Clock, Database, Logger, CONFIG],
      useFactory: (
        source: CandleSource,
        watch: MarketWatch,
        watchlist: Watchlist,
        store: CandleStore,
        clock: Clock,
        database: Database,
        logger: Logger,
        { candles }: Config,
      ) => {
        const options = {
          pollMs: candles.CANDLE_POLL_SECONDS * 1_000,
          backfillMs: candles.CANDLE_BACKFILL_DAYS * DAY_MS,
        };
        const host = { clock, database, logger: logger.for('candles') };
        return new CandleKeeper(source, watch, watchlist, store, options, host);
      },
    },
  ],
  exports: [Candles, Watchlist],
})
export class CandlesModule implements OnModuleInit {
  constructor(
    private readonly keeper: CandleKeeper,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    if (this.config.process.ROLE !== 'api') this.keeper.start();
  }
}
