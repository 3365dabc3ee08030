/**
 * Makes, tests and ends webhooks.
 * Keeps: a secret is told once, when it is made; making, removing and switching on are audited; everybody's
 * payments are told to administrators only.
 */
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { invalidField } from '../../platform/errors/app-error.js';
import { type LimitRule, RateLimits } from '../../platform/http/rate-limits.js';
import { Randomness } from '../../platform/ids/randomness.js';
import { OutgoingHttp } from '../../platform/outgoing/outgoing-http.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { Vault } from '../accounts/vault.service.js';
import type { PaymentEventType } from '../payments/payment-work.js';
import type { WebhookScope } from './webhook-endpoint.entity.js';
import { secretText } from './webhook-signature.js';
import { askedWork, deliveryWork } from './webhook-work.js';
import { webhookError } from './webhooks.errors.js';
import { type DeliveryRow, type EndpointRow, type SealedSecret, WebhooksRepository } from './webhooks.repository.js';

export const MAX_WEBHOOKS = 5;

const SECRET_BYTES = 32;

export const TEST_EVENT = 'webhook.test';

const HOUR_MS = 3_600_000;

const REDELIVERIES: LimitRule = { name: 'webhook_redelivery', points: 60, seconds: 3_600 };

const TESTS: LimitRule = { name: 'webhook_test', points: 10, seconds: 3_600 };

export interface WebhooksParts {
  readonly webhooks: WebhooksRepository;
  readonly http: OutgoingHttp;
  readonly vault: Vault;
  readonly limits: RateLimits;
  readonly work: WorkQueue;
  readonly audit: AuditTrail;
  readonly database: Database;
  readonly randomness: Randomness;
  readonly clock: Clock;
}

export interface WebhookWish {
  readonly url: string;
  readonly events: readonly PaymentEventType[];
  readonly scope: WebhookScope;
}

@Injectable()
export class Webhooks {
  constructor(private readonly parts: WebhooksParts) {}

  list(userId: number): Promise<EndpointRow[]> {
    return this.parts.webhooks.list(userId);
  }

  /** Throws 400 for an address that may not be called, 403 for a scope that the caller may not have, 409 for too many. */
  async make(caller: UserCaller, wish: WebhookWish): Promise<{ row: EndpointRow; secret: string }> {
    const { webhooks, http, database, randomness } = this.parts;
    const problem = http.problemOf(wish.url);
    if (problem !== undefined) throw invalidField('url', problem);
    // What was typed may hold line breaks and capitals that nothing is called by.
    const { href: url } = new URL(wish.url);
    if (wish.scope === 'all' && caller.role !== 'admin') throw webhookError('WEBHOOK_SCOPE');
    const { userId } = caller;
    const secret = secretText(randomness.bytes(SECRET_BYTES));
    const row = await database.transaction(async () => {
      await webhooks.lockOwner(userId);
      if ((await webhooks.list(userId)).length >= MAX_WEBHOOKS) throw webhookError('WEBHOOK_LIMIT');
      const sealed = await this.#sealed(userId, secret);
      const events = [...new Set(wish.events)];
      const made = await webhooks.add(userId, { url, scope: wish.scope, events, ...sealed });
      await this.#record('webhook.make', userId, made);
      return made;
    });
    return { row, secret };
  }

  /** Throws 404. What is on its way is not delivered any more. */
  async remove(userId: number, id: number): Promise<void> {
    await this.parts.database.transaction(async () => {
      const row = await this.parts.webhooks.remove(userId, id);
      if (row === undefined) throw webhookError('WEBHOOK_NOT_FOUND');
      await this.#record('webhook.remove', userId, row);
    });
  }

  /** Switches one on that was switched off for its failures; throws 404. What was given up stays given up. */
  async enable(userId: number, id: number): Promise<EndpointRow> {
    return this.parts.database.transaction(async () => {
      const row = await this.parts.webhooks.enable(userId, id);
      if (row === undefined) throw webhookError('WEBHOOK_NOT_FOUND');
      await this.#record('webhook.enable', userId, row);
      return row;
    });
  }

  /** Another secret; the one before signs too for `overlapHours`. Throws 404. */
  async replaceSecret(userId: number, id: number, overlapHours: number): Promise<{ row: EndpointRow; secret: string }> {
    const { webhooks, database, randomness, clock } = this.parts;
    const secret = secretText(randomness.bytes(SECRET_BYTES));
    const until = overlapHours === 0 ? null : new Date(clock.now().getTime() + overlapHours * HOUR_MS);
    const row = await database.transaction(async () => {
      await this.#required(userId, id);
      const replaced = await webhooks.replaceSecret(userId, id, await this.#sealed(userId, secret), until);
      if (replaced === undefined) throw webhookError('WEBHOOK_NOT_FOUND');
      await this.#record('webhook.secret', userId, replaced);
      return replaced;
    });
    return { row, secret };
  }

  /** Sends what was delivered or given up once more, as it was; throws 404, 409 while it is on its way or the webhook is off, 429. */
  async redeliver(userId: number, id: number, deliveryId: number): Promise<void> {
    const { webhooks, limits, work, database, clock } = this.parts;
    await this.#required(userId, id);
    await limits.require(REDELIVERIES, String(userId));
    await database.transaction(async () => {
      const row = await this.#required(userId, id);
      if (row.disabled_at !== null) throw webhookError('WEBHOOK_OFF');
      const isAgain = await webhooks.again(userId, id, deliveryId);
      if (isAgain === undefined) throw webhookError('DELIVERY_NOT_FOUND');
      if (!isAgain) throw webhookError('DELIVERY_PENDING');
      await work.enqueue([askedWork({ id: deliveryId, ownerId: userId }, clock.now())]);
    });
  }

  /** Sends an event that means nothing; throws 404; 409 while the webhook is off, 429 after ten in an hour. */
  async test(userId: number, id: number): Promise<string> {
    const { webhooks, limits, work, database, randomness, clock } = this.parts;
    await this.#required(userId, id);
    await limits.require(TESTS, String(userId));
    return database.transaction(async () => {
      const row = await this.#required(userId, id);
      if (row.disabled_at !== null) throw webhookError('WEBHOOK_OFF');
      const eventId = `evt_${randomness.token(16)}`;
      const event = { id: eventId, type: TEST_EVENT, created_at: clock.now().toISOString(), data: {} };
      const deliveryId = await webhooks.addTo(id, { id: eventId, type: TEST_EVENT, body: JSON.stringify(event) });
      await work.enqueue([deliveryWork({ id: deliveryId, ownerId: userId }, 'trial')]);
      return eventId;
    });
  }

  /** Throws 404. Newest first, one more than `limit` where there are more. */
  async deliveries(userId: number, id: number, beforeId: number | undefined, limit: number): Promise<DeliveryRow[]> {
    await this.#required(userId, id);
    return this.parts.webhooks.deliveries(userId, id, beforeId, limit);
  }

  async #sealed(userId: number, secret: string): Promise<SealedSecret> {
    const place = `webhook:${this.parts.randomness.token(12)}`;
    return { place, sealedSecret: await this.parts.vault.seal(userId, place, Buffer.from(secret)) };
  }

  async #required(userId: number, id: number): Promise<EndpointRow> {
    const row = await this.parts.webhooks.find(userId, id);
    if (row === undefined) throw webhookError('WEBHOOK_NOT_FOUND');
    return row;
  }

  /** Whoever knows the whole address may post there, as with those of chats: the trail has its origin and a hash. */
  #record(action: string, userId: number, { id, url, scope, events }: EndpointRow): Promise<void> {
    const url_sha256 = createHash('sha256').update(url).digest('hex');
    const after = { origin: new URL(url).origin, url_sha256, scope, events };
    return this.parts.audit.record({ actorKind: 'user', actorId: userId, action, subject: `webhook:${id}`, after });
  }
}
