/**
 * The few lines a person sees after `npm start`: where things are, and which modes are on.
 * Must not show a secret.
 */
import { resolve } from 'node:path';
import type { Config } from './config/schema.js';

/** The text for a process that listens on `address` (a URL without a trailing slash). */
export function banner(config: Config, address: string): string {
  const { process: run, trading, prices, telegram, mail } = config;
  const metrics = run.METRICS_PORT === 0 ? 'off' : `http://${run.METRICS_HOST}:${run.METRICS_PORT}/metrics`;
  const lines: [string, string][] = [
    ['API', `${address}/api`],
    ...(run.ROLE === 'worker' ? [] : [['Swagger UI', `${address}/api/docs`] satisfies [string, string]]),
    ['Health', `${address}/api/health`],
    ['Metrics', metrics],
    ['Role', run.ROLE],
    ['Exchange', trading.EXCHANGE_MODE === 'paper' ? 'paper (no real money)' : trading.EXCHANGE_MODE],
    ['Prices', prices.PRICE_FEED === 'simulated' ? 'simulated (not the market)' : prices.PRICE_FEED],
    ['Telegram', telegramLine(telegram)],
    ['Mail', mail.MAIL_CHANNEL === 'log' ? 'log (mails are written to this log)' : mail.MAIL_CHANNEL],
    ['Data', resolve(run.DATA_DIR)],
  ];
  return `\nVerzekAutoTrader is running\n${lines.map(([name, value]) => `  ${name.padEnd(11)}${value}`).join('\n')}\n\n`;
}

function telegramLine({ TELEGRAM_BOT_TOKEN, TELEGRAM_LISTEN }: Config['telegram']): string {
  if (TELEGRAM_BOT_TOKEN === undefined) return 'off (TELEGRAM_BOT_TOKEN is not set)';
  return TELEGRAM_LISTEN === 'off'
    ? 'on (it is not listened to: TELEGRAM_LISTEN)'
    : `on, listening by ${TELEGRAM_LISTEN}`;
}
