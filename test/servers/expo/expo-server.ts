/**
 * A local server that speaks Expo's push service: sending by up to 100 for tickets, and receipts. A test scripts what is
 * wrong with a phone, at once or only in the receipt, and whole requests that are refused.
 * Keeps: more than 100 messages, an unknown token or a body of another shape are refused as Expo refuses them.
 */
import { createServer, type Server } from 'node:http';
import { close, listen } from '../loopback.js';

export interface ExpoMessage {
  readonly to: string;
  readonly title?: string;
  readonly body: string;
  readonly data: Record<string, unknown>;
  readonly channelId?: string;
}

export class ExpoServer {
  readonly messages: ExpoMessage[] = [];
  readonly batches: number[] = [];
  readonly authorizations: (string | undefined)[] = [];
  /** By token, what its ticket says. */
  readonly errors = new Map<string, string>();
  /** By token, what its receipt says; others are delivered. */
  readonly receiptErrors = new Map<string, string>();
  /** Statuses of whole requests, used up one after the other. */
  readonly refusals: number[] = [];
  /** Receipts are not known yet. */
  isSlow = false;
  readonly #tokenOfTicket = new Map<string, string>();
  readonly #server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      this.authorizations.push(request.headers.authorization);
      const refusal = this.refusals.shift();
      const [status, body] =
        refusal === undefined
          ? this.#answer(request.url ?? '', JSON.parse(Buffer.concat(chunks).toString()))
          : [refusal, failure('SCRIPTED')];
      const headers = { 'Content-Type': 'application/json', ...(status === 429 ? { 'Retry-After': '30' } : {}) };
      response.writeHead(status, headers).end(JSON.stringify(body));
    });
  });

  start(): Promise<string> {
    return listen(this.#server);
  }

  stop(): Promise<void> {
    return close(this.#server);
  }

  #answer(path: string, body: unknown): [number, object] {
    if (path === '/--/api/v2/push/getReceipts') return [200, { data: this.#receipts((body as { ids: string[] }).ids) }];
    if (path !== '/--/api/v2/push/send' || !Array.isArray(body)) return [404, failure('NOT_FOUND')];
    const messages = body as ExpoMessage[];
    if (messages.length > 100) return [400, failure('PUSH_TOO_MANY_NOTIFICATIONS')];
    const projects = new Set(messages.map(({ to }) => (to.includes('other-project') ? 'other' : 'ours')));
    if (projects.size > 1) return [400, failure('PUSH_TOO_MANY_EXPERIENCE_IDS')];
    this.batches.push(messages.length);
    return [200, { data: messages.map((message) => this.#ticket(message)) }];
  }

  #ticket(message: ExpoMessage): object {
    const error = this.errors.get(message.to);
    if (error !== undefined) return { status: 'error', message: 'scripted', details: { error } };
    this.messages.push(message);
    const id = `ticket-${this.#tokenOfTicket.size + 1}`;
    this.#tokenOfTicket.set(id, message.to);
    return { status: 'ok', id };
  }

  #receipts(ids: readonly string[]): object {
    if (this.isSlow) return {};
    const receipts = ids.flatMap((id) => {
      const token = this.#tokenOfTicket.get(id);
      if (token === undefined) return [];
      const error = this.receiptErrors.get(token);
      return [[id, error === undefined ? { status: 'ok' } : { status: 'error', details: { error } }] as const];
    });
    return Object.fromEntries(receipts);
  }
}

function failure(code: string) {
  return { errors: [{ code, message: 'refused' }] };
}
