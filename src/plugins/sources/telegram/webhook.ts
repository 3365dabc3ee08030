/**
 * Has updates sent to an address of ours, and looks after that.
 * Keeps: the address and its secret are set until Telegram has taken them, and again where somebody changed them; one
 * update at a time, so that a message comes before its edits; no failure is thrown.
 */
import type { ListenerReport } from '../../../ports/message-listener.js';
import type { PluginHost } from '../../../ports/plugin.js';
import { type BotApi, failureOf, waitAfter } from './client.js';
import { Pause } from './pause.js';
import { ALLOWED_UPDATES } from './updates.js';

const CALL_MS = 15_000;

const LOOK_MS = 30_000;

/** What Telegram says of the last delivery counts so long. */
const RECENT_SECONDS = 120;

interface Info {
  readonly url?: string;
  readonly last_error_date?: number;
  readonly last_error_message?: string;
}

export class Webhook {
  readonly #pause: Pause;

  constructor(
    private readonly api: BotApi,
    private readonly host: PluginHost,
    private readonly address: { readonly url: string; readonly secret: string },
    private readonly tell: (report: ListenerReport) => void,
  ) {
    this.#pause = new Pause(host);
  }

  /** Looks until `stop`. Never rejects. */
  async run(): Promise<void> {
    this.tell({ state: 'starting', reason: '', failures: 0 });
    let failures = 0;
    let isSet = false;
    while (!this.#pause.isEnded) {
      try {
        if (!isSet) await this.#set();
        const report = await this.#look();
        failures = 0;
        isSet = report !== undefined;
        if (report !== undefined) this.tell(report);
        if (isSet) await this.#pause.for(LOOK_MS);
      } catch (error) {
        if (this.#pause.isEnded) return;
        failures += 1;
        const failure = failureOf(error);
        const state = failure.kind === 'refused' ? 'refused' : 'waiting';
        this.tell({ state, reason: failure.reason, failures });
        await this.#pause.for(waitAfter(failure, failures));
      }
    }
  }

  stop(): void {
    this.#pause.end();
  }

  async #set(): Promise<void> {
    const { url, secret } = this.address;
    const request = { url, secret_token: secret, allowed_updates: ALLOWED_UPDATES, max_connections: 1 };
    await this.api.call('setWebhook', request, CALL_MS);
  }

  /** Undefined where the address is not ours any more. */
  async #look(): Promise<ListenerReport | undefined> {
    const info = await this.api.call<Info>('getWebhookInfo', {}, CALL_MS);
    if (info.url !== this.address.url) {
      this.host.log('warn', 'updates are sent to another address: ours is set again');
      await this.#pause.for(LOOK_MS / 10);
      return undefined;
    }
    const { last_error_date: at, last_error_message: message = 'a delivery failed' } = info;
    const isFailing = at !== undefined && this.host.now().getTime() / 1_000 - at < RECENT_SECONDS;
    return isFailing
      ? { state: 'waiting', reason: message.slice(0, 300), failures: 1 }
      : { state: 'listening', reason: '', failures: 0 };
  }
}
