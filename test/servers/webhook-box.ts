/**
 * A local receiver of webhooks: keeps what it is sent, and answers what a test scripts (200 without a script). At paths
 * under `/slow` it answers only when it is released.
 */
import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { close, listen } from './loopback.js';

export interface ReceivedWebhook {
  readonly path: string | undefined;
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
  /** Of receivers that are shown a secret instead. */
  readonly secret: string | undefined;
  readonly body: string;
}

export class WebhookBox {
  readonly received: ReceivedWebhook[] = [];
  /** Statuses of the next answers; `hang up` ends the connection. */
  readonly script: (number | 'hang up')[] = [];
  readonly #held: (() => void)[] = [];
  #isReleased = false;
  readonly #server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const header = (name: string) => String(request.headers[`webhook-${name}`] ?? '');
      this.received.push({
        path: request.url,
        id: header('id'),
        timestamp: header('timestamp'),
        signature: header('signature'),
        secret: request.headers['x-webhook-secret']?.toString(),
        body: Buffer.concat(chunks).toString(),
      });
      if (request.url?.startsWith('/slow') === true && !this.#isReleased) {
        this.#held.push(() => response.writeHead(200).end());
        return;
      }
      const next = this.script.shift() ?? 200;
      if (next === 'hang up') request.socket.destroy();
      else response.writeHead(next, next === 302 ? { location: '/elsewhere' } : {}).end('thank you');
    });
  });

  start(): Promise<string> {
    return listen(this.#server);
  }

  /** Answers whoever waits at a slow path, and from now on at once. */
  release(): void {
    this.#isReleased = true;
    for (const answer of this.#held.splice(0)) answer();
  }

  stop(): Promise<void> {
    return close(this.#server);
  }
}

/** Whether a receiver who knows the secret believes it. */
export function isSignedWith(secret: string, { id, timestamp, body, signature }: ReceivedWebhook): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return signature.split(' ').includes(`v1,${mac}`);
}
