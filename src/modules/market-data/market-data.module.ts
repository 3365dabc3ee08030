/**
 * Wires market data: the watch that runs the selected feed in one worker, and the stored prices that everybody reads.
 * Needs PRICE_FEED from the composition root. A process with ROLE=api never starts the watch.
 */
import { Inject, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Notifications } from '../../platform/database/notifications.js';
import { Logger } from '../../platform/logging/logger.js';
import { WorkRunner } from '../../platform/work/work-runner.js';
import { PRICE_FEED, type PriceFeed } from '../../ports/price-feed.js';
import { Leadership } from './leadership.js';
import { MarketPricesRepository } from './market-prices.repository.js';
import { MarketWatch } from './market-watch.service.js';
import { PriceRecorder } from './price-recorder.js';
import { PricesController } from './prices.controller.js';
import { Prices } from './prices.service.js';
import { TickGate, type TickGateOptions } from './tick-gate.js';

function gateOptions(feed: PriceFeed, { prices }: Config): TickGateOptions {
  const sanity = {
    spikePercent: Number(prices.PRICE_SPIKE_PERCENT),
    bandPercent: Number(prices.PRICE_BAND_PERCENT),
    confirmMs: prices.PRICE_CONFIRM_SECONDS * 1_000,
    persistMs: prices.PRICE_PERSIST_SECONDS * 1_000,
  };
  return { isSimulated: feed.isSimulated, staleMs: prices.PRICE_STALE_SECONDS * 1_000, sanity };
}

@Module({
  controllers: [PricesController],
  providers: [
    MarketPricesRepository,
    Prices,
    {
      provide: Leadership,
      inject: [Notifications, WorkRunner, Clock, Logger],
      useFactory: (notifications: Notifications, runner: WorkRunner, clock: Clock, logger: Logger) =>
        new Leadership(notifications, runner, clock, logger.for('market-watch')),
    },
    {
      provide: TickGate,
      inject: [PRICE_FEED, CONFIG, Clock],
      useFactory: (feed: PriceFeed, config: Config, clock: Clock) => new TickGate(gateOptions(feed, config), clock),
    },
    {
      provide: PriceRecorder,
      inject: [PRICE_FEED, MarketPricesRepository, Clock, Logger],
      useFactory: (feed: PriceFeed, repository: MarketPricesRepository, clock: Clock, logger: Logger) =>
        new PriceRecorder(feed, repository, clock, logger.for('market-watch')),
    },
    {
      provide: MarketWatch,
      inject: [PRICE_FEED, Leadership, TickGate, PriceRecorder, Clock, Logger, CONFIG],
      useFactory: (
        feed: PriceFeed,
        leadership: Leadership,
        gate: TickGate,
        recorder: PriceRecorder,
        clock: Clock,
        logger: Logger,
        { prices }: Config,
      ) => {
        const market = { feed, quoteWaitMs: prices.PRICE_QUOTE_WAIT_MS };
        return new MarketWatch(market, leadership, gate, recorder, clock, logger.for('market-watch'));
      },
    },
  ],
  exports: [MarketWatch, MarketPricesRepository, Prices],
})
export class MarketDataModule implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(
    private readonly watch: MarketWatch,
    private readonly database: Database,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.config.process.ROLE === 'api') return;
    await this.database.inLane('worker', async () => this.watch.start());
  }

  async onModuleDestroy(): Promise<void> {
    await this.watch.stop();
  }
}
