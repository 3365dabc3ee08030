/**
 * What time alone changes: invoices that were not paid, plans that end, reminders before.
 * Keeps: each invoice ends once, and its money, coupon and words with it; each reminder is sent once for each end. A
 * plan needs no job to end: whoever asks compares times, so nothing here can be late for trading.
 */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { DAY_MS } from '../../domain/subscription/pro-rata.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Logger } from '../../platform/logging/logger.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { WorkRunner } from '../../platform/work/work-runner.js';
import type { OutgoingMessage } from '../../ports/notification-channel.js';
import { type Mail, Mailer } from '../mail/mailer.service.js';
import { Closing } from './closing.service.js';
import { heldFor } from './invoice.js';
import { endedMail, endingMail, refusedMail } from './payment-mails.js';
import { ENDINGS_QUEUE } from './payment-work.js';
import { PaymentsRepository, type PaymentWithUser } from './payments.repository.js';
import { type Notice, SubscriptionPeriodsRepository } from './subscription-periods.repository.js';

/** A transfer made in the last minute is final only later: until then its invoice stays open. */
const PATIENCE_MS = 15 * 60_000;

/** So long after its end an invoice waits for the chain, or a person, to say something of the transaction that was named. */
const CLAIM_PATIENCE_MS = 7 * DAY_MS;

const PAGE = 500;

const EVERY_MS = 60_000;

export interface EndingParts {
  readonly payments: PaymentsRepository;
  readonly periods: SubscriptionPeriodsRepository;
  readonly closing: Closing;
  readonly mailer: Mailer;
  readonly audit: AuditTrail;
  readonly work: WorkQueue;
  readonly runner: WorkRunner;
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
}

@Injectable()
export class Endings implements OnModuleInit {
  constructor(
    private readonly parts: EndingParts,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    if (this.config.process.ROLE === 'api') return;
    const handle = () => this.round();
    this.parts.runner.register({ queue: ENDINGS_QUEUE, concurrency: 1, leaseMs: 60_000, maxAttempts: 0, handle });
  }

  /** Orders the round of this minute; every replica may. */
  @Interval('payments-endings', 20_000)
  async schedule(): Promise<void> {
    if (this.config.process.ROLE === 'api') return;
    const tick = Math.floor(this.parts.clock.now().getTime() / EVERY_MS);
    try {
      await this.parts.work.enqueue([{ queue: ENDINGS_QUEUE, key: String(tick), serialKey: ENDINGS_QUEUE }]);
    } catch (error) {
      this.parts.logger.warn('the round over endings could not be ordered yet', { error });
    }
  }

  async round(): Promise<void> {
    await this.#inPages(() => this.#expireInvoices());
    await this.#inPages(() => this.#remind());
    await this.#inPages(() => this.#end());
  }

  async #inPages(page: () => Promise<number>): Promise<void> {
    while ((await this.parts.database.transaction(page)) === PAGE);
  }

  async #expireInvoices(): Promise<number> {
    const { payments, closing, mailer, clock } = this.parts;
    const before = (ms: number) => new Date(clock.now().getTime() - ms);
    const closed = await payments.expire(before(PATIENCE_MS), before(CLAIM_PATIENCE_MS), PAGE);
    if (closed.length === 0) return 0;
    await closing.after(closed);
    const told = closed.filter((payment) => heldFor(payment) > 0n || payment.status === 'CONFIRMING');
    await mailer.postAll(told.map((payment) => ({ to: payment.email, message: expiredMail(payment) })));
    return closed.length;
  }

  async #remind(): Promise<number> {
    const noted = await this.parts.periods.noteEnding(PAGE);
    await this.parts.mailer.postAll(noted.map((notice) => expiryMail(notice, this.#endingMail(notice))));
    return noted.length;
  }

  async #end(): Promise<number> {
    const noted = await this.parts.periods.noteEnded(PAGE);
    await this.parts.audit.recordAll(
      noted.map(({ user_id, tier, ends_at }) => ({
        actorKind: 'system' as const,
        action: 'subscription.ended',
        subject: `user:${user_id}`,
        before: { plan: tier, expires_at: ends_at },
      })),
    );
    await this.parts.mailer.postAll(
      noted.map((notice) => expiryMail(notice, endedMail(notice.full_name, notice.tier))),
    );
    return noted.length;
  }

  #endingMail({ full_name, tier, ends_at }: Notice) {
    const left = Math.ceil((ends_at.getTime() - this.parts.clock.now().getTime()) / 86_400_000);
    return endingMail(full_name, tier, ends_at, left);
  }
}

/** The app tells the same in a line. */
function expiryMail({ user_id: userId, email, tier, ends_at }: Notice, message: OutgoingMessage): Mail {
  const body = `${tier}: until ${ends_at.toISOString().slice(0, 10)} (UTC)`;
  return { to: email, message, about: { userId, event: 'plan_expiry', title: message.subject ?? tier, body } };
}

function expiredMail({ full_name, public_id, status }: PaymentWithUser) {
  const words =
    status === 'CONFIRMING'
      ? 'its time is over, and nobody could verify the transaction that you named; if you paid, write to us'
      : 'its time is over; what you sent is credited to your balance';
  return refusedMail(full_name, public_id, words);
}
