/**
 * A notification channel that can be left at any moment: `stop` ends every wait for a provider at once.
 * Keeps: whoever waits is told to try again, which repeats with the same key make harmless; so a provider that does not
 * answer never holds up the end of a process.
 */
import type { NotificationChannel, OutgoingMessage, SendResult } from '../../ports/notification-channel.js';

const STOPPING: SendResult = { outcome: 'retry', reason: 'this process is ending' };

export class StoppableChannel implements NotificationChannel {
  readonly #waits = new Set<(result: SendResult) => void>();
  #isStopped = false;

  constructor(private readonly inner: NotificationChannel) {}

  get code(): string {
    return this.inner.code;
  }

  async send(target: string, message: OutgoingMessage, key: string): Promise<SendResult> {
    if (this.#isStopped) return STOPPING;
    let leave: (result: SendResult) => void = () => undefined;
    const left = new Promise<SendResult>((resolve) => (leave = resolve));
    this.#waits.add(leave);
    try {
      return await Promise.race([this.inner.send(target, message, key), left]);
    } finally {
      this.#waits.delete(leave);
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const leave of this.#waits) leave(STOPPING);
    await this.inner.stop?.();
  }
}
