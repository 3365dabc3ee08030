/**
 * Stores what was heard, and what came of it.
 * Keeps: the same message in the same form is one row, however often it is told; a verdict is given once.
 */
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { ChatKind, HeardButton, HeardMessage } from '../../domain/listening/heard.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import type { Verdict } from './telegram-message.entity.js';

export interface MessageFacts {
  readonly via_bot?: number;
  readonly origin?: { readonly senderId: number | null; readonly chatId: number | null };
  readonly automatic?: true;
  readonly button_id?: string;
}

export interface MessageRow {
  id: number;
  update_id: number;
  chat_id: number;
  message_id: number;
  kind: 'message' | 'button';
  chat_kind: ChatKind;
  sender_id: number | null;
  sender_kind: string | null;
  sender_name: string;
  reply_to: number | null;
  facts: MessageFacts;
  text: string;
  sent_at: Date;
  edited_at: Date | null;
  received_at: Date;
  source_id: number | null;
  verdict: Verdict;
  code: string | null;
  reading: Record<string, unknown> | null;
  result: Record<string, unknown> | null;
  signal_id: number | null;
  handled_at: Date | null;
}

/** What is to be stored of a message: with a verdict where nothing more is to be done. */
export interface Incoming {
  readonly heard: HeardMessage | HeardButton;
  readonly sourceId: number | null;
  readonly ignored: string | null;
}

export interface Judgement {
  readonly verdict: Exclude<Verdict, 'PENDING'>;
  readonly code?: string | null;
  readonly reading?: Readonly<Record<string, unknown>> | null;
  readonly result?: Readonly<Record<string, unknown>> | null;
  readonly signalId?: number | null;
}

/** An earlier form of a message that was read as something to do. */
export interface Earlier {
  verdict: Verdict;
  reading: { readonly kind: string; readonly intent: unknown };
  signal_id: number | null;
}

/** The key under which what a message wants is carried out, and by which broadcasting finds the words of a signal. */
export const postKey = (id: number): string => `telegram:${id}`;

export interface MessageFilter {
  /** Null for all; else only of sources that this user owns. */
  readonly ownerId: number | null;
  readonly chatId: number | null;
  readonly verdict: Verdict | null;
  readonly from: Date | null;
  readonly to: Date | null;
}

const COLUMNS = `
  m.id, m.update_id, m.chat_id, m.message_id, m.kind, m.chat_kind, m.sender_id, m.sender_kind, m.sender_name, m.reply_to,
  m.facts, m.text, m.sent_at, m.edited_at, m.received_at, m.source_id, m.verdict, m.code, m.reading, m.result, m.signal_id,
  m.handled_at`;

const STORE = `
  INSERT INTO telegram_messages (update_id, chat_id, message_id, digest, kind, chat_kind, sender_id, sender_kind, sender_name,
    reply_to, facts, text, sent_at, edited_at, source_id, verdict, code, received_at, handled_at)
  SELECT update_id, chat_id, message_id, digest, kind, chat_kind, sender_id, sender_kind, sender_name, reply_to, facts, text,
    sent_at, edited_at, source_id, CASE WHEN code IS NULL THEN 'PENDING' ELSE 'IGNORED' END, code, $17,
    CASE WHEN code IS NULL THEN NULL ELSE $17::timestamptz END
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[],
    $9::text[], $10::bigint[], $11::jsonb[], $12::text[], $13::timestamptz[], $14::timestamptz[], $15::bigint[], $16::text[])
    WITH ORDINALITY AS told (update_id, chat_id, message_id, digest, kind, chat_kind, sender_id, sender_kind, sender_name,
      reply_to, facts, text, sent_at, edited_at, source_id, code, place)
  ORDER BY place
  ON CONFLICT (chat_id, message_id, digest) DO NOTHING
  RETURNING id, chat_id, verdict`;

const FILTER = `
  ($1::bigint IS NULL OR m.source_id IN (SELECT id FROM sources WHERE owner_id = $1))
  AND ($2::bigint IS NULL OR m.chat_id = $2) AND ($3::text IS NULL OR m.verdict = $3)
  AND ($4::timestamptz IS NULL OR m.received_at >= $4) AND ($5::timestamptz IS NULL OR m.received_at < $5)`;

@Injectable()
export class TelegramMessages {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Stores what is new, in its order; answers the rows that are to be handled. */
  async store(incoming: readonly Incoming[]): Promise<{ id: number; chat_id: number }[]> {
    if (incoming.length === 0) return [];
    const now = this.clock.now();
    const rows = incoming.map((item) => rowOf(item, now));
    const column = (pick: (row: ReturnType<typeof rowOf>) => unknown) => rows.map(pick);
    const stored = await this.database.query<{ id: number; chat_id: number; verdict: Verdict }>(STORE, [
      column((row) => row.updateId),
      column((row) => row.chatId),
      column((row) => row.messageId),
      column((row) => row.digest),
      column((row) => row.kind),
      column((row) => row.chatKind),
      column((row) => row.senderId),
      column((row) => row.senderKind),
      column((row) => row.senderName),
      column((row) => row.replyTo),
      column((row) => JSON.stringify(row.facts)),
      column((row) => row.text),
      column((row) => row.sentAt),
      column((row) => row.editedAt),
      column((row) => row.sourceId),
      column((row) => row.ignored),
      now,
    ]);
    return stored.filter(({ verdict }) => verdict === 'PENDING').sort((a, b) => a.id - b.id);
  }

  find(id: number): Promise<MessageRow | undefined> {
    return this.database.first<MessageRow>(`SELECT ${COLUMNS} FROM telegram_messages m WHERE m.id = $1`, [id]);
  }

  /** What the earlier forms of a message wanted, in their order. */
  earlier({ id, chat_id, message_id }: MessageRow): Promise<Earlier[]> {
    return this.database.query<Earlier>(
      `SELECT verdict, reading, signal_id FROM telegram_messages
       WHERE chat_id = $1 AND message_id = $2 AND id < $3 AND verdict IN ('SIGNAL', 'UPDATE') AND reading IS NOT NULL
       ORDER BY id`,
      [chat_id, message_id, id],
    );
  }

  /** A message as it was last said, with the signal that it made or is about in any of its forms. */
  lastOf(chatId: number, messageId: number): Promise<{ text: string; signal_id: number | null } | undefined> {
    return this.database.first(
      `SELECT text, max(signal_id) OVER () AS signal_id FROM telegram_messages
       WHERE chat_id = $1 AND message_id = $2 ORDER BY id DESC LIMIT 1`,
      [chatId, messageId],
    );
  }

  /** Whether the source said the same elsewhere since `since`, and it made a signal. */
  async isRepeat({ id, chat_id, message_id, text }: MessageRow, sourceId: number, since: Date): Promise<boolean> {
    const row = await this.database.first(
      `SELECT 1 FROM telegram_messages
       WHERE source_id = $1 AND id < $2 AND received_at >= $3 AND verdict = 'SIGNAL' AND text = $4
         AND (chat_id, message_id) <> ($5, $6) LIMIT 1`,
      [sourceId, id, since, text, chat_id, message_id],
    );
    return row !== undefined;
  }

  /** Gives the verdict, in the running transaction; a message that has one keeps it. Codes are not kept beyond it. */
  async judge(row: MessageRow, { verdict, code, reading, result, signalId }: Judgement): Promise<void> {
    await this.database.execute(
      `UPDATE telegram_messages SET verdict = $2, code = $3, reading = $4, result = $5, signal_id = $6, handled_at = $7, text = $8
       WHERE id = $1 AND verdict = 'PENDING'`,
      [
        row.id,
        verdict,
        code ?? null,
        json(reading),
        json(result),
        signalId ?? null,
        this.clock.now(),
        withoutCodes(row),
      ],
    );
  }

  /** Deletes what was handled and received before `before`, at most `limit`; answers how many. */
  purge(before: Date, limit: number): Promise<number> {
    return this.database.execute(
      `DELETE FROM telegram_messages WHERE id = ANY (ARRAY (
         SELECT id FROM telegram_messages WHERE received_at < $1 AND verdict <> 'PENDING' ORDER BY received_at LIMIT $2))`,
      [before, limit],
    );
  }

  /** Newest first. */
  list(filter: MessageFilter, beforeId: number | undefined, limit: number): Promise<MessageRow[]> {
    const { ownerId, chatId, verdict, from, to } = filter;
    return this.database.query<MessageRow>(
      `SELECT ${COLUMNS} FROM telegram_messages m WHERE ${FILTER} AND m.id < $6 ORDER BY m.id DESC LIMIT $7`,
      [ownerId, chatId, verdict, from, to, beforeId ?? Number.MAX_SAFE_INTEGER, limit],
    );
  }

  /** How many of each verdict each chat had since `since`. */
  count(ownerId: number | null, since: Date): Promise<{ chat_id: number; verdict: Verdict; count: number }[]> {
    return this.database.query(
      `SELECT m.chat_id, m.verdict, count(*) AS count FROM telegram_messages m
       WHERE m.received_at >= $2 AND ($1::bigint IS NULL OR m.source_id IN (SELECT id FROM sources WHERE owner_id = $1))
       GROUP BY m.chat_id, m.verdict ORDER BY m.chat_id, m.verdict`,
      [ownerId, since],
    );
  }
}

function json(value: Readonly<Record<string, unknown>> | null | undefined): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}

/** What may let somebody in is forgotten with its use. */
function withoutCodes({ kind, text }: MessageRow): string {
  const isCommand = kind === 'button' || text.startsWith('/');
  return isCommand ? text.replace(/(?<![\w-])(?:[\w-]{32,64}|[0-9A-Fa-f]{8})(?![\w-])/g, '…') : text;
}

function rowOf({ heard, sourceId, ignored }: Incoming, now: Date) {
  const isMessage = heard.kind === 'message';
  const text = isMessage ? heard.text : heard.data;
  const editedAt = isMessage ? heard.editedAt : null;
  const identity = [heard.kind, isMessage ? (editedAt?.getTime() ?? 0) : heard.buttonId, text];
  return {
    updateId: heard.updateId,
    chatId: heard.chat.id,
    messageId: heard.messageId,
    digest: createHash('sha256').update(JSON.stringify(identity)).digest('hex'),
    kind: heard.kind,
    chatKind: heard.chat.kind,
    senderId: heard.sender?.id ?? null,
    senderKind: heard.sender?.kind ?? null,
    senderName: heard.sender?.name ?? '',
    replyTo: isMessage ? heard.replyTo : null,
    facts: factsOf(heard),
    text: ignored === null ? text : '',
    sentAt: isMessage ? heard.sentAt : now,
    editedAt,
    sourceId,
    ignored,
  };
}

function factsOf(heard: HeardMessage | HeardButton): MessageFacts {
  if (heard.kind === 'button') return { button_id: heard.buttonId };
  return {
    ...(heard.viaBotId === null ? {} : { via_bot: heard.viaBotId }),
    ...(heard.origin === null ? {} : { origin: heard.origin }),
    ...(heard.isAutomaticForward ? { automatic: true } : {}),
  };
}
