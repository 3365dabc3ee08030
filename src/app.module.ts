/**
 * The only list of modules, and with the plugin loader the only place that knows plugins.
 */
import { type DynamicModule, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import type { ApplicationParts } from './application-parts.js';
import { ConfigModule } from './config/config.module.js';
import { ConfigError } from './config/load-config.js';
import type { Config } from './config/schema.js';
import { ENTITIES } from './database.entities.js';
import { AccessTokensModule } from './modules/access-tokens/access-tokens.module.js';
import { AccountsModule } from './modules/accounts/accounts.module.js';
import { AlertsModule } from './modules/alerts/alerts.module.js';
import { AppConfigModule } from './modules/app-config/app-config.module.js';
import { AuditAdminModule } from './modules/admin/audit/audit-admin.module.js';
import { ArchiveModule } from './modules/archive/archive.module.js';
import { AuthModule } from './modules/auth/auth.module.js';
import { CAPTCHA } from './modules/auth/captcha/captcha.service.js';
import { BROADCAST_CHANNEL, type BroadcastChannel } from './modules/broadcast/broadcast-channel.js';
import { BroadcastModule } from './modules/broadcast/broadcast.module.js';
import { PrivacyModule } from './modules/privacy/privacy.module.js';
import { ReportsModule } from './modules/reports/reports.module.js';
import { IntakeModule } from './modules/intake/intake.module.js';
import { HouseSignalsModule } from './modules/house-signals/house-signals.module.js';
import { MailModule } from './modules/mail/mail.module.js';
import { MAIL_CHANNEL } from './modules/mail/mailer.service.js';
import { PUSH_CHANNELS } from './modules/notifications/push/push-channels.js';
import { NotificationsModule } from './modules/notifications/notifications.module.js';
import { OperatorModule } from './modules/admin/operator/operator.module.js';
import { SourcesAdminModule } from './modules/admin/sources/sources-admin.module.js';
import { OpsModule } from './modules/ops/ops.module.js';
import { PaperModule } from './modules/paper/paper.module.js';
import { PlansModule } from './modules/plans/plans.module.js';
import { PaymentsModule } from './modules/payments/payments.module.js';
import { TradePlansModule } from './modules/trade-plans/trade-plans.module.js';
import { PositionsModule } from './modules/positions/positions.module.js';
import { StrategiesModule } from './modules/strategies/strategies.module.js';
import { SafetyModule } from './modules/safety/safety.module.js';
import { SignalsModule } from './modules/signals/signals.module.js';
import { PaperBooksRepository } from './modules/trading/paper-books.repository.js';
import { SupportModule } from './modules/support/support.module.js';
import { TradingModule } from './modules/trading/trading.module.js';
import { TelegramModule } from './modules/telegram/telegram.module.js';
import { UsersModule } from './modules/users/users.module.js';
import { WebhooksModule } from './modules/webhooks/webhooks.module.js';
import { CandlesModule } from './modules/market-data/candles/candles.module.js';
import { MarketDataModule } from './modules/market-data/market-data.module.js';
import { Clock } from './platform/clock/clock.js';
import { Database } from './platform/database/database.js';
import { StoppableChannel } from './platform/channels/stoppable-channel.js';
import { Logger } from './platform/logging/logger.js';
import { PlatformModule } from './platform/platform.module.js';
import { createFromPlugin, loadPlugin, pluginHost } from './platform/plugins/plugin-loader.js';
import { CANDLE_SOURCE, type CandleSource } from './ports/candle-source.js';
import type { Captcha } from './ports/captcha.js';
import { EXCHANGE_CLIENT, type ExchangeClient, type VenueBooks } from './ports/exchange-client.js';
import type { NotificationChannel, PushChannel } from './ports/notification-channel.js';
import { PAYMENT_CHAIN, type PaymentChain } from './ports/payment-chain.js';
import { MESSAGE_LISTENER, type MessageListener } from './ports/message-listener.js';
import { PRICE_FEED, type PriceFeed } from './ports/price-feed.js';
import { STRATEGIES } from './ports/strategy.js';
import { loadStrategies } from './platform/plugins/strategies.js';
import { PortsModule } from './ports.module.js';
import { selectedCandleSource, selectedListener, selectedPlugins, selectedPushPlugins } from './selected-plugins.js';

@Module({})
export class AppModule {}

export function appModule(config: Config, databaseUrl: string, parts: ApplicationParts): Promise<DynamicModule> {
  return Promise.resolve({
    module: AppModule,
    imports: [
      ConfigModule.of(config),
      PlatformModule.of({ databaseUrl, entities: ENTITIES, ...parts.platform }),
      ScheduleModule.forRoot(),
      PortsModule.of([
        priceFeed(config, parts),
        candleSource(config, parts),
        { provide: STRATEGIES, useFactory: async () => parts.strategies ?? loadStrategies() },
        exchangeClient(config, parts),
        captcha(config, parts),
        mailChannel(config, parts),
        broadcastChannel(config, parts),
        paymentChain(config, parts),
        pushChannels(config),
        messageListener(config),
      ]),
      MailModule,
      UsersModule,
      AuthModule,
      // Its guard asks about the caller whom the guard of signing in has found.
      PlansModule,
      AppConfigModule,
      AccessTokensModule,
      AccountsModule,
      MarketDataModule,
      CandlesModule,
      SafetyModule,
      SignalsModule,
      AlertsModule,
      IntakeModule,
      HouseSignalsModule,
      StrategiesModule,
      PaymentsModule,
      TradePlansModule,
      PositionsModule,
      TradingModule,
      PaperModule,
      BroadcastModule,
      ReportsModule,
      NotificationsModule,
      ArchiveModule,
      PrivacyModule,
      WebhooksModule,
      TelegramModule,
      SupportModule,
      AuditAdminModule,
      OperatorModule,
      SourcesAdminModule,
      OpsModule,
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
      const { kind, code, variable } = selectedPlugins(config).priceFeed;
      const plugin = await loadPlugin(kind, code, variable);
      const host = pluginHost(clock, logger.for(`price-feed.${code}`));
      return createFromPlugin<PriceFeed, undefined>(plugin, config.environment, host, undefined);
    },
  };
}

/** The source that the caller brought, or the plugin that CANDLE_SOURCE names; null for the price feed's own candles. */
function candleSource(config: Config, parts: ApplicationParts) {
  return {
    provide: CANDLE_SOURCE,
    inject: [Clock, Logger],
    useFactory: async (clock: Clock, logger: Logger): Promise<CandleSource | null> => {
      if (parts.candleSource !== undefined) return parts.candleSource;
      const selected = selectedCandleSource(config);
      if (selected === undefined) return null;
      const plugin = await loadPlugin(selected.kind, selected.code, selected.variable);
      const host = pluginHost(clock, logger.for(`candles.${selected.code}`));
      return createFromPlugin<CandleSource, undefined>(plugin, config.environment, host, undefined);
    },
  };
}

/** The client that the caller brought, or the venue that EXCHANGE_MODE names. */
function exchangeClient(config: Config, parts: ApplicationParts) {
  return {
    provide: EXCHANGE_CLIENT,
    inject: [Database, Clock, Logger],
    useFactory: async (database: Database, clock: Clock, logger: Logger): Promise<ExchangeClient> => {
      if (parts.exchangeClient !== undefined) return parts.exchangeClient;
      const { kind, code, variable } = selectedPlugins(config).exchange;
      const plugin = await loadPlugin(kind, code, variable);
      const host = pluginHost(clock, logger.for(`exchange.${code}`));
      return createFromPlugin<ExchangeClient, VenueBooks>(
        plugin,
        config.environment,
        host,
        new PaperBooksRepository(database),
      );
    },
  };
}

/** The captcha that CAPTCHA_PROVIDER names. */
function captcha(config: Config, parts: ApplicationParts) {
  return {
    provide: CAPTCHA,
    inject: [Clock, Logger],
    useFactory: async (clock: Clock, logger: Logger): Promise<Captcha> => {
      if (parts.captcha !== undefined) return parts.captcha;
      const { kind, code, variable } = selectedPlugins(config).captcha;
      const plugin = await loadPlugin(kind, code, variable);
      const host = pluginHost(clock, logger.for(`captcha.${code}`));
      return createFromPlugin<Captcha, undefined>(plugin, config.environment, host, undefined);
    },
  };
}

/** The chain that PAYMENT_CHAIN names. */
function paymentChain(config: Config, parts: ApplicationParts) {
  return {
    provide: PAYMENT_CHAIN,
    inject: [Clock, Logger],
    useFactory: async (clock: Clock, logger: Logger): Promise<PaymentChain> => {
      if (parts.paymentChain !== undefined) return parts.paymentChain;
      const { kind, code, variable } = selectedPlugins(config).chain;
      const plugin = await loadPlugin(kind, code, variable);
      const host = pluginHost(clock, logger.for(`chain.${code}`));
      return createFromPlugin<PaymentChain, undefined>(plugin, config.environment, host, undefined);
    },
  };
}

/** The channel that MAIL_CHANNEL names. */
function mailChannel(config: Config, parts: ApplicationParts) {
  return {
    provide: MAIL_CHANNEL,
    inject: [Clock, Logger],
    useFactory: async (clock: Clock, logger: Logger): Promise<NotificationChannel> => {
      if (parts.mailChannel !== undefined) return new StoppableChannel(parts.mailChannel);
      const { kind, code, variable } = selectedPlugins(config).mail;
      const plugin = await loadPlugin(kind, code, variable);
      const isPrivate = config.process.NODE_ENV === 'development';
      const show = isPrivate ? (text: string) => void process.stdout.write(text) : undefined;
      const host = { ...pluginHost(clock, logger.for(`mail.${code}`)), show };
      return new StoppableChannel(createFromPlugin(plugin, config.environment, host, undefined));
    },
  };
}

/** The channel of the groups, and where each group is on it. */
function broadcastChannel(config: Config, parts: ApplicationParts) {
  return {
    provide: BROADCAST_CHANNEL,
    inject: [Clock, Logger],
    useFactory: async (clock: Clock, logger: Logger): Promise<BroadcastChannel> => {
      const { telegram } = config;
      const isTelegram = telegram.TELEGRAM_BOT_TOKEN !== undefined;
      const chats = { VIP: telegram.TELEGRAM_VIP_CHAT_ID, TRIAL: telegram.TELEGRAM_TRIAL_CHAT_ID };
      const targets = new Map<string, string>();
      for (const [group, chat] of Object.entries({ ...chats, ADMIN: telegram.TELEGRAM_ADMIN_CHAT_ID })) {
        if (chat !== undefined) targets.set(group, chat);
        else if (!isTelegram && group !== 'ADMIN') targets.set(group, group);
      }
      if (parts.broadcastChannel !== undefined) {
        return { client: new StoppableChannel(parts.broadcastChannel), targets };
      }
      const { kind, code, variable } = selectedPlugins(config).broadcast;
      const plugin = await loadPlugin(kind, code, variable);
      const host = pluginHost(clock, logger.for(`broadcast.${code}`));
      const client = createFromPlugin<NotificationChannel, undefined>(plugin, config.environment, host, undefined);
      return { client: new StoppableChannel(client), targets };
    },
  };
}

/** What TELEGRAM_LISTEN has listened to; null where that is nothing. */
function messageListener(config: Config) {
  return {
    provide: MESSAGE_LISTENER,
    inject: [Clock, Logger],
    useFactory: async (clock: Clock, logger: Logger): Promise<MessageListener | null> => {
      const selected = selectedListener(config);
      if (selected === undefined) return null;
      const plugin = await loadPlugin(selected.kind, selected.code, selected.variable);
      const host = pluginHost(clock, logger.for(`listener.${selected.code}`));
      return createFromPlugin<MessageListener, undefined>(plugin, config.environment, host, undefined);
    },
  };
}

/** The channels to phones that PUSH_CHANNELS names. */
function pushChannels(config: Config) {
  return {
    provide: PUSH_CHANNELS,
    inject: [Clock, Logger],
    useFactory: async (clock: Clock, logger: Logger): Promise<readonly PushChannel[]> =>
      Promise.all(
        selectedPushPlugins(config).map(async ({ kind, code, variable }) => {
          const plugin = await loadPlugin(kind, code, variable);
          const host = pluginHost(clock, logger.for(`push.${code}`));
          const channel = createFromPlugin<PushChannel, undefined>(plugin, config.environment, host, undefined);
          if (!('accepts' in channel))
            throw new ConfigError([`${variable}=${code}: this channel does not reach phones`]);
          return channel;
        }),
      ),
  };
}
