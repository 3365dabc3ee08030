/**
 * Push through Firebase Cloud Messaging, HTTP v1: one message a request, with an access token that a service account's
 * key buys for an hour.
 * Keeps: a token that Firebase does not know any more (UNREGISTERED), that is of another sender, or that is none
 * (INVALID_ARGUMENT of the token, not of the message) is gone; 429 waits as
 * long as it says; 5xx and wrong credentials are tried again. The private key signs and goes nowhere.
 */
import { createPrivateKey, createSign, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { Addressed, PushChannel, SendResult } from '../../../ports/notification-channel.js';
import type { Plugin, PluginHost } from '../../../ports/plugin.js';

const address = z.string().regex(/^https?:\/\//);

const settings = z.object({
  FCM_PROJECT_ID: z.string().min(1),
  FCM_CLIENT_EMAIL: z.string().min(3),
  FCM_PRIVATE_KEY: z
    .string()
    .transform((text) => text.replaceAll('\\n', '\n'))
    .refine(isPrivateKey, 'must be the private_key of a service account (PEM; its line breaks may stand as \\n)'),
  FCM_API_URL: address.default('https://fcm.googleapis.com'),
  FCM_TOKEN_URL: address.default('https://oauth2.googleapis.com/token'),
});

type Settings = z.infer<typeof settings>;

const TIMEOUT_MS = 15_000;
const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';
const HOUR_SECONDS = 3_600;

/** An access token is not used in its last minutes. */
const EARLY_MS = 300_000;

/** Requests that run at once. */
const AT_ONCE = 10;

/** What Firebase says of a token that leads nowhere. */
const GONE = new Set(['UNREGISTERED', 'SENDER_ID_MISMATCH']);

export const plugin: Plugin<PushChannel, Settings> = {
  code: 'fcm',
  summary: 'phones, through Firebase',
  settings,
  create: (chosen, host) => {
    const fcm = new Fcm(chosen, host);
    return {
      code: 'fcm',
      accepts: (target) => /^[\w:.-]{60,300}$/.test(target),
      send: (target, message, key) => fcm.send({ target, message, key }),
      sendMany: (messages) => fcm.sendMany(messages),
      stop: () => Promise.resolve(fcm.stop()),
    };
  },
};

interface Failure {
  readonly error?: {
    readonly status?: string;
    readonly message?: string;
    readonly details?: readonly {
      readonly errorCode?: string;
      readonly fieldViolations?: readonly { readonly field?: string }[];
    }[];
  };
}

class Fcm {
  readonly #stopped = new AbortController();
  readonly #key: KeyObject;
  #access: Promise<{ readonly token: string; readonly untilMs: number }> | undefined;

  constructor(
    private readonly chosen: Settings,
    private readonly host: PluginHost,
  ) {
    this.#key = createPrivateKey(chosen.FCM_PRIVATE_KEY);
  }

  stop(): void {
    this.#stopped.abort();
  }

  async sendMany(messages: readonly Addressed[]): Promise<SendResult[]> {
    const results: SendResult[] = [];
    for (let start = 0; start < messages.length; start += AT_ONCE) {
      results.push(...(await Promise.all(messages.slice(start, start + AT_ONCE).map((one) => this.send(one)))));
    }
    return results;
  }

  async send(message: Addressed): Promise<SendResult> {
    try {
      const token = await this.#token();
      const path = `/v1/projects/${encodeURIComponent(this.chosen.FCM_PROJECT_ID)}/messages:send`;
      const response = await fetch(new URL(path, this.chosen.FCM_API_URL), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
        body: JSON.stringify({ message: bodyOf(message) }),
        signal: this.#signal(),
      });
      const answer = (await response.json().catch(() => ({}))) as Failure & { name?: string };
      if (!response.ok) return this.#failure(response, answer);
      return answer.name === undefined
        ? { outcome: 'delivered' }
        : { outcome: 'delivered', providerMessageId: answer.name };
    } catch (error) {
      return { outcome: 'retry', reason: error instanceof AccessRefused ? error.message : nameOf(error) };
    }
  }

  #failure(response: Response, { error }: Failure): SendResult {
    const code = error?.details?.find(({ errorCode }) => errorCode !== undefined)?.errorCode ?? error?.status ?? '';
    const reason = `${response.status} ${code}`.trim();
    if (GONE.has(code) || (code === 'INVALID_ARGUMENT' && blamesToken(error)))
      return { outcome: 'refused', reason, isGone: true };
    if (response.status === 401) this.#access = undefined;
    if (response.status === 429) {
      const seconds = Number(response.headers.get('retry-after') ?? 0) || 60;
      return { outcome: 'retry', reason, at: new Date(this.host.now().getTime() + seconds * 1_000) };
    }
    // Anything else that is not about this message is the operator's to mend, or passes.
    return response.status === 400 ? { outcome: 'refused', reason } : { outcome: 'retry', reason };
  }

  /** The access token; all who ask at once share one request for it. */
  async #token(): Promise<string> {
    const now = this.host.now().getTime();
    const present = this.#access;
    const held = await present?.catch(() => undefined);
    if (held !== undefined && held.untilMs > now) return held.token;
    const bought = this.#access === present || this.#access === undefined ? this.#buy(now) : this.#access;
    this.#access = bought;
    try {
      return (await bought).token;
    } catch (error) {
      if (this.#access === bought) this.#access = undefined;
      throw error;
    }
  }

  async #buy(now: number): Promise<{ token: string; untilMs: number }> {
    const issued = Math.floor(now / 1_000);
    const { FCM_CLIENT_EMAIL: iss, FCM_TOKEN_URL: aud } = this.chosen;
    const claims = { iss, scope: SCOPE, aud, iat: issued, exp: issued + HOUR_SECONDS };
    const words = [{ alg: 'RS256', typ: 'JWT' }, claims].map((part) => encode(JSON.stringify(part))).join('.');
    const assertion = `${words}.${createSign('RSA-SHA256').update(words).sign(this.#key).toString('base64url')}`;
    const response = await fetch(aud, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }),
      signal: this.#signal(),
    });
    const answer = (await response.json().catch(() => ({}))) as { access_token?: string; expires_in?: number };
    if (!response.ok || answer.access_token === undefined) throw new AccessRefused(response.status);
    return { token: answer.access_token, untilMs: now + (answer.expires_in ?? HOUR_SECONDS) * 1_000 - EARLY_MS };
  }

  #signal(): AbortSignal {
    return AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), this.#stopped.signal]);
  }
}

/** Whether it is the token that is not valid; a message of ours that is refused says nothing about the phone. */
function blamesToken(error: Failure['error']): boolean {
  const fields = error?.details?.flatMap(({ fieldViolations = [] }) => fieldViolations.map(({ field }) => field)) ?? [];
  return fields.includes('message.token') || /registration token is not a valid/i.test(error?.message ?? '');
}

class AccessRefused extends Error {
  constructor(status: number) {
    super(`the service account was refused an access token (${status})`);
  }
}

function bodyOf({ target, message }: Addressed) {
  // Firebase carries text only.
  const data = Object.entries(message.data ?? {}).map(([name, value]) => [name, textOf(value)] as const);
  return {
    token: target,
    notification: { title: message.subject, body: message.text },
    data: Object.fromEntries(data),
    android: { priority: 'HIGH', notification: { channel_id: message.category, sound: 'default' } },
    apns: { payload: { aps: { sound: 'default' } } },
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'network failure';
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function isPrivateKey(text: string): boolean {
  try {
    return createPrivateKey(text).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}
