/**
 * A local server that speaks the part of Resend's API that we use: `POST /emails`. A test scripts refusals.
 * Keeps: a repeated idempotency key is answered with the first mail's id and delivers nothing again.
 */
import { createServer, type Server } from 'node:http';
import { close, listen } from './loopback.js';

export interface ResendMail {
  readonly authorization: string | undefined;
  readonly key: string;
  readonly body: { readonly from: string; readonly to: string[]; readonly subject: string; readonly text: string };
}

export class ResendApi {
  readonly mails: ResendMail[] = [];
  readonly refusals: { readonly status: number; readonly retryAfter?: number }[] = [];
  readonly #ids = new Map<string, string>();
  readonly #server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const answer = (status: number, body: object, headers: Record<string, string> = {}) =>
        response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
      const refusal = this.refusals.shift();
      if (refusal !== undefined) {
        const headers: Record<string, string> =
          refusal.retryAfter === undefined ? {} : { 'Retry-After': String(refusal.retryAfter) };
        answer(refusal.status, { name: 'scripted', message: 'scripted refusal' }, headers);
        return;
      }
      const key = String(request.headers['idempotency-key'] ?? '');
      const known = this.#ids.get(key);
      if (known === undefined) {
        const body = JSON.parse(Buffer.concat(chunks).toString()) as ResendMail['body'];
        this.mails.push({ authorization: request.headers.authorization, key, body });
        this.#ids.set(key, `mail-${this.mails.length}`);
      }
      answer(200, { id: this.#ids.get(key) });
    });
  });

  start(): Promise<string> {
    return listen(this.#server);
  }

  stop(): Promise<void> {
    return close(this.#server);
  }
}
