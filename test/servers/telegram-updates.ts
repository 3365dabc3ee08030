/**
 * The part of the local Bot API that tells of messages: updates that wait, `getUpdates` with its offset and its waiting,
 * `setWebhook`, and who asks.
 * Keeps: an update waits until an offset beyond it is asked for; a second asker ends the first with 409, as at Telegram.
 */

export interface WaitingUpdate {
  readonly update_id: number;
  readonly [field: string]: unknown;
}

export interface UpdatesAnswer {
  readonly status: number;
  readonly body: object;
}

interface Asker {
  readonly settle: (answer: UpdatesAnswer) => void;
  readonly offset: number;
}

const CONFLICT = 'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running';
const IN_USE =
  "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";

export class TelegramUpdates {
  /** Those that nobody has confirmed. */
  waiting: WaitingUpdate[] = [];
  webhook: { url: string; secret_token?: string; allowed_updates?: readonly string[] } = { url: '' };
  /** Offsets in the order in which they were asked for. */
  readonly asked: number[] = [];
  conflicts = 0;
  #next = 1_000;
  #asker: Asker | undefined;

  /** Adds one of the Bot API's kinds of updates; answers its number. */
  add(update: Readonly<Record<string, unknown>>): number {
    this.#next += 1;
    this.waiting.push({ update_id: this.#next, ...update });
    this.#answer();
    return this.#next;
  }

  /** Answers at once what waits, or as soon as there is something, or nothing after `timeout` seconds. */
  get({
    offset = 0,
    timeout = 0,
    limit = 100,
  }: {
    offset?: number;
    timeout?: number;
    limit?: number;
  }): Promise<UpdatesAnswer> {
    if (this.webhook.url !== '') return Promise.resolve(refused(409, IN_USE));
    this.asked.push(offset);
    this.#asker?.settle(refused(409, CONFLICT));
    if (this.#asker !== undefined) this.conflicts += 1;
    this.waiting = this.waiting.filter(({ update_id }) => update_id >= offset);
    if (this.waiting.length > 0 || timeout === 0) return Promise.resolve(given(this.waiting.slice(0, limit)));
    return new Promise((resolve) => {
      const timer = setTimeout(() => asker.settle(given([])), timeout * 1_000);
      const asker: Asker = {
        offset,
        settle: (answer) => {
          clearTimeout(timer);
          if (this.#asker === asker) this.#asker = undefined;
          resolve(answer);
        },
      };
      this.#asker = asker;
    });
  }

  /** The one who waits has gone. */
  leave(): void {
    this.#asker?.settle(given([]));
  }

  set(webhook: { url?: string; secret_token?: string; allowed_updates?: readonly string[] }): void {
    this.webhook = { ...webhook, url: webhook.url ?? '' };
  }

  #answer(): void {
    this.#asker?.settle(given(this.waiting.filter(({ update_id }) => update_id >= (this.#asker?.offset ?? 0))));
  }
}

const given = (result: readonly unknown[]): UpdatesAnswer => ({ status: 200, body: { ok: true, result } });

const refused = (status: number, description: string): UpdatesAnswer => ({
  status,
  body: { ok: false, error_code: status, description },
});
