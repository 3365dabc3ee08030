/**
 * Answers to people on Telegram: written with what they answer, sent by whoever comes first.
 * Keeps: one answer per message; limits are shared with what is broadcast; what Telegram refuses for good is given up; what was
 * said is forgotten when it is sent.
 */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { Clock } from '../../platform/clock/clock.js';
import { RateLimits } from '../../platform/http/rate-limits.js';
import { type ClaimedWork, WorkQueue } from '../../platform/work/work-queue.js';
import { NotYet, RetryLater, WorkRunner } from '../../platform/work/work-runner.js';
import { MESSAGE_LISTENER, type MessageListener, type Reply } from '../../ports/message-listener.js';
import type { MessageRow } from './telegram-messages.repository.js';

const REPLY_QUEUE = 'telegram.reply';

/** With growing pauses, about ten minutes: later nobody waits for an answer. */
const MAX_ATTEMPTS = 15;

const LIMIT = 4_000;

/** What is said to somebody: lines of plain text, and buttons under them. */
export interface Answer {
  readonly lines: readonly string[];
  readonly buttons?: Reply['buttons'];
}

interface Payload {
  readonly chat_id: number;
  readonly reply_to: number;
  readonly text: string;
  readonly buttons: NonNullable<Reply['buttons']>;
  readonly button_id: string | null;
}

@Injectable()
export class TelegramReplies implements OnModuleInit {
  constructor(
    private readonly work: WorkQueue,
    private readonly runner: WorkRunner,
    private readonly limits: RateLimits,
    private readonly clock: Clock,
    @Inject(MESSAGE_LISTENER) private readonly listener: MessageListener | null,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    if (this.config.process.ROLE === 'api') return;
    this.runner.register({
      queue: REPLY_QUEUE,
      concurrency: 2,
      leaseMs: 60_000,
      maxAttempts: MAX_ATTEMPTS,
      handle: (work) => this.#send(work),
    });
  }

  /** Answers a message, in the running transaction. */
  async to(row: MessageRow, { lines, buttons = [] }: Answer): Promise<void> {
    const payload: Payload = {
      chat_id: row.chat_id,
      reply_to: row.message_id,
      text: lines.join('\n').slice(0, LIMIT),
      buttons,
      button_id: row.facts.button_id ?? null,
    };
    await this.work.enqueue([
      { queue: REPLY_QUEUE, key: String(row.id), serialKey: `chat:${row.chat_id}`, payload: { ...payload } },
    ]);
  }

  async #send(work: ClaimedWork): Promise<void> {
    const { listener } = this;
    if (listener === null) return;
    const { chat_id, reply_to, text, buttons, button_id } = work.payload as unknown as Payload;
    if (button_id !== null && work.attempts === 1) await listener.acknowledge(button_id);
    const rule = { name: 'broadcast_second', points: this.config.telegram.TELEGRAM_PER_SECOND, seconds: 1 };
    const seconds = await this.limits.take({ ...rule, isExternal: true }, 'all');
    if (seconds !== undefined) throw new NotYet('the limit of Telegram is reached', this.#in(seconds));
    const sent = await listener.reply(chat_id, { message: { text }, replyTo: reply_to, buttons });
    if (sent.outcome !== 'retry') return this.work.forget(work);
    if (sent.at !== undefined) throw new RetryLater(sent.reason, sent.at);
    throw new Error(sent.reason);
  }

  #in(seconds: number): Date {
    return new Date(this.clock.now().getTime() + seconds * 1_000);
  }
}
