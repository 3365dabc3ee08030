/**
 * Telegram groups, by telegraf's API client. It only sends: it never polls.
 * Keeps: 429 waits as long as Telegram says; 400 and 403 are final; network failures and 5xx are tried again.
 */
import { Telegram, TelegramError } from 'telegraf';
import { z } from 'zod';
import type { NotificationChannel, SendResult } from '../../../ports/notification-channel.js';
import type { Plugin, PluginHost } from '../../../ports/plugin.js';

const settings = z.object({
  TELEGRAM_BOT_TOKEN: z.string().regex(/^\d+:[\w-]+$/, 'must be a bot token'),
  TELEGRAM_API_ROOT: z.string().default('https://api.telegram.org'),
});

const TIMEOUT_MS = 20_000;

export const plugin: Plugin<NotificationChannel, z.infer<typeof settings>> = {
  code: 'telegram',
  summary: 'Telegram groups',
  settings,
  create: (chosen, host) => {
    const telegram = new Telegram(chosen.TELEGRAM_BOT_TOKEN, { apiRoot: chosen.TELEGRAM_API_ROOT });
    return {
      code: 'telegram',
      send: async (target, message): Promise<SendResult> => {
        const html = message.html ?? escapeHtml(message.text);
        const options = { parse_mode: 'HTML', link_preview_options: { is_disabled: true } } as const;
        const abort = new AbortController();
        const cancel = host.after(TIMEOUT_MS, () => abort.abort());
        try {
          const extra = { chat_id: target, text: html, ...options };
          const sent = await telegram.callApi('sendMessage', extra, { signal: abort.signal as never });
          return { outcome: 'delivered', providerMessageId: String(sent.message_id) };
        } catch (error) {
          return failure(error, host);
        } finally {
          cancel();
        }
      },
    };
  },
};

function failure(error: unknown, host: PluginHost): SendResult {
  if (!(error instanceof TelegramError)) {
    return { outcome: 'retry', reason: error instanceof Error ? error.name : 'network failure' };
  }
  const reason = `${error.code} ${error.description}`;
  if (error.code === 429) {
    const seconds = error.parameters?.retry_after ?? 1;
    return { outcome: 'retry', reason, at: new Date(host.now().getTime() + seconds * 1_000) };
  }
  return error.code >= 500 ? { outcome: 'retry', reason } : { outcome: 'refused', reason };
}

function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
