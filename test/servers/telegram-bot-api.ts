/**
 * A local server that speaks the part of Telegram's Bot API that we use: `sendMessage`, with the answers a test scripts, and
 * what tells of messages (`updates`).
 * Keeps: each scripted answer is used once, in order; without one a call is carried out. Those of `getUpdates` have a script
 * of their own.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { close, listen } from './loopback.js';
import { TelegramUpdates } from './telegram-updates.js';

export interface SentToTelegram {
  readonly token: string;
  readonly chat_id: string;
  readonly text: string;
  readonly parse_mode?: string;
  readonly reply_parameters?: { readonly message_id: number };
  readonly reply_markup?: { readonly inline_keyboard: readonly { text: string; callback_data: string }[][] };
}

/** Our bot. */
export const BOT_NAME = 'verzek_test_bot';

export type ScriptedAnswer =
  | {
      readonly kind: 'error';
      readonly status: number;
      readonly description: string;
      readonly retryAfter?: number;
      readonly migrateTo?: number;
    }
  | { readonly kind: 'drop' }
  /** Takes the request and never answers. */
  | { readonly kind: 'hang' };

export class TelegramBotApi {
  readonly received: SentToTelegram[] = [];
  readonly accepted: SentToTelegram[] = [];
  readonly script: ScriptedAnswer[] = [];
  /** What `getUpdates` answers before it is itself again. */
  readonly updatesScript: ScriptedAnswer[] = [];
  readonly updates = new TelegramUpdates();
  /** Ids of buttons whose waiting was ended. */
  readonly acknowledged: string[] = [];
  readonly #server: Server = createServer((request, response) => void this.#answer(request, response));

  start(): Promise<string> {
    return listen(this.#server);
  }

  stop(): Promise<void> {
    return close(this.#server);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const [, token, method] = /^\/bot([^/]+)\/(\w+)$/.exec(request.url ?? '') ?? [];
    const body = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Omit<SentToTelegram, 'token'>;
    if (token === undefined || (method !== 'sendMessage' && !(await this.#manage(method, body, request, response)))) {
      return reply(response, 404, { ok: false, error_code: 404, description: 'Not Found' });
    }
    if (method !== 'sendMessage') return;
    const sent = { token, ...body };
    this.received.push(sent);
    if (answerAsScripted(this.script.shift(), request, response)) return;
    this.accepted.push(sent);
    const result = {
      message_id: this.accepted.length,
      date: 0,
      chat: { id: sent.chat_id, type: 'supergroup' },
      text: sent.text,
    };
    return reply(response, 200, { ok: true, result });
  }

  /** Everything but messages; false for a method that there is not. */
  async #manage(method: string | undefined, body: object, request: IncomingMessage, response: ServerResponse) {
    const done = (result: unknown) => {
      reply(response, 200, { ok: true, result });
      return true;
    };
    switch (method) {
      case 'getMe':
        return done({ id: 1234, is_bot: true, username: BOT_NAME });
      case 'setWebhook':
        this.updates.set(body);
        return done(true);
      case 'deleteWebhook':
        this.updates.set({ url: '' });
        return done(true);
      case 'getWebhookInfo':
        return done({ url: this.updates.webhook.url });
      case 'answerCallbackQuery':
        this.acknowledged.push(String(Reflect.get(body, 'callback_query_id')));
        return done(true);
      case 'getUpdates':
        if (answerAsScripted(this.updatesScript.shift(), request, response)) return true;
        response.on('close', () => {
          if (!response.writableFinished) this.updates.leave();
        });
        await this.updates.get(body).then((answer) => reply(response, answer.status, answer.body));
        return true;
      default:
        return false;
    }
  }
}

/** False where nothing is scripted. */
function answerAsScripted(
  next: ScriptedAnswer | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  if (next === undefined) return false;
  if (next.kind === 'drop') request.socket.destroy();
  if (next.kind === 'error') {
    const { status, description, retryAfter, migrateTo } = next;
    const parameters = { retry_after: retryAfter, migrate_to_chat_id: migrateTo };
    reply(response, status, { ok: false, error_code: status, description, parameters });
  }
  return true;
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
