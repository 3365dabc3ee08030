/**
 * Sends mail: queued in the transaction that causes it, delivered by workers through the selected channel.
 * Keeps: nothing waits for a mail server; a mail is given up after `MAX_ATTEMPTS`; its content (which holds links) stays
 * in the queue only until it is delivered or given up.
 */
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { Database } from '../../platform/database/database.js';
import { Randomness } from '../../platform/ids/randomness.js';
import { type ClaimedWork, WorkQueue } from '../../platform/work/work-queue.js';
import { RetryLater, WorkRunner } from '../../platform/work/work-runner.js';
import type { NotificationChannel, OutgoingMessage } from '../../ports/notification-channel.js';

/** Injection token of the channel that carries mail. */
export const MAIL_CHANNEL = Symbol('MAIL_CHANNEL');

export const MAIL_QUEUE = 'mail';

const MAX_ATTEMPTS = 12;

export interface MailPayload {
  readonly to: string;
  readonly message: OutgoingMessage;
}

@Injectable()
export class Mailer implements OnModuleInit, OnModuleDestroy {
  constructor(
    private readonly work: WorkQueue,
    private readonly runner: WorkRunner,
    private readonly database: Database,
    private readonly randomness: Randomness,
    @Inject(MAIL_CHANNEL) private readonly channel: NotificationChannel,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    if (this.config.process.ROLE === 'api') return;
    this.runner.register({
      queue: MAIL_QUEUE,
      concurrency: 2,
      leaseMs: 60_000,
      maxAttempts: MAX_ATTEMPTS,
      handle: (work, complete) => this.#deliver(work, complete),
    });
  }

  /** A mail server that does not answer must not keep the process from ending: the mail waits for the next. */
  async onModuleDestroy(): Promise<void> {
    await this.channel.stop?.();
  }

  /** Queues a mail in the running transaction. */
  async post(to: string, message: OutgoingMessage): Promise<void> {
    await this.postAll([{ to, message }]);
  }

  /** Queues many mails in one statement, in the running transaction. */
  async postAll(mails: readonly MailPayload[]): Promise<void> {
    await this.work.enqueue(
      mails.map((mail) => ({ queue: MAIL_QUEUE, key: this.randomness.uuid(), payload: { ...mail } })),
    );
  }

  async #deliver(work: ClaimedWork, complete: () => Promise<void>): Promise<void> {
    const { to, message } = work.payload as unknown as Partial<MailPayload>;
    // Given up before and put back to work: there is nothing left to send.
    if (to === undefined || message === undefined) return;
    const result = await this.channel.send(to, message, work.key);
    const isLast = result.outcome === 'refused' || work.attempts >= MAX_ATTEMPTS;
    if (result.outcome !== 'delivered' && isLast) {
      await this.work.forget(work);
      throw new RetryLater(result.reason, undefined);
    }
    if (result.outcome === 'retry' && result.at !== undefined) throw new RetryLater(result.reason, result.at);
    if (result.outcome === 'retry') throw new Error(result.reason);
    await this.database.transaction(async () => {
      await this.work.forget(work);
      await complete();
    });
  }
}
