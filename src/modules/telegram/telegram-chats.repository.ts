/**
 * Stores the chats in which the bot was seen, and which of them are listened to.
 * Keeps: seeing a chat never allows it; of chats that nobody allowed only so many are kept, because anybody may put a bot into
 * a group; what an administrator decided is changed by administrators alone, but for a chat's move to another id.
 */
import { Injectable } from '@nestjs/common';
import type { HeardChat } from '../../domain/listening/heard.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import type { ChatRole, ForwardGroup } from './telegram-chat.entity.js';

export interface ChatRow {
  id: number;
  chat_id: number;
  kind: 'group' | 'channel';
  title: string;
  username: string | null;
  is_member: boolean;
  is_allowed: boolean;
  role: ChatRole | null;
  source_id: number | null;
  /** Code of the source. */
  source: string | null;
  /** How its source writes, as administrators gave it; null where they said nothing. */
  text_profile: unknown;
  senders: number[];
  forward_to: ForwardGroup[];
  first_seen_at: Date;
  last_seen_at: Date;
}

export interface ChatRule {
  readonly role: ChatRole;
  readonly sourceId: number | null;
  readonly senders: readonly number[];
  readonly forwardTo: readonly ForwardGroup[];
}

/** Chats that nobody has allowed and of which is kept that they were seen. */
const MOST_UNKNOWN = 500;

/** A chat's last sight is written no more often. */
const SIGHT_MS = 60_000;

const SELECT = `
  SELECT c.id, c.chat_id, c.kind, c.title, c.username, c.is_member, c.is_allowed, c.role, c.source_id, s.code AS source, s.settings -> 'text' AS text_profile,
         c.senders, c.forward_to, c.first_seen_at, c.last_seen_at
  FROM telegram_chats c LEFT JOIN sources s ON s.id = c.source_id`;

const SEE = `
  INSERT INTO telegram_chats (chat_id, kind, title, username, first_seen_at, last_seen_at)
  SELECT chat_id, kind, title, username, $5, $5
  FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) AS seen (chat_id, kind, title, username)
  WHERE EXISTS (SELECT 1 FROM telegram_chats k WHERE k.chat_id = seen.chat_id)
    OR (SELECT count(*) FROM telegram_chats WHERE NOT is_allowed) < $6
  ORDER BY chat_id
  ON CONFLICT (chat_id) DO UPDATE
    SET kind = excluded.kind, title = excluded.title, username = excluded.username, last_seen_at = excluded.last_seen_at`;

@Injectable()
export class TelegramChats {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Notes that chats were seen; answers what is known of them, by their id on Telegram. */
  async see(chats: readonly HeardChat[]): Promise<ReadonlyMap<number, ChatRow>> {
    const ids = chats.map(({ id }) => id);
    const known = await this.#byChat(ids);
    const now = this.clock.now();
    const stale = chats.filter((chat) => isNews(chat, known.get(chat.id), now));
    if (stale.length === 0) return known;
    await this.database.execute(SEE, [
      stale.map(({ id }) => id),
      stale.map(({ kind }) => kind),
      stale.map(({ title }) => title),
      stale.map(({ username }) => username),
      now,
      MOST_UNKNOWN,
    ]);
    return this.#byChat(ids);
  }

  async find(id: number): Promise<ChatRow | undefined> {
    return this.database.first<ChatRow>(`${SELECT} WHERE c.id = $1`, [id]);
  }

  async ofChat(chatId: number): Promise<ChatRow | undefined> {
    return (await this.#byChat([chatId])).get(chatId);
  }

  /** Newest first. */
  list(isAllowed: boolean | null, beforeId: number | undefined, limit: number): Promise<ChatRow[]> {
    return this.database.query<ChatRow>(
      `${SELECT} WHERE c.id < $1 AND ($2::boolean IS NULL OR c.is_allowed = $2) ORDER BY c.id DESC LIMIT $3`,
      [beforeId ?? Number.MAX_SAFE_INTEGER, isAllowed, limit],
    );
  }

  /** Adds a chat of which only the id is known; answers its row's id. */
  async add(chatId: number, kind: 'group' | 'channel'): Promise<number> {
    const row = await this.database.first<{ id: number }>(
      `INSERT INTO telegram_chats (chat_id, kind, first_seen_at, last_seen_at) VALUES ($1, $2, $3, $3)
       ON CONFLICT (chat_id) DO UPDATE SET chat_id = excluded.chat_id RETURNING id`,
      [chatId, kind, this.clock.now()],
    );
    if (row === undefined) throw new Error(`the chat ${chatId} could not be stored`);
    return row.id;
  }

  async allow(id: number, { role, sourceId, senders, forwardTo }: ChatRule): Promise<void> {
    await this.database.execute(
      `UPDATE telegram_chats SET is_allowed = true, role = $2, source_id = $3, senders = $4::bigint[], forward_to = $5::text[]
       WHERE id = $1`,
      [id, role, sourceId, senders, forwardTo],
    );
  }

  async forbid(id: number): Promise<boolean> {
    const sql = 'UPDATE telegram_chats SET is_allowed = false WHERE id = $1 AND is_allowed';
    return (await this.database.execute(sql, [id])) === 1;
  }

  async noteMembership(chatId: number, isMember: boolean): Promise<void> {
    await this.database.execute('UPDATE telegram_chats SET is_member = $2 WHERE chat_id = $1', [chatId, isMember]);
  }

  /** A group that became a supergroup keeps its rule; what was seen of the new one before is dropped. */
  async move(from: number, to: number): Promise<void> {
    await this.database.execute('DELETE FROM telegram_chats WHERE chat_id = $1 AND NOT is_allowed', [to]);
    await this.database.execute(
      `UPDATE telegram_chats SET chat_id = $2
       WHERE chat_id = $1 AND NOT EXISTS (SELECT 1 FROM telegram_chats WHERE chat_id = $2)`,
      [from, to],
    );
  }

  async #byChat(ids: readonly number[]): Promise<Map<number, ChatRow>> {
    const rows = await this.database.query<ChatRow>(`${SELECT} WHERE c.chat_id = ANY ($1::bigint[])`, [ids]);
    return new Map(rows.map((row) => [row.chat_id, row]));
  }
}

function isNews(chat: HeardChat, row: ChatRow | undefined, now: Date): boolean {
  if (row === undefined || row.title !== chat.title || row.username !== chat.username) return true;
  return now.getTime() - row.last_seen_at.getTime() > SIGHT_MS;
}
