/**
 * Delivers: an event of a payment becomes one delivery for each webhook that wants it, and each is tried until it is
 * taken, given up, or its webhook is switched off.
 * Keeps: at least once, under the id of the event at every attempt; nothing is called inside a transaction; an endpoint
 * that fails too often in a row is switched off and its owner told.
 */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { DecryptionError } from '../../platform/crypto/envelope.js';
import { Database } from '../../platform/database/database.js';
import { redactText } from '../../platform/logging/redaction.js';
import { OutgoingHttp, OutgoingRefused } from '../../platform/outgoing/outgoing-http.js';
import { type ClaimedWork, WorkQueue } from '../../platform/work/work-queue.js';
import { WorkRunner } from '../../platform/work/work-runner.js';
import { Vault } from '../accounts/vault.service.js';
import { noticeMail } from '../auth/auth-mails.js';
import { Mailer } from '../mail/mailer.service.js';
import { PAYMENT_EVENTS_QUEUE, type PaymentEventMessage } from '../payments/payment-work.js';
import { UsersRepository } from '../users/users.repository.js';
import { signedHeaders } from './webhook-signature.js';
import { deliveryOf, deliveryWork, dueAgain, retryWork, WEBHOOK_QUEUE, WEBHOOK_RETRY_QUEUE } from './webhook-work.js';
import { type Attempt, type PendingDelivery, WebhooksRepository } from './webhooks.repository.js';

/** Over about half a day with the default pause. */
const MAX_ATTEMPTS = 8;

const LONGEST_PAUSE_SECONDS = 6 * 3_600;

const MAX_ERROR = 300;

export interface WebhookDeliveriesParts {
  readonly webhooks: WebhooksRepository;
  readonly http: OutgoingHttp;
  readonly vault: Vault;
  readonly users: UsersRepository;
  readonly mailer: Mailer;
  readonly audit: AuditTrail;
  readonly work: WorkQueue;
  readonly runner: WorkRunner;
  readonly database: Database;
  readonly clock: Clock;
}

@Injectable()
export class WebhookDeliveries implements OnModuleInit {
  constructor(
    private readonly parts: WebhookDeliveriesParts,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    if (this.config.process.ROLE === 'api') return;
    const shared = { leaseMs: 60_000, maxAttempts: 0 };
    this.parts.runner.register({
      ...shared,
      queue: PAYMENT_EVENTS_QUEUE,
      concurrency: 1,
      handle: (work, complete) => this.#spread(work, complete),
    });
    this.parts.runner.register({
      ...shared,
      queue: WEBHOOK_QUEUE,
      concurrency: 16,
      handle: (work, complete) => this.#deliver(work, complete),
    });
    this.parts.runner.register({
      ...shared,
      queue: WEBHOOK_RETRY_QUEUE,
      concurrency: 1,
      handle: (work, complete) =>
        this.parts.database.transaction(async () => {
          await this.parts.work.enqueue([dueAgain(work)]);
          await complete();
        }),
    });
  }

  async #spread(work: ClaimedWork, complete: () => Promise<void>): Promise<void> {
    const { id, type, user_id: userId, created_at, payment } = work.payload as unknown as PaymentEventMessage;
    const body = JSON.stringify({ id, type, created_at, data: { user_id: userId, payment } });
    await this.parts.database.transaction(async () => {
      const made = await this.parts.webhooks.spread({ id, type, userId, body });
      await this.parts.work.enqueue(made.map((one) => deliveryWork(one)));
      await complete();
    });
  }

  async #deliver(work: ClaimedWork, complete: () => Promise<void>): Promise<void> {
    const { webhooks, database } = this.parts;
    const pending = await webhooks.pending(deliveryOf(work));
    if (pending === undefined) return;
    if (!pending.is_open) {
      const attempt = { responseStatus: null, error: 'the webhook is switched off, or its owner may not hear of this' };
      return webhooks.note(pending.id, attempt, 'FAILED');
    }
    const { isTaken, isFinal, ...attempt } = await this.#attempt(pending);
    if (isTaken) {
      return database.transaction(async () => {
        await webhooks.note(pending.id, attempt, 'DELIVERED');
        await webhooks.succeeded(pending.endpoint_id);
        await complete();
      });
    }
    const attempts = pending.attempts + 1;
    const isLast = isFinal || attempts - pending.attempts_before >= MAX_ATTEMPTS;
    await database.transaction(async () => {
      await webhooks.note(pending.id, attempt, isLast ? 'FAILED' : 'PENDING');
      const isOff = await this.#count(pending, attempt);
      if (!isLast && !isOff) await this.#tryAgain(pending, attempts);
      await complete();
    });
  }

  async #attempt(pending: PendingDelivery): Promise<Attempt & { isTaken: boolean; isFinal: boolean }> {
    const { http, clock } = this.parts;
    try {
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'VerzekAutoTrader-Webhooks/1',
        ...signedHeaders(await this.#secrets(pending), pending.event_id, clock.now(), pending.body),
      };
      const status = await http.post(pending.url, pending.body, headers);
      const isTaken = status >= 200 && status < 300;
      const error = isTaken
        ? ''
        : `answered ${status}${status >= 300 && status < 400 ? ': redirects are not followed' : ''}`;
      return { isTaken, isFinal: false, responseStatus: status, error };
    } catch (error) {
      const isFinal = error instanceof OutgoingRefused || error instanceof DecryptionError;
      return { isTaken: false, isFinal, responseStatus: null, error: reasonOf(error) };
    }
  }

  /** The one that counts, and the one before while it does too. */
  async #secrets(pending: PendingDelivery): Promise<string[]> {
    const { user_id: userId, place, sealed_secret, previous_place, previous_sealed_secret, previous_until } = pending;
    const { vault, clock } = this.parts;
    const secret = await vault.unseal(userId, place, sealed_secret);
    const isOver = previous_until === null || previous_until <= clock.now();
    if (isOver || previous_place === null || previous_sealed_secret === null) return [secret.toString()];
    const previous = await vault.unseal(userId, previous_place, previous_sealed_secret);
    return [secret.toString(), previous.toString()];
  }

  /** Counts a failure; true when the endpoint is switched off for it. */
  async #count({ endpoint_id: id, user_id: userId, url }: PendingDelivery, { error }: Attempt): Promise<boolean> {
    const { webhooks, users, mailer, audit } = this.parts;
    const failures = await webhooks.failed(id);
    if (failures < this.config.webhooks.WEBHOOK_DISABLE_AFTER) return false;
    const reason = `${failures} failures in a row; the last: ${error}`;
    if (!(await webhooks.disable(id, reason))) return true;
    await audit.record({
      actorKind: 'system',
      action: 'webhook.disabled',
      subject: `webhook:${id}`,
      after: { reason },
    });
    const user = await users.findById(userId);
    if (user === undefined) return true;
    const text = `Your webhook to ${new URL(url).host} was switched off: ${reason}. Switch it on again when it is mended.`;
    await mailer.post(user.email, noticeMail('A webhook was switched off', user.full_name, text));
    return true;
  }

  async #tryAgain({ id, user_id: ownerId, attempts_before }: PendingDelivery, attempts: number): Promise<void> {
    const failed = attempts - attempts_before;
    const pause = Math.min(LONGEST_PAUSE_SECONDS, this.config.webhooks.WEBHOOK_RETRY_SECONDS * 4 ** (failed - 1));
    const at = new Date(this.parts.clock.now().getTime() + pause * 1_000);
    await this.parts.work.enqueue([retryWork({ id, ownerId }, attempts, at)]);
  }
}

/** The code where there is one: it is short, and says no more than its receiver knows. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  const code: unknown = Reflect.get(error, 'code');
  return redactText(typeof code === 'string' ? code : error.message).slice(0, MAX_ERROR);
}
