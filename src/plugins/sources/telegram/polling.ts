/**
 * Long polling: asks for updates, hands them over, and confirms them by asking for the next.
 * Keeps: one request at a time; updates are confirmed only after they were taken, so a process that dies in between is told
 * them again; no failure ends it and none is thrown: it waits, longer each time, and says so.
 */
import type { Heard } from '../../../domain/listening/heard.js';
import type { ListenerReport, Take } from '../../../ports/message-listener.js';
import type { PluginHost } from '../../../ports/plugin.js';
import { type BotApi, failureOf, waitAfter } from './client.js';
import { Pause } from './pause.js';
import { ALLOWED_UPDATES, readUpdate } from './updates.js';

const POLL_SECONDS = 25;

/** An answer that does not come for so long after its time is lost. */
const GRACE_MS = 10_000;

const CALL_MS = 15_000;

const AT_ONCE = 100;

export class Polling {
  readonly #pause: Pause;
  #offset: number | undefined;
  #failures = 0;

  constructor(
    private readonly api: BotApi,
    private readonly host: PluginHost,
    private readonly take: Take,
    private readonly tell: (report: ListenerReport) => void,
  ) {
    this.#pause = new Pause(host);
  }

  /** Asks until `stop`. Never rejects. */
  async run(): Promise<void> {
    this.tell({ state: 'starting', reason: '', failures: 0 });
    while (!this.#pause.isEnded) {
      try {
        await this.#ask();
        this.#failures = 0;
        this.tell({ state: 'listening', reason: '', failures: 0 });
      } catch (error) {
        if (!this.#pause.isEnded) await this.#failed(error);
      }
    }
  }

  stop(): void {
    this.#pause.end();
  }

  async #ask(): Promise<void> {
    // The first answer should come at once, so that what began is known to work.
    const timeout = this.#offset === undefined ? 0 : POLL_SECONDS;
    const request = { offset: this.#offset ?? 0, limit: AT_ONCE, timeout, allowed_updates: ALLOWED_UPDATES };
    const updates = await this.api.call<unknown>('getUpdates', request, timeout * 1_000 + GRACE_MS);
    if (this.#pause.isEnded) return;
    const given = Array.isArray(updates) ? (updates as unknown[]) : [];
    const heard = given.map(readUpdate).filter((item): item is Heard => item !== undefined);
    if (heard.length > 0) await this.take(heard);
    this.#offset = given.reduce<number>((next, update) => Math.max(next, numberOf(update) + 1), this.#offset ?? 0);
  }

  async #failed(error: unknown): Promise<void> {
    const failure = failureOf(error);
    this.#failures += 1;
    this.tell({
      state: failure.kind === 'refused' ? 'refused' : 'waiting',
      reason: failure.reason,
      failures: this.#failures,
    });
    if (failure.kind === 'conflict' && failure.reason.includes('webhook')) await this.#endWebhook();
    await this.#pause.for(waitAfter(failure, this.#failures));
  }

  /** An address was set before, and Telegram sends updates either there or here. What waits stays. */
  async #endWebhook(): Promise<void> {
    try {
      await this.api.call('deleteWebhook', { drop_pending_updates: false }, CALL_MS);
      this.host.log('warn', 'updates were sent to an address: that was ended, because they are asked for');
    } catch (error) {
      this.host.log('warn', 'the address could not be taken back', { reason: failureOf(error).reason });
    }
  }
}

function numberOf(update: unknown): number {
  const id: unknown = typeof update === 'object' && update !== null ? Reflect.get(update, 'update_id') : undefined;
  return typeof id === 'number' && Number.isSafeInteger(id) ? id : -1;
}
