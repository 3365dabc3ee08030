/**
 * Telegram groups, by telegraf's API client. It only sends: it never polls.
 * Keeps: 429 waits as long as Telegram says; 400 and 403 are final; network failures and 5xx are tried again, and so are
 * 401 and 404, which mean a revoked or mistyped token and are the operator's to mend. A group that became a supergroup
 * is followed to its new id.
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

const OPTIONS = { parse_mode: 'HTML', link_preview_options: { is_disabled: true } } as const;

/** Answers to a token that Telegram does not know, and to an API root that is not one. */
const OPERATORS_MISTAKES = [401, 404];

export const plugin: Plugin<NotificationChannel, z.infer<typeof settings>> = {
  code: 'telegram',
  summary: 'Telegram groups',
  settings,
  create: (chosen, host) => {
    const telegram = new Telegram(chosen.TELEGRAM_BOT_TOKEN, { apiRoot: chosen.TELEGRAM_API_ROOT });
    const moved = new Map<string, string>();
    const inFlight = new Set<AbortController>();
    const post = async (chat: string, html: string): Promise<string> => {
      const abort = new AbortController();
      inFlight.add(abort);
      const cancel = host.after(TIMEOUT_MS, () => abort.abort());
      try {
        const message = { chat_id: chat, text: html, ...OPTIONS };
        const sent = await telegram.callApi('sendMessage', message, { signal: abort.signal as never });
        return String(sent.message_id);
      } finally {
        cancel();
        inFlight.delete(abort);
      }
    };
    return {
      code: 'telegram',
      send: async (target, message): Promise<SendResult> => {
        const html = message.html ?? escapeHtml(message.text);
        try {
          return { outcome: 'delivered', providerMessageId: await post(moved.get(target) ?? target, html) };
        } catch (error) {
          const chat = newChatOf(error);
          if (chat === undefined) return failure(error, host);
          host.log('warn', 'a group has become a supergroup: put its new id into the settings', { target, chat });
          moved.set(target, chat);
          return { outcome: 'retry', reason: `the group is now ${chat}`, at: host.now() };
        }
      },
      stop: () => {
        for (const abort of inFlight) abort.abort();
        return Promise.resolve();
      },
    };
  },
};

function newChatOf(error: unknown): string | undefined {
  const chat = error instanceof TelegramError ? error.parameters?.migrate_to_chat_id : undefined;
  return chat === undefined ? undefined : String(chat);
}

function failure(error: unknown, host: PluginHost): SendResult {
  if (!(error instanceof TelegramError)) {
    return { outcome: 'retry', reason: error instanceof Error ? error.name : 'network failure' };
  }
  const reason = `${error.code} ${error.description}`;
  if (error.code === 429) {
    const seconds = error.parameters?.retry_after ?? 1;
    return { outcome: 'retry', reason, at: new Date(host.now().getTime() + seconds * 1_000) };
  }
  const mayPass = error.code >= 500 || OPERATORS_MISTAKES.includes(error.code);
  return mayPass ? { outcome: 'retry', reason } : { outcome: 'refused', reason };
}

function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
