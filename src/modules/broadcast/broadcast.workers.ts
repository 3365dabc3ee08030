/**
 * Serves the queues of broadcasting: events to be told, and deliveries to be sent, on every worker.
 * Keeps: a delivery is marked sent in the transaction that completes its work; limits per group and overall are shared by
 * all replicas; a group that cannot be reached holds up nobody else, and nothing here holds up trading.
 */
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { REPORT_STORED_QUEUE } from '../../domain/report/daily-report.js';
import { STAFF_NOTICE_QUEUE, type StaffNotice } from '../../domain/notification/staff-notice.js';
import { SAFETY_EVENT_QUEUE, type SafetyEvent } from '../../domain/safety/safety-event.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { RateLimits } from '../../platform/http/rate-limits.js';
import { logContext } from '../../platform/logging/context.js';
import { Logger } from '../../platform/logging/logger.js';
import { redactText } from '../../platform/logging/redaction.js';
import { killPoint } from '../../platform/process/kill-point.js';
import type { ClaimedWork } from '../../platform/work/work-queue.js';
import { NotYet, RetryLater, WorkRunner } from '../../platform/work/work-runner.js';
import type { OutgoingMessage, SendResult } from '../../ports/notification-channel.js';
import { SIGNAL_EVENT_QUEUE } from '../signals/signal-work.js';
import { BROADCAST_CHANNEL, type BroadcastChannel } from './broadcast-channel.js';
import { BroadcastService, DELIVERY_QUEUE } from './broadcast.service.js';

/** With the longest pause of a minute between attempts, about a day. */
const MAX_DELIVERY_ATTEMPTS = 1_500;

interface DeliveryRow {
  id: number;
  target: string;
  status: string;
  content: OutgoingMessage;
  key: string;
  signal_id: number | null;
}

export interface BroadcastParts {
  readonly runner: WorkRunner;
  readonly database: Database;
  readonly broadcast: BroadcastService;
  readonly limits: RateLimits;
  readonly clock: Clock;
  readonly logger: Logger;
}

@Injectable()
export class BroadcastWorkers implements OnModuleInit, OnModuleDestroy {
  constructor(
    private readonly parts: BroadcastParts,
    @Inject(BROADCAST_CHANNEL) private readonly channel: BroadcastChannel,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    if (this.config.process.ROLE === 'api') return;
    this.parts.runner.register({
      queue: SIGNAL_EVENT_QUEUE,
      concurrency: 4,
      leaseMs: 30_000,
      maxAttempts: 0,
      handle: (work, complete) => this.#tell(work, complete),
    });
    this.parts.runner.register({
      queue: REPORT_STORED_QUEUE,
      concurrency: 1,
      leaseMs: 30_000,
      maxAttempts: 0,
      handle: (work, complete) =>
        this.parts.database.transaction(async () => {
          await this.parts.broadcast.tellReport(String(work.payload.day));
          await complete();
        }),
    });
    this.parts.runner.register({
      queue: SAFETY_EVENT_QUEUE,
      concurrency: 1,
      leaseMs: 30_000,
      maxAttempts: 0,
      handle: (work, complete) =>
        this.parts.database.transaction(async () => {
          await this.parts.broadcast.tellSafety(work.key, work.payload as unknown as SafetyEvent);
          await complete();
        }),
    });
    this.parts.runner.register({
      queue: STAFF_NOTICE_QUEUE,
      concurrency: 1,
      leaseMs: 30_000,
      maxAttempts: 0,
      handle: (work, complete) =>
        this.parts.database.transaction(async () => {
          await this.parts.broadcast.tellStaff(work.key, work.payload as unknown as StaffNotice);
          await complete();
        }),
    });
    this.parts.runner.register({
      queue: DELIVERY_QUEUE,
      concurrency: 3,
      leaseMs: 60_000,
      maxAttempts: MAX_DELIVERY_ATTEMPTS,
      handle: (work, complete) => this.#deliver(work, complete),
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.channel.client.stop?.();
  }

  #tell(work: ClaimedWork, complete: () => Promise<void>): Promise<void> {
    return this.parts.database.transaction(async () => {
      await this.parts.broadcast.tellEvent(Number(work.payload.event_id));
      killPoint('outbox:event-told');
      await complete();
    });
  }

  async #deliver(work: ClaimedWork, complete: () => Promise<void>): Promise<void> {
    const delivery = await this.#read(Number(work.payload.delivery_id));
    if (delivery === undefined || delivery.status !== 'PENDING') return;
    if (delivery.signal_id !== null) logContext.add({ signal_id: delivery.signal_id });
    await this.#respectLimits(delivery.target);
    const chat = this.channel.targets.get(delivery.target);
    const sent: SendResult =
      chat === undefined
        ? { outcome: 'refused', reason: `the group ${delivery.target} has no target` }
        : await this.channel.client.send(chat, delivery.content, `${delivery.key}:${delivery.target}`);
    killPoint('outbox:sent');
    const isLast = sent.outcome === 'retry' && work.attempts >= MAX_DELIVERY_ATTEMPTS;
    const result: SendResult = isLast
      ? { outcome: 'refused', reason: `given up after ${work.attempts} attempts: ${sent.reason}` }
      : sent;
    await this.#record(delivery, result, complete);
    if (result.outcome === 'refused') {
      const { id, target, key } = delivery;
      this.parts.logger.error('a broadcast was refused for good', {
        delivery_id: id,
        target,
        key,
        reason: result.reason,
      });
    }
    if (result.outcome !== 'retry') return;
    if (result.at !== undefined) throw new RetryLater(result.reason, result.at);
    throw new Error(result.reason);
  }

  #read(id: number): Promise<DeliveryRow | undefined> {
    return this.parts.database.first<DeliveryRow>(
      `SELECT d.id, d.target, d.status, m.content, m.key, m.signal_id
       FROM deliveries d JOIN broadcast_messages m ON m.id = d.message_id WHERE d.id = $1`,
      [id],
    );
  }

  async #respectLimits(group: string): Promise<void> {
    const { TELEGRAM_PER_GROUP_PER_MINUTE, TELEGRAM_PER_SECOND } = this.config.telegram;
    const rules = [
      { rule: { name: 'broadcast_second', points: TELEGRAM_PER_SECOND, seconds: 1, isExternal: true }, key: 'all' },
      {
        rule: { name: 'broadcast_group', points: TELEGRAM_PER_GROUP_PER_MINUTE, seconds: 60, isExternal: true },
        key: group,
      },
    ];
    for (const { rule, key } of rules) {
      const seconds = await this.parts.limits.take(rule, key);
      if (seconds === undefined) continue;
      const at = new Date(this.parts.clock.now().getTime() + seconds * 1_000);
      throw new NotYet(`the limit ${rule.name} is reached`, at);
    }
  }

  async #record(delivery: DeliveryRow, result: SendResult, complete: () => Promise<void>): Promise<void> {
    const status = { delivered: 'SENT', refused: 'DEAD', retry: 'PENDING' }[result.outcome];
    const sent = result.outcome === 'delivered';
    await this.parts.database.transaction(async () => {
      await this.parts.database.execute(
        `UPDATE deliveries SET status = $2, attempts = attempts + 1, provider_message_id = $3, last_error = $4, sent_at = $5
         WHERE id = $1 AND status = 'PENDING'`,
        [
          delivery.id,
          status,
          sent ? (result.providerMessageId ?? null) : null,
          sent ? null : redactText(result.reason).slice(0, 500),
          sent ? this.parts.clock.now() : null,
        ],
      );
      killPoint('outbox:recorded');
      if (result.outcome !== 'retry') await complete();
    });
  }
}
