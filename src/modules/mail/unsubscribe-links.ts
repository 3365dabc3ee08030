/**
 * Links by which somebody leaves a kind of mail without signing in: user and event, signed.
 * Keeps: a link can do nothing but switch that mail off; it does not expire, because mails lie in boxes for years, and
 * dies when JWT_SECRET was changed and the one before it is no longer set.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { NOTIFICATION_EVENTS, type NotificationEvent } from '../../domain/notification/events.js';

const MAC_BYTES = 18;

export interface Subscription {
  readonly userId: number;
  readonly event: NotificationEvent | 'digest';
}

@Injectable()
export class UnsubscribeLinks {
  /** The first signs; all are believed. */
  readonly #keys: readonly Buffer[];
  readonly #base: string;

  constructor(@Inject(CONFIG) { secrets, process }: Config) {
    const { JWT_SECRET: current = '', JWT_SECRET_PREVIOUS: previous } = secrets;
    this.#keys = [current, ...(previous === undefined ? [] : [previous])].map((secret) =>
      Buffer.from(hkdfSync('sha256', secret, '', 'unsubscribe links', 32)),
    );
    this.#base = process.PUBLIC_URL ?? `http://127.0.0.1:${process.PORT}`;
  }

  linkFor(subscription: Subscription): string {
    return new URL(`/api/notifications/unsubscribe?token=${this.tokenFor(subscription)}`, this.#base).href;
  }

  tokenFor({ userId, event }: Subscription): string {
    const words = Buffer.from(`${userId}.${event}`).toString('base64url');
    return `${words}.${macOf(this.#keys[0] ?? '', words).toString('base64url')}`;
  }

  /** What a link is for; undefined when we did not make it. */
  read(token: string): Subscription | undefined {
    const [words = '', given = ''] = token.split('.');
    const mac = Buffer.from(given, 'base64url');
    const isOurs = mac.length === MAC_BYTES && this.#keys.some((key) => timingSafeEqual(mac, macOf(key, words)));
    if (!isOurs) return undefined;
    const [userId, name] = Buffer.from(words, 'base64url').toString().split('.');
    const event = name === 'digest' ? name : NOTIFICATION_EVENTS.find((known) => known === name);
    return event === undefined ? undefined : { userId: Number(userId), event };
  }
}

function macOf(key: Buffer | string, words: string): Buffer {
  return createHmac('sha256', key).update(words).digest().subarray(0, MAC_BYTES);
}
