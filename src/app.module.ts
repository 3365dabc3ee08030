/**
 * The only list of modules, and with the plugin loader the only place that knows plugins.
 */
import { type DynamicModule, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import type { ApplicationParts } from './application-parts.js';
import { ConfigModule } from './config/config.module.js';
import type { Config } from './config/schema.js';
import { ENTITIES } from './database.entities.js';
import { MarketDataModule } from './modules/market-data/market-data.module.js';
import { Clock } from './platform/clock/clock.js';
import { Logger } from './platform/logging/logger.js';
import { PlatformModule } from './platform/platform.module.js';
import { createFromPlugin, loadPlugin, pluginHost } from './platform/plugins/plugin-loader.js';
import { PRICE_FEED, type PriceFeed } from './ports/price-feed.js';
import { PortsModule } from './ports.module.js';

@Module({})
export class AppModule {}

export function appModule(config: Config, databaseUrl: string, parts: ApplicationParts): Promise<DynamicModule> {
  return Promise.resolve({
    module: AppModule,
    imports: [
      ConfigModule.of(config),
      PlatformModule.of({ databaseUrl, entities: ENTITIES, ...parts.platform }),
      ScheduleModule.forRoot(),
      PortsModule.of([priceFeed(config, parts)]),
      MarketDataModule,
      ...(parts.imports ?? []),
    ],
  });
}

/** The feed that the caller brought, or the plugin that PRICE_FEED names. */
function priceFeed(config: Config, parts: ApplicationParts) {
  return {
    provide: PRICE_FEED,
    inject: [Clock, Logger],
    useFactory: async (clock: Clock, logger: Logger): Promise<PriceFeed> => {
      if (parts.priceFeed !== undefined) return parts.priceFeed;
      const code = config.prices.PRICE_FEED;
      const plugin = await loadPlugin('price-feeds', code, 'PRICE_FEED');
      const host = pluginHost(clock, logger.for(`price-feed.${code}`));
      return createFromPlugin<PriceFeed, undefined>(plugin, config.environment, host, undefined);
    },
  };
}
