/**
 * Push through Expo's service: up to 100 messages a request, each answered by a ticket, whose receipt says later whether
 * Apple or Google took it.
 * Keeps: 429, 5xx and wrong credentials are tried again, because they say nothing of the phone; a request that is refused
 * as a whole is halved until the message at fault stands alone; a phone that is not registered any more is gone.
 */
import { z } from 'zod';
import type { Addressed, PushChannel, SendResult } from '../../../ports/notification-channel.js';
import type { Plugin, PluginHost } from '../../../ports/plugin.js';

const settings = z.object({
  EXPO_BASE_URL: z
    .string()
    .regex(/^https?:\/\//)
    .default('https://exp.host'),
  EXPO_ACCESS_TOKEN: z.string().optional(),
});

type Settings = z.infer<typeof settings>;

const TIMEOUT_MS = 15_000;

/** Receipts of one request. */
const RECEIPTS = 300;

interface Ticket {
  readonly status: 'ok' | 'error';
  readonly id?: string;
  readonly message?: string;
  readonly details?: { readonly error?: string };
}

interface Answer<Data> {
  readonly data?: Data;
  readonly errors?: readonly { readonly code?: string; readonly message?: string }[];
}

type Asked<Data> = { readonly data: Data } | { readonly failure: SendResult };

export const plugin: Plugin<PushChannel, Settings> = {
  code: 'expo',
  summary: 'phones, through Expo',
  settings,
  create: (chosen, host) => {
    const expo = new Expo(chosen, host);
    return {
      code: 'expo',
      accepts: (target) => /^Expo(nent)?PushToken\[/.test(target),
      send: async (target, message, key) => {
        const [result] = await expo.sendMany([{ target, message, key }]);
        return result ?? { outcome: 'retry', reason: 'no ticket' };
      },
      sendMany: (messages) => expo.sendMany(messages),
      receipts: (ids) => expo.receipts(ids),
      stop: () => Promise.resolve(expo.stop()),
    };
  },
};

class Expo {
  readonly #stopped = new AbortController();

  constructor(
    private readonly chosen: Settings,
    private readonly host: PluginHost,
  ) {}

  stop(): void {
    this.#stopped.abort();
  }

  async sendMany(messages: readonly Addressed[]): Promise<SendResult[]> {
    if (messages.length === 0) return [];
    const asked = await this.#ask<readonly Ticket[]>('/--/api/v2/push/send', messages.map(bodyOf));
    if ('data' in asked) return messages.map((_message, index) => resultOf(asked.data[index]));
    const { failure } = asked;
    if (failure.outcome !== 'refused' || messages.length === 1) return messages.map(() => failure);
    const half = Math.ceil(messages.length / 2);
    return [...(await this.sendMany(messages.slice(0, half))), ...(await this.sendMany(messages.slice(half)))];
  }

  async receipts(ids: readonly string[]): Promise<ReadonlyMap<string, SendResult>> {
    const known = new Map<string, SendResult>();
    for (let start = 0; start < ids.length; start += RECEIPTS) {
      const page = ids.slice(start, start + RECEIPTS);
      const asked = await this.#ask<Readonly<Record<string, Ticket>>>('/--/api/v2/push/getReceipts', { ids: page });
      if (!('data' in asked)) continue;
      for (const [id, receipt] of Object.entries(asked.data)) known.set(id, resultOf({ ...receipt, id }));
    }
    return known;
  }

  async #ask<Data>(path: string, body: unknown): Promise<Asked<Data>> {
    const { EXPO_BASE_URL, EXPO_ACCESS_TOKEN } = this.chosen;
    const authorization: Record<string, string> =
      EXPO_ACCESS_TOKEN === undefined ? {} : { Authorization: `Bearer ${EXPO_ACCESS_TOKEN}` };
    try {
      const response = await fetch(new URL(path, EXPO_BASE_URL), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Accept: 'application/json', ...authorization },
        body: JSON.stringify(body),
        signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), this.#stopped.signal]),
      });
      const answer = (await response.json().catch(() => ({}))) as Answer<Data>;
      if (response.ok && answer.data !== undefined) return { data: answer.data };
      return { failure: this.#failure(response, answer.errors?.[0]?.code ?? '') };
    } catch (error) {
      return { failure: { outcome: 'retry', reason: error instanceof Error ? error.name : 'network failure' } };
    }
  }

  #failure(response: Response, code: string): SendResult {
    const reason = `${response.status} ${code}`.trim();
    const isOurs = response.status === 401 || response.status === 403;
    if (response.status === 429) {
      const seconds = Number(response.headers.get('retry-after') ?? 0) || 1;
      return { outcome: 'retry', reason, at: new Date(this.host.now().getTime() + seconds * 1_000) };
    }
    if (response.ok || response.status >= 500 || isOurs) return { outcome: 'retry', reason };
    return { outcome: 'refused', reason };
  }
}

function bodyOf({ target, message }: Addressed) {
  return {
    to: target,
    title: message.subject,
    body: message.text,
    data: message.data ?? {},
    channelId: message.category,
    sound: 'default',
    priority: 'high',
  };
}

/** Errors that say nothing of the phone or the message. */
const PASSING = new Set([
  'MessageRateExceeded',
  'InvalidCredentials',
  'ProviderError',
  'ExpoError',
  'PUSH_TOO_MANY_REQUESTS',
]);

function resultOf(ticket: Ticket | undefined): SendResult {
  if (ticket === undefined) return { outcome: 'retry', reason: 'no ticket' };
  if (ticket.status === 'ok') {
    return ticket.id === undefined ? { outcome: 'delivered' } : { outcome: 'delivered', providerMessageId: ticket.id };
  }
  const reason = ticket.details?.error ?? 'refused without a reason';
  if (PASSING.has(reason)) return { outcome: 'retry', reason };
  return { outcome: 'refused', reason, isGone: reason === 'DeviceNotRegistered' };
}
