/**
 * Sends mail: queued in the transaction that causes it, delivered by workers through the selected channel.
 * Keeps: nothing waits for a mail server; a mail is given up after `MAX_ATTEMPTS`; its content (which holds links) stays
 * in the queue only until it is delivered or given up. Whoever does not want mails about an event gets none, unless the
 * event guards the account; what a mail is about is passed on to be told in other ways too.
 */
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { isMandatory, type NotificationEvent } from '../../domain/notification/events.js';
import { type About, TOLD_QUEUE } from '../../domain/notification/told.js';
import { Database } from '../../platform/database/database.js';
import { Randomness } from '../../platform/ids/randomness.js';
import { type ClaimedWork, type NewWork, WorkQueue } from '../../platform/work/work-queue.js';
import { RetryLater, WorkRunner } from '../../platform/work/work-runner.js';
import type { NotificationChannel, OutgoingMessage } from '../../ports/notification-channel.js';
import { MailChoicesRepository } from './mail-choices.repository.js';
import { withUnsubscribe } from './mail-layout.js';
import { UnsubscribeLinks } from './unsubscribe-links.js';

/** Injection token of the channel that carries mail. */
export const MAIL_CHANNEL = Symbol('MAIL_CHANNEL');

export const MAIL_QUEUE = 'mail';

const MAX_ATTEMPTS = 12;

export interface Mail {
  readonly to: string;
  readonly message: OutgoingMessage;
  readonly about?: About;
}

/** A mail that somebody chose to get; it carries its own way out. */
export interface ChosenMail {
  readonly userId: number;
  readonly event: NotificationEvent | 'digest';
  readonly to: string;
  readonly message: OutgoingMessage;
  /** Not before; at once without it. */
  readonly at?: Date | undefined;
}

interface MailPayload {
  readonly to: string;
  readonly message: OutgoingMessage;
}

export interface MailerParts {
  readonly work: WorkQueue;
  readonly runner: WorkRunner;
  readonly database: Database;
  readonly randomness: Randomness;
  readonly choices: MailChoicesRepository;
  readonly links: UnsubscribeLinks;
}

@Injectable()
export class Mailer implements OnModuleInit, OnModuleDestroy {
  constructor(
    private readonly parts: MailerParts,
    @Inject(MAIL_CHANNEL) private readonly channel: NotificationChannel,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    if (this.config.process.ROLE === 'api') return;
    this.parts.runner.register({
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
  async post(to: string, message: OutgoingMessage, about?: About): Promise<void> {
    await this.postAll([{ to, message, ...(about === undefined ? {} : { about }) }]);
  }

  /** Queues many mails in one statement, in the running transaction. */
  async postAll(mails: readonly Mail[]): Promise<void> {
    if (mails.length === 0) return;
    const optional = mails.flatMap(({ about }) => (about === undefined || isMandatory(about.event) ? [] : [about]));
    const refused = await this.parts.choices.refusedBy(optional);
    const told = mails.flatMap(({ about }) => about ?? []);
    const wanted = mails.filter(({ about }) => about === undefined || !refused.has(`${about.userId}:${about.event}`));
    await this.parts.work.enqueue([
      ...wanted.map(({ to, message, about }) =>
        this.#work(to, about === undefined ? message : this.#left(message, about)),
      ),
      ...(told.length === 0 ? [] : [{ queue: TOLD_QUEUE, key: this.parts.randomness.uuid(), payload: { told } }]),
    ]);
  }

  /** Queues mails whose readers chose to get them, in the running transaction. */
  async postChosen(mails: readonly ChosenMail[]): Promise<void> {
    await this.parts.work.enqueue(
      mails.map(({ to, message, at, ...subscription }) => {
        const work = this.#work(to, withUnsubscribe(message, this.parts.links.linkFor(subscription)));
        return at === undefined ? work : { ...work, availableAt: at };
      }),
    );
  }

  #left(message: OutgoingMessage, { userId, event }: About): OutgoingMessage {
    return isMandatory(event) ? message : withUnsubscribe(message, this.parts.links.linkFor({ userId, event }));
  }

  #work(to: string, message: OutgoingMessage): NewWork {
    return { queue: MAIL_QUEUE, key: this.parts.randomness.uuid(), payload: { to, message } };
  }

  async #deliver(work: ClaimedWork, complete: () => Promise<void>): Promise<void> {
    const { to, message } = work.payload as unknown as Partial<MailPayload>;
    // Given up before and put back to work: there is nothing left to send.
    if (to === undefined || message === undefined) return;
    const result = await this.channel.send(to, message, work.key);
    const isLast = result.outcome === 'refused' || work.attempts >= MAX_ATTEMPTS;
    if (result.outcome !== 'delivered' && isLast) {
      await this.parts.work.forget(work);
      throw new RetryLater(result.reason, undefined);
    }
    if (result.outcome === 'retry' && result.at !== undefined) throw new RetryLater(result.reason, result.at);
    if (result.outcome === 'retry') throw new Error(result.reason);
    await this.parts.database.transaction(async () => {
      await this.parts.work.forget(work);
      await complete();
    });
  }
}
