/**
 * Which plugin of each kind the configuration selects, in one place for who makes them and for who checks them first.
 * Keeps: a wrong name or setting is found before anything is opened.
 */
import { ConfigError } from './config/load-config.js';
import type { Config } from './config/schema.js';
import { checkPlugin, type PluginKind } from './platform/plugins/plugin-loader.js';

export interface SelectedPlugin {
  readonly kind: PluginKind;
  readonly code: string;
  /** The setting that selected it, for messages. */
  readonly variable: string;
}

/** Throws a `ConfigError` for a venue that this version cannot reach. */
export function selectedPlugins(config: Config) {
  const plugin = (kind: PluginKind, code: string, variable: string): SelectedPlugin => ({ kind, code, variable });
  const isTelegram = config.telegram.TELEGRAM_BOT_TOKEN !== undefined;
  return {
    priceFeed: plugin('price-feeds', config.prices.PRICE_FEED, 'PRICE_FEED'),
    exchange: plugin('exchanges', venueOf(config.trading.EXCHANGE_MODE), 'EXCHANGE_MODE'),
    captcha: plugin('captcha', config.captcha.CAPTCHA_PROVIDER, 'CAPTCHA_PROVIDER'),
    mail: plugin('channels', config.mail.MAIL_CHANNEL, 'MAIL_CHANNEL'),
    chain: plugin('chains', config.payments.PAYMENT_CHAIN, 'PAYMENT_CHAIN'),
    /** Telegram when a bot token is set; the log otherwise, so that development shows what would be said. */
    broadcast: plugin('channels', isTelegram ? 'telegram' : 'log', 'TELEGRAM_BOT_TOKEN'),
  };
}

/** The channels to phones, in the order in which they are asked whether a token is theirs. */
export function selectedPushPlugins({ push }: Config): SelectedPlugin[] {
  return push.PUSH_CHANNELS.map((code) => ({ kind: 'channels', code, variable: 'PUSH_CHANNELS' }));
}

/** The messenger whose chats are listened to, if any. */
export function selectedListener({ telegram }: Config): SelectedPlugin | undefined {
  if (telegram.TELEGRAM_LISTEN === 'off') return undefined;
  return { kind: 'sources', code: 'telegram', variable: 'TELEGRAM_LISTEN' };
}

/** Where candles come from; undefined where they are those of the price feed. */
export function selectedCandleSource({ candles }: Config): SelectedPlugin | undefined {
  const code = candles.CANDLE_SOURCE;
  return code === 'feed' ? undefined : { kind: 'candle-sources', code, variable: 'CANDLE_SOURCE' };
}

/** Checks the settings of every selected plugin; throws a `ConfigError` with one sentence per mistake. */
export async function checkSelectedPlugins(config: Config): Promise<void> {
  const problems: string[] = [];
  const selected = [...Object.values(selectedPlugins(config)), ...selectedPushPlugins(config)];
  const optional = [selectedListener(config), selectedCandleSource(config)].filter((one) => one !== undefined);
  for (const { kind, code, variable } of [...selected, ...optional]) {
    problems.push(...(await checkPlugin(kind, code, variable, config.environment)));
  }
  if (problems.length > 0) throw new ConfigError([...new Set(problems)]);
}

/** EXCHANGE_MODE names a venue and, after an underscore, whether its testnet or its market is meant. */
function venueOf(mode: string): string {
  if (!['binance_testnet', 'binance_mainnet'].includes(mode)) return mode;
  const sentence = `EXCHANGE_MODE=${mode}: the Binance client is not part of this version; set EXCHANGE_MODE=paper`;
  throw new ConfigError([sentence]);
}
