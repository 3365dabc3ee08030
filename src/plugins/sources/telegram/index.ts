/**
 * Listens to Telegram's groups and channels with one bot, by telegraf's API client.
 * Keeps: asks or is sent to, never both; starting again after `stop` is allowed, as leaders come and go; the loop is our own,
 * because telegraf's ends for good on a conflict and confirms what was not stored.
 */
import { z } from 'zod';
import type { Heard } from '../../../domain/listening/heard.js';
import type { MessageListener, Reply } from '../../../ports/message-listener.js';
import type { SendResult } from '../../../ports/notification-channel.js';
import type { Plugin, PluginHost } from '../../../ports/plugin.js';
import { BotApi, failureOf } from './client.js';
import { Polling } from './polling.js';
import { readUpdate } from './updates.js';
import { Webhook } from './webhook.js';

const settings = z.object({
  TELEGRAM_BOT_TOKEN: z.string().regex(/^\d+:[\w-]+$/, 'must be a bot token'),
  TELEGRAM_API_ROOT: z.string().default('https://api.telegram.org'),
});

const CALL_MS = 20_000;

interface Asking {
  run(): Promise<void>;
  stop(): void;
}

class TelegramListener implements MessageListener {
  readonly code = 'telegram';
  #asking: { readonly task: Asking; readonly done: Promise<void> } | undefined;
  #name: string | undefined;

  constructor(
    readonly botId: number,
    private readonly api: BotApi,
    private readonly host: PluginHost,
  ) {}

  poll: MessageListener['poll'] = (take, tell) => this.#start(new Polling(this.api, this.host, take, tell));

  receive: MessageListener['receive'] = (url, secret, tell) =>
    this.#start(new Webhook(this.api, this.host, { url, secret }, tell));

  async stop(): Promise<void> {
    const asking = this.#asking;
    this.#asking = undefined;
    asking?.task.stop();
    this.api.leave();
    await asking?.done;
  }

  read(body: unknown): readonly Heard[] {
    const heard = readUpdate(body);
    return heard === undefined ? [] : [heard];
  }

  async reply(chatId: number, { message, replyTo, buttons = [] }: Reply): Promise<SendResult> {
    const payload = {
      chat_id: chatId,
      text: message.html ?? escapeHtml(message.text),
      parse_mode: 'HTML',
      link_preview_options: { is_disabled: true },
      ...(replyTo === undefined
        ? {}
        : { reply_parameters: { message_id: replyTo, allow_sending_without_reply: true } }),
      ...(buttons.length === 0 ? {} : { reply_markup: { inline_keyboard: [keysOf(buttons)] } }),
    };
    try {
      const sent = await this.api.call<{ message_id: number }>('sendMessage', payload, CALL_MS);
      return { outcome: 'delivered', providerMessageId: String(sent.message_id) };
    } catch (error) {
      const { kind, reason, retryAfterMs } = failureOf(error);
      if (kind === 'final') return { outcome: 'refused', reason };
      const at = retryAfterMs === undefined ? {} : { at: new Date(this.host.now().getTime() + retryAfterMs) };
      return { outcome: 'retry', reason, ...at };
    }
  }

  async acknowledge(buttonId: string): Promise<void> {
    try {
      await this.api.call('answerCallbackQuery', { callback_query_id: buttonId }, CALL_MS);
    } catch (error) {
      this.host.log('debug', 'a pressed button could not be answered', { reason: failureOf(error).reason });
    }
  }

  async name(): Promise<string | undefined> {
    try {
      this.#name ??= (await this.api.call<{ username?: string }>('getMe', {}, CALL_MS)).username;
    } catch (error) {
      this.host.log('debug', 'the name of the bot could not be asked for', { reason: failureOf(error).reason });
    }
    return this.#name;
  }

  #start(task: Asking): void {
    if (this.#asking !== undefined) throw new Error('Telegram is listened to already');
    this.#asking = { task, done: task.run() };
  }
}

export const plugin: Plugin<MessageListener, z.infer<typeof settings>> = {
  code: 'telegram',
  summary: 'Groups and channels of Telegram',
  settings,
  create: (chosen, host) => {
    const { TELEGRAM_BOT_TOKEN: token, TELEGRAM_API_ROOT: root } = chosen;
    return new TelegramListener(Number(token.split(':')[0]), new BotApi(token, root, host), host);
  },
};

function keysOf(buttons: NonNullable<Reply['buttons']>) {
  return buttons.map(({ text, data }) => ({ text, callback_data: data }));
}

function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
