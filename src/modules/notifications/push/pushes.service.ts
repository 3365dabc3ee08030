/**
 * Sends notifications to phones: in batches of 100, by the channel whose token it is, and asks for receipts afterwards.
 * Keeps: what is sent is recorded before the work is done, so that a batch that is tried again sends only what is left; a
 * phone that is no more is not sent to again; a notification older than some hours is not pushed any more.
 * A process that dies between the provider's answer and its record sends a batch twice.
 */
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { CONFIG } from '../../../config/config.module.js';
import type { Config } from '../../../config/schema.js';
import type { NotificationEvent } from '../../../domain/notification/events.js';
import { PUSH_LENGTH, shortened } from '../../../domain/notification/shortened.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';
import { Randomness } from '../../../platform/ids/randomness.js';
import { Logger } from '../../../platform/logging/logger.js';
import { redactText } from '../../../platform/logging/redaction.js';
import { type ClaimedWork, type NewWork, WorkQueue } from '../../../platform/work/work-queue.js';
import { NotYet, RetryLater, WorkRunner } from '../../../platform/work/work-runner.js';
import type { PushChannel, SendResult } from '../../../ports/notification-channel.js';
import { figuresAsNumbers } from '../figures.js';
import { PUSH_CHANNELS } from './push-channels.js';
import { type PendingPush, PushesRepository, type PushOutcome } from './pushes.repository.js';

export const PUSH_QUEUE = 'push';
export const RECEIPT_QUEUE = 'push.receipt';

const BATCH = 100;

const MAX_ATTEMPTS = 30;

const HOUR_MS = 3_600_000;

/** Old news is in the app's list; a phone that rings for it only annoys. Quiet hours may last a day. */
const MAX_AGE_MS = 26 * HOUR_MS;

/** Providers know receipts after about a quarter of an hour, for about a day. */
const RECEIPT_WAIT_MS = 15 * 60_000;
const RECEIPT_LIMIT_MS = 22 * HOUR_MS;

/** The kinds of notification whose sound and switch a phone's owner chooses. */
const CATEGORIES: Readonly<Partial<Record<NotificationEvent, string>>> = {
  signal: 'signals',
  signal_update: 'signals',
  trade_start: 'trades',
  trade_target: 'trades',
  trade_stop: 'trades',
  trade_end: 'trades',
};

export interface PushesParts {
  readonly pushes: PushesRepository;
  readonly work: WorkQueue;
  readonly runner: WorkRunner;
  readonly database: Database;
  readonly randomness: Randomness;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ToPush {
  readonly notificationId: number;
  /** Not before; at once without it. */
  readonly at: Date | undefined;
}

@Injectable()
export class Pushes implements OnModuleInit, OnModuleDestroy {
  constructor(
    private readonly parts: PushesParts,
    @Inject(PUSH_CHANNELS) private readonly channels: readonly PushChannel[],
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    if (this.config.process.ROLE === 'api') return;
    const common = { concurrency: 2, leaseMs: 60_000 };
    this.parts.runner.register({
      ...common,
      queue: PUSH_QUEUE,
      maxAttempts: 0,
      handle: (work) => this.#send(work),
    });
    this.parts.runner.register({
      ...common,
      queue: RECEIPT_QUEUE,
      maxAttempts: 0,
      handle: (work) => this.#ask(work),
    });
  }

  async onModuleDestroy(): Promise<void> {
    for (const channel of this.channels) await channel.stop?.();
  }

  /** Queues notifications for the phones of their users, in the running transaction. */
  async queue(items: readonly ToPush[]): Promise<void> {
    if (this.channels.length === 0 || items.length === 0) return;
    const times = new Map(items.map(({ notificationId, at }) => [notificationId, at?.getTime()]));
    const added = await this.parts.pushes.add([...times.keys()]);
    const byTime = new Map<number | undefined, number[]>();
    for (const { id, notification_id } of added) {
      const time = times.get(notification_id);
      byTime.set(time, [...(byTime.get(time) ?? []), id]);
    }
    const works = [...byTime].flatMap(([time, ids]) =>
      batchesOf(ids).map((batch) => this.#work(PUSH_QUEUE, batch, time === undefined ? undefined : new Date(time))),
    );
    await this.parts.work.enqueue(works);
  }

  #work(queue: string, deliveries: readonly number[], at: Date | undefined): NewWork {
    const work = { queue, key: this.parts.randomness.uuid(), payload: { deliveries } };
    return at === undefined ? work : { ...work, availableAt: at };
  }

  async #send(work: ClaimedWork): Promise<void> {
    const ids = idsOf(work);
    const { pushes, clock } = this.parts;
    const now = clock.now();
    const pending = await pushes.pending(ids);
    const fresh = pending.filter(({ created_at }) => now.getTime() - created_at.getTime() < MAX_AGE_MS);
    const results = new Map<number, SendResult>();
    for (const channel of this.channels) {
      const own = fresh.filter(({ id, token }) => !results.has(id) && channel.accepts(token));
      for (const batch of batchesOf(own)) {
        const sent = await channel.sendMany(batch.map(addressed));
        const tracked = channel.receipts !== undefined;
        const told = batch.map((push, index): [PendingPush, SendResult] => [push, sent[index] ?? NO_ANSWER]);
        for (const [{ id }, result] of told) results.set(id, result);
        await this.#record(told, tracked, now);
      }
    }
    await this.#again(work, [...results.values()], ids);
  }

  /** What the provider answered, with the phones that are no more, and the question for receipts, at once. */
  async #record(told: readonly [PendingPush, SendResult][], isTracked: boolean, asOf: Date): Promise<void> {
    const { pushes, work, database, clock } = this.parts;
    await database.transaction(async () => {
      const outcomes = told.flatMap(([{ id }, result]) => outcomeOf(id, result, isTracked) ?? []);
      await pushes.record(outcomes);
      const gone = told.filter(([, result]) => result.outcome === 'refused' && result.isGone === true);
      await this.#forget(
        gone.map(([{ device_id }]) => device_id),
        asOf,
      );
      const sent = outcomes.filter(({ status }) => status === 'SENT').map(({ id }) => id);
      const at = new Date(clock.now().getTime() + RECEIPT_WAIT_MS);
      if (sent.length > 0) await work.enqueue([this.#work(RECEIPT_QUEUE, sent, at)]);
    });
  }

  /** Throws where something is to be tried again; gives up what was tried too often, and what nobody may have. */
  async #again(work: ClaimedWork, results: readonly SendResult[], ids: readonly number[]): Promise<void> {
    const waiting = results.flatMap((result) => (result.outcome === 'retry' ? [result] : []));
    if (waiting.length === 0 || work.attempts >= MAX_ATTEMPTS) {
      const reason = waiting[0]?.reason ?? 'too old, or the phone is not registered any more';
      return this.parts.pushes.giveUp(ids, reason);
    }
    const times = waiting.flatMap(({ at }) => at?.getTime() ?? []);
    const reason = waiting[0]?.reason ?? '';
    if (times.length > 0) throw new RetryLater(reason, new Date(Math.max(...times)));
    throw new Error(reason);
  }

  async #ask(work: ClaimedWork): Promise<void> {
    const { pushes, clock, database } = this.parts;
    const sent = await pushes.sent(idsOf(work));
    const now = clock.now().getTime();
    let isOpen = false;
    for (const channel of this.channels) {
      const own = sent.filter(({ token }) => channel.accepts(token));
      if (own.length === 0 || channel.receipts === undefined) continue;
      const receipts = await channel.receipts(own.map(({ ticket }) => ticket));
      const known = own.flatMap((push): [typeof push, SendResult][] => {
        const receipt = receipts.get(push.ticket);
        return receipt === undefined ? [] : [[push, receipt]];
      });
      await database.transaction(async () => {
        await pushes.record(known.map(([{ id }, receipt]) => receiptOf(id, receipt)));
        for (const [{ device_id, sent_at }, receipt] of known) {
          if (receipt.outcome === 'refused' && receipt.isGone === true) await this.#forget([device_id], sent_at);
        }
      });
      const isYoung = own.some(({ sent_at }) => now - sent_at.getTime() < RECEIPT_LIMIT_MS);
      isOpen ||= known.length < own.length && isYoung;
    }
    if (isOpen) throw new NotYet('receipts are not known yet', new Date(now + RECEIPT_WAIT_MS));
  }

  async #forget(deviceIds: readonly number[], asOf: Date): Promise<void> {
    if (deviceIds.length === 0) return;
    const forgotten = await this.parts.pushes.forget(deviceIds, asOf);
    if (forgotten > 0) this.parts.logger.info('phones that are no more were forgotten', { forgotten });
  }
}

const NO_ANSWER: SendResult = { outcome: 'retry', reason: 'no answer' };

function addressed({ id, token, event, title, body, data }: PendingPush) {
  const category = CATEGORIES[event] ?? 'account';
  const message = { subject: title, text: shortened(body, PUSH_LENGTH), data: figuresAsNumbers(data), category };
  return { target: token, message, key: `push:${id}` };
}

/** Undefined for what stays pending. */
function outcomeOf(id: number, result: SendResult, isTracked: boolean): PushOutcome | undefined {
  if (result.outcome === 'retry') return undefined;
  if (result.outcome === 'refused')
    return { id, status: 'DEAD', ticket: null, error: redactText(result.reason).slice(0, 500) };
  const ticket = result.providerMessageId ?? null;
  return { id, status: isTracked && ticket !== null ? 'SENT' : 'DELIVERED', ticket, error: null };
}

/** A receipt is the last word, also where it tells of something that passes: the message is not sent again. */
function receiptOf(id: number, receipt: SendResult): PushOutcome {
  if (receipt.outcome === 'delivered') return { id, status: 'DELIVERED', ticket: null, error: null };
  return { id, status: 'DEAD', ticket: null, error: redactText(receipt.reason).slice(0, 500) };
}

function idsOf(work: ClaimedWork): number[] {
  const { deliveries = [] } = work.payload as { deliveries?: number[] };
  return deliveries;
}

function batchesOf<Item>(items: readonly Item[]): Item[][] {
  const count = Math.ceil(items.length / BATCH);
  return Array.from({ length: count }, (_, index) => items.slice(index * BATCH, (index + 1) * BATCH));
}
