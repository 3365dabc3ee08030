/**
 * Which chats are listened to, and who may command, as administrators decide.
 * Keeps: a decision and its audit row are one transaction; a group that the platform broadcasts to is never a source; a code for
 * linking is told once and stored as a hash.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Database } from '../../platform/database/database.js';
import { invalidField } from '../../platform/errors/app-error.js';
import { Randomness } from '../../platform/ids/randomness.js';
import { MESSAGE_LISTENER, type MessageListener } from '../../ports/message-listener.js';
import { SourcesRepository } from '../signals/sources.repository.js';
import { BroadcastGroups } from './broadcast-groups.js';
import { TelegramAdmins } from './telegram-admins.repository.js';
import type { ChatRole, ForwardGroup } from './telegram-chat.entity.js';
import { type ChatRow, TelegramChats } from './telegram-chats.repository.js';
import { codeHash } from './telegram-codes.js';
import { telegramError } from './telegram.errors.js';

export interface ChatWish {
  readonly chatId: number;
  readonly role: ChatRole;
  readonly sourceId?: number;
  readonly senders?: readonly number[];
  readonly forwardTo?: readonly ForwardGroup[];
}

const LINK_SECONDS = 600;

/** Where posts go when nothing else is said: whom the chat's audience is, and the smaller ones. */
const FORWARDS: Readonly<Record<ChatRole, readonly ForwardGroup[]>> = {
  VIP: ['VIP', 'TRIAL'],
  PROVIDER: ['VIP', 'TRIAL'],
  TRIAL: ['TRIAL'],
  ADMIN: [],
};

export interface ChatsParts {
  readonly chats: TelegramChats;
  readonly admins: TelegramAdmins;
  readonly sources: SourcesRepository;
  readonly audit: AuditTrail;
  readonly database: Database;
  readonly randomness: Randomness;
}

@Injectable()
export class TelegramChatRules {
  readonly #groups: BroadcastGroups;

  constructor(
    private readonly parts: ChatsParts,
    @Inject(MESSAGE_LISTENER) private readonly listener: MessageListener | null,
    @Inject(CONFIG) config: Config,
  ) {
    this.#groups = new BroadcastGroups(config);
  }

  /** Listens to a chat from now on, or by other rules. Throws 400 and 409. */
  async allow(staffId: number, wish: ChatWish): Promise<ChatRow> {
    const { chatId, role, senders = [] } = wish;
    const isAdmins = role === 'ADMIN';
    if (isAdmins !== (wish.sourceId === undefined)) {
      throw invalidField('source_id', isAdmins ? 'must be absent for ADMIN' : 'must name the source that posts there');
    }
    if (wish.sourceId !== undefined && (await this.parts.sources.profile(wish.sourceId)) === undefined) {
      throw invalidField('source_id', 'must name a source');
    }
    const rule = {
      role,
      sourceId: wish.sourceId ?? null,
      senders: [...new Set(senders)],
      forwardTo: isAdmins ? [] : (wish.forwardTo ?? FORWARDS[role]),
    };
    const id = await this.parts.database.transaction(async () => {
      const before = await this.parts.chats.ofChat(chatId);
      if (!isAdmins && this.#groups.has(chatId, before?.username ?? null)) throw telegramError('OWN_GROUP');
      const row = before?.id ?? (await this.parts.chats.add(chatId, 'group'));
      await this.parts.chats.allow(row, rule);
      await this.#record('telegram.chat.allow', staffId, chatId, ruleOf(before), { ...rule });
      return row;
    });
    return this.#chat(id);
  }

  /** Listens to a chat no more. Throws 404. */
  async forbid(staffId: number, id: number): Promise<ChatRow> {
    await this.parts.database.transaction(async () => {
      const row = await this.#chat(id);
      if (await this.parts.chats.forbid(id))
        await this.#record('telegram.chat.forbid', staffId, row.chat_id, ruleOf(row), {});
    });
    return this.#chat(id);
  }

  /** A code by which the administrator shows the bot who they are. */
  async makeLink(staffId: number): Promise<{ code: string; expiresAt: Date; link: string | null }> {
    const code = this.parts.randomness.token();
    const expiresAt = await this.parts.database.transaction(async () => {
      await this.#record('telegram.link.ask', staffId, staffId, {}, {});
      return this.parts.admins.addCode(codeHash(code), 'link', staffId, null, LINK_SECONDS);
    });
    const name = await this.listener?.name();
    return { code, expiresAt, link: name === undefined ? null : `https://t.me/${name}?start=${code}` };
  }

  /** Throws 404. */
  async unlink(staffId: number, telegramUserId: number): Promise<void> {
    await this.parts.database.transaction(async () => {
      const userId = await this.parts.admins.unlink(telegramUserId);
      if (userId === undefined) throw telegramError('UNKNOWN_TELEGRAM_ADMIN');
      await this.#record('telegram.unlink', staffId, telegramUserId, { user_id: userId }, {});
    });
  }

  async #chat(id: number): Promise<ChatRow> {
    const row = await this.parts.chats.find(id);
    if (row === undefined) throw telegramError('UNKNOWN_CHAT');
    return row;
  }

  #record(action: string, staffId: number, subject: number, before: object, after: object): Promise<void> {
    const what = { before: { ...before }, after: { ...after } };
    return this.parts.audit.record({
      actorKind: 'user',
      actorId: staffId,
      action,
      subject: `telegram:${subject}`,
      ...what,
    });
  }
}

function ruleOf(row: ChatRow | undefined): object {
  if (row === undefined || !row.is_allowed) return {};
  const { role, source_id, senders, forward_to } = row;
  return { role, source_id, senders, forward_to };
}
