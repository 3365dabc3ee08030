/**
 * Takes what was heard: notes the chats, and stores what may be read with the work of reading it.
 * Keeps: messages and their work are one transaction, and nothing else happens before it commits; of chats that are not
 * allowed and of strangers nothing is stored; one message that cannot be stored does not keep out the others.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import type { Heard, HeardButton, HeardChat, HeardMessage } from '../../domain/listening/heard.js';
import { Database, sqlState } from '../../platform/database/database.js';
import { Logger } from '../../platform/logging/logger.js';
import { killPoint } from '../../platform/process/kill-point.js';
import { type NewWork, WorkQueue } from '../../platform/work/work-queue.js';
import { BroadcastGroups } from './broadcast-groups.js';
import { type LinkedAdmin, TelegramAdmins } from './telegram-admins.repository.js';
import { type ChatRow, TelegramChats } from './telegram-chats.repository.js';
import { codeHash, codeOf } from './telegram-codes.js';
import { type Incoming, TelegramMessages } from './telegram-messages.repository.js';

export const MESSAGE_QUEUE = 'telegram.message';

type Said = HeardMessage | HeardButton;

interface Known {
  readonly chats: ReadonlyMap<number, ChatRow>;
  readonly admins: ReadonlyMap<number, LinkedAdmin>;
  /** Hashes of codes for linking that are open. */
  readonly codes: ReadonlySet<string>;
  readonly groups: BroadcastGroups;
}

export interface InboxParts {
  readonly chats: TelegramChats;
  readonly messages: TelegramMessages;
  readonly admins: TelegramAdmins;
  readonly work: WorkQueue;
  readonly database: Database;
  readonly logger: Logger;
}

@Injectable()
export class TelegramInbox {
  readonly #groups: BroadcastGroups;

  constructor(
    private readonly parts: InboxParts,
    @Inject(CONFIG) config: Config,
  ) {
    this.#groups = new BroadcastGroups(config);
  }

  /** Throws where it can be tried again; what can never be stored is left out and logged. */
  async take(heard: readonly Heard[]): Promise<void> {
    try {
      await this.#store(heard);
    } catch (error) {
      // Anything but the data itself may be mended, and then it is told again.
      if (!/^2[23]/.test(sqlState(error) ?? '')) throw error;
      if (heard.length === 1) {
        this.parts.logger.error('something that was heard cannot be stored', { update_id: heard[0]?.updateId, error });
        return;
      }
      for (const item of heard) await this.take([item]);
    }
  }

  async #store(heard: readonly Heard[]): Promise<void> {
    await this.parts.database.transaction(async () => {
      const chats = await this.parts.chats.see(groupsOf(heard));
      for (const item of heard) {
        if (item.kind === 'membership') await this.parts.chats.noteMembership(item.chat.id, item.isMember);
        if (item.kind === 'moved') await this.parts.chats.move(item.chat.id, item.to);
      }
      const said = heard.filter((item): item is Said => item.kind === 'message' || item.kind === 'button');
      const known = { chats, groups: this.#groups, ...(await this.#people(said)) };
      const stored = await this.parts.messages.store(said.flatMap((item) => incomingOf(item, known)));
      await this.parts.work.enqueue(stored.map(({ id, chat_id }) => messageWork(id, chat_id)));
      killPoint('telegram:stored');
    });
    killPoint('telegram:taken');
  }

  async #people(said: readonly Said[]): Promise<Pick<Known, 'admins' | 'codes'>> {
    const people = said.flatMap(({ sender }) => (sender?.kind === 'person' ? [sender.id] : []));
    const admins = await this.parts.admins.linked([...new Set(people)]);
    const codes = new Set<string>();
    for (const item of said) {
      const code = item.kind === 'message' && item.chat.kind === 'private' ? codeOf(item.text) : undefined;
      if (code !== undefined && (await this.parts.admins.isOpen(codeHash(code)))) codes.add(codeHash(code));
    }
    return { admins, codes };
  }
}

/** What is said in one chat is handled in its order. */
export function messageWork(id: number, chatId: number): NewWork {
  return { queue: MESSAGE_QUEUE, key: String(id), serialKey: `chat:${chatId}`, payload: { message_id: id } };
}

/** Groups and channels, each once, as they were last seen; by id, so that everybody locks them in one order. */
function groupsOf(heard: readonly Heard[]): HeardChat[] {
  const last = new Map(heard.map(({ chat }) => [chat.id, chat]));
  return [...last.values()].filter(({ kind }) => kind !== 'private').sort((a, b) => a.id - b.id);
}

/** Nothing for what is not to be stored. */
function incomingOf(heard: Said, known: Known): Incoming[] {
  const { chat, sender } = heard;
  const isAdmin = sender?.kind === 'person' && known.admins.has(sender.id);
  if (chat.kind === 'private')
    return isAdmin || opensLink(heard, known) ? [{ heard, sourceId: null, ignored: null }] : [];
  const row = known.chats.get(chat.id);
  const rule = row?.is_allowed === true ? row : undefined;
  // What administrators say to each other is not stored, but for commands.
  if (rule?.role === 'ADMIN' || (rule === undefined && known.groups.isAdmins(chat.id, chat.username))) {
    return isAdmin && isCommand(heard) ? [{ heard, sourceId: null, ignored: null }] : [];
  }
  if (rule === undefined) return [];
  if (heard.kind === 'button') return [];
  return [{ heard, sourceId: rule.source_id, ignored: isRead(heard, rule) ? null : 'SENDER_NOT_ALLOWED' }];
}

function opensLink(heard: Said, { codes }: Known): boolean {
  const code = heard.kind === 'message' ? codeOf(heard.text) : undefined;
  return code !== undefined && codes.has(codeHash(code));
}

const isCommand = (heard: Said): boolean => heard.kind === 'button' || heard.text.startsWith('/');

/** A channel speaks for itself; in a group those are read who are named. */
function isRead({ chat, sender }: Said, rule: ChatRow): boolean {
  return chat.kind === 'channel' || (sender !== null && rule.senders.includes(sender.id));
}
