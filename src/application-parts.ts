/**
 * The replaceable parts of the application: what tests and scripts may put in the place of the real thing.
 */
import type { ModuleMetadata } from '@nestjs/common';
import type { PlatformOptions } from './platform/platform.module.js';
import type { CandleSource } from './ports/candle-source.js';
import type { Captcha } from './ports/captcha.js';
import type { ExchangeClient } from './ports/exchange-client.js';
import type { NotificationChannel } from './ports/notification-channel.js';
import type { PaymentChain } from './ports/payment-chain.js';
import type { PriceFeed } from './ports/price-feed.js';
import type { Strategies } from './ports/strategy.js';

export interface ApplicationParts {
  readonly platform?: Partial<Pick<PlatformOptions, 'clock' | 'randomness' | 'logger'>>;
  readonly priceFeed?: PriceFeed;
  readonly candleSource?: CandleSource;
  readonly strategies?: Strategies;
  readonly exchangeClient?: ExchangeClient;
  readonly captcha?: Captcha;
  readonly mailChannel?: NotificationChannel;
  readonly broadcastChannel?: NotificationChannel;
  readonly paymentChain?: PaymentChain;
  readonly imports?: ModuleMetadata['imports'];
}
