/**
 * A local server that speaks the part of Telegram's Bot API that we use: `sendMessage`, with the answers a test scripts.
 * Keeps: each scripted answer is used once, in order; without one a message is accepted.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { close, listen } from './loopback.js';

export interface SentToTelegram {
  readonly token: string;
  readonly chat_id: string;
  readonly text: string;
  readonly parse_mode?: string;
}

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
    const token = /^\/bot([^/]+)\/sendMessage$/.exec(request.url ?? '')?.[1];
    if (token === undefined) return reply(response, 404, { ok: false, error_code: 404, description: 'Not Found' });
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Omit<SentToTelegram, 'token'>;
    const sent = { token, ...body };
    this.received.push(sent);
    const next = this.script.shift();
    if (next?.kind === 'drop') {
      request.socket.destroy();
      return;
    }
    if (next?.kind === 'hang') return;
    if (next !== undefined) {
      const { status, description, retryAfter, migrateTo } = next;
      const parameters = { retry_after: retryAfter, migrate_to_chat_id: migrateTo };
      return reply(response, status, { ok: false, error_code: status, description, parameters });
    }
    this.accepted.push(sent);
    const result = {
      message_id: this.accepted.length,
      date: 0,
      chat: { id: sent.chat_id, type: 'supergroup' },
      text: sent.text,
    };
    return reply(response, 200, { ok: true, result });
  }
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
