/**
 * Serves the queue of what was heard, in the process that watches the market: one chat's messages in their order.
 * Keeps: verdict, answer, notice and the end of the work are one transaction; a message that nothing can be done with is given
 * up visibly after a while, and does not hold up those behind it for good.
 */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { STAFF_NOTICE_QUEUE } from '../../domain/notification/staff-notice.js';
import { Database, isPassingFault } from '../../platform/database/database.js';
import { Logger } from '../../platform/logging/logger.js';
import { killPoint } from '../../platform/process/kill-point.js';
import { type ClaimedWork, LeaseLostError, WorkQueue } from '../../platform/work/work-queue.js';
import { RetryLater, WorkRunner } from '../../platform/work/work-runner.js';
import { MESSAGE_LISTENER, type MessageListener } from '../../ports/message-listener.js';
import { TelegramChats } from './telegram-chats.repository.js';
import { TelegramCommands } from './telegram-commands.service.js';
import type { Finish } from './telegram-handler.js';
import { MESSAGE_QUEUE } from './telegram-inbox.service.js';
import { type MessageRow, TelegramMessages } from './telegram-messages.repository.js';
import { TelegramPosts } from './telegram-posts.service.js';
import { TelegramReplies } from './telegram-replies.service.js';

/** With growing pauses, about two minutes. */
const MAX_ATTEMPTS = 8;

export interface TelegramWorkerParts {
  readonly runner: WorkRunner;
  readonly work: WorkQueue;
  readonly database: Database;
  readonly messages: TelegramMessages;
  readonly chats: TelegramChats;
  readonly commands: TelegramCommands;
  readonly posts: TelegramPosts;
  readonly replies: TelegramReplies;
  readonly logger: Logger;
}

@Injectable()
export class TelegramWorkers implements OnModuleInit {
  constructor(
    private readonly parts: TelegramWorkerParts,
    @Inject(MESSAGE_LISTENER) private readonly listener: MessageListener | null,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    if (this.config.process.ROLE === 'api') return;
    this.parts.runner.register({
      queue: MESSAGE_QUEUE,
      concurrency: 4,
      leaseMs: 60_000,
      maxAttempts: 0,
      // Entries at the market's price are taken from the feed, which this process runs.
      leaderOnly: true,
      handle: (work, complete) => this.#handle(work, complete),
    });
  }

  async #handle(work: ClaimedWork, complete: () => Promise<void>): Promise<void> {
    const row = await this.parts.messages.find(Number(work.payload.message_id));
    if (row === undefined || row.verdict !== 'PENDING') return;
    const finish = this.#finish(complete);
    try {
      await this.#read(row, finish);
    } catch (error) {
      const isLasting = work.attempts >= MAX_ATTEMPTS && !isPassingFault(error);
      if (!isLasting || error instanceof LeaseLostError || error instanceof RetryLater) throw error;
      this.parts.logger.error('a message could not be handled', { message_id: row.id, error });
      const notice = { title: '⚠️ A message from Telegram could not be handled', lines: [`Message #${row.id}`] };
      await finish(row, { judgement: { verdict: 'FAILED', code: 'FAILED' }, notice });
    }
  }

  async #read(row: MessageRow, finish: Finish): Promise<void> {
    const isPrivate = row.chat_kind === 'private';
    const chat = isPrivate ? undefined : await this.parts.chats.ofChat(row.chat_id);
    // What is read in a chat of sources has a source.
    if (!isPrivate && row.source_id !== null) return finish(row, await this.parts.posts.handle(row, chat));
    const ourName = row.text.includes('@') ? await this.listener?.name() : undefined;
    await this.parts.commands.handle(row, ourName, finish);
  }

  #finish(complete: () => Promise<void>): Finish {
    const { database, messages, replies, work } = this.parts;
    return (row, { judgement, answer, notice }) => {
      killPoint('telegram:carried-out');
      return database.transaction(async () => {
        await messages.judge(row, judgement);
        if (answer !== undefined) await replies.to(row, answer);
        if (notice !== undefined) {
          await work.enqueue([{ queue: STAFF_NOTICE_QUEUE, key: `telegram:${row.id}`, payload: { ...notice } }]);
        }
        await complete();
      });
    };
  }
}
