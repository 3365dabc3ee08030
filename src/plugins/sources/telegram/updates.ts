/**
 * Reads updates of the Bot API.
 * Keeps: never throws: what is not of the known form, or has nothing to read, is nothing; ids beyond 53 bits, which Telegram
 * does not give, are nothing too.
 */
import type { ChatKind, Heard, HeardChat, HeardOrigin, HeardSender } from '../../../domain/listening/heard.js';

type Fields = Readonly<Record<string, unknown>>;

/** The kinds of updates that are asked for. */
export const ALLOWED_UPDATES = [
  'message',
  'edited_message',
  'channel_post',
  'edited_channel_post',
  'callback_query',
  'my_chat_member',
] as const;

const KINDS: Readonly<Record<string, ChatKind>> = {
  private: 'private',
  group: 'group',
  supergroup: 'group',
  channel: 'channel',
};

const GONE = ['left', 'kicked'];

export function readUpdate(update: unknown): Heard | undefined {
  const fields = objectOf(update);
  const updateId = idOf(fields?.update_id);
  if (fields === undefined || updateId === undefined) return undefined;
  for (const name of ['message', 'edited_message', 'channel_post', 'edited_channel_post']) {
    const message = objectOf(fields[name]);
    if (message !== undefined) return messageOf(updateId, message);
  }
  const button = objectOf(fields.callback_query);
  if (button !== undefined) return buttonOf(updateId, button);
  const member = objectOf(fields.my_chat_member);
  return member === undefined ? undefined : membershipOf(updateId, member);
}

function messageOf(updateId: number, message: Fields): Heard | undefined {
  const chat = chatOf(message.chat);
  const messageId = idOf(message.message_id);
  const sentAt = timeOf(message.date);
  if (chat === undefined || messageId === undefined || sentAt === undefined) return undefined;
  const to = idOf(message.migrate_to_chat_id);
  if (to !== undefined) return { kind: 'moved', updateId, chat, to };
  const text = [message.text, message.caption].find((given) => typeof given === 'string' && given !== '');
  if (typeof text !== 'string') return undefined;
  return {
    kind: 'message',
    updateId,
    chat,
    messageId,
    sentAt,
    editedAt: timeOf(message.edit_date) ?? null,
    text: storable(text),
    sender: senderOf(message, chat),
    viaBotId: idOf(objectOf(message.via_bot)?.id) ?? null,
    replyTo: replyOf(message, chat),
    origin: originOf(message),
    isAutomaticForward: message.is_automatic_forward === true,
  };
}

function buttonOf(updateId: number, query: Fields): Heard | undefined {
  const message = objectOf(query.message);
  const chat = chatOf(message?.chat);
  const messageId = idOf(message?.message_id);
  const sender = personOf(query.from);
  const { id: buttonId, data } = query;
  if (chat === undefined || messageId === undefined || sender === undefined) return undefined;
  if (typeof buttonId !== 'string' || typeof data !== 'string') return undefined;
  return { kind: 'button', updateId, chat, messageId, buttonId, data: storable(data), sender };
}

function membershipOf(updateId: number, change: Fields): Heard | undefined {
  const chat = chatOf(change.chat);
  const status = objectOf(change.new_chat_member)?.status;
  if (chat === undefined || typeof status !== 'string') return undefined;
  return { kind: 'membership', updateId, chat, isMember: !GONE.includes(status) };
}

function chatOf(value: unknown): HeardChat | undefined {
  const chat = objectOf(value);
  const id = idOf(chat?.id);
  const kind = typeof chat?.type === 'string' ? KINDS[chat.type] : undefined;
  if (chat === undefined || id === undefined || kind === undefined) return undefined;
  const username = typeof chat.username === 'string' ? storable(chat.username) : null;
  return { id, kind, title: kind === 'private' ? nameOf(chat) : wordsOf(chat.title), username };
}

/** A chat that speaks stands in a field of its own, beside a placeholder. */
function senderOf(message: Fields, chat: HeardChat): HeardSender | null {
  const speaking = chatOf(message.sender_chat);
  if (speaking !== undefined) return { id: speaking.id, kind: 'chat', name: speaking.title };
  const person = personOf(message.from);
  if (person !== undefined) return person;
  return chat.kind === 'channel' ? { id: chat.id, kind: 'chat', name: chat.title } : null;
}

function personOf(value: unknown): HeardSender | undefined {
  const person = objectOf(value);
  const id = idOf(person?.id);
  if (person === undefined || id === undefined) return undefined;
  return { id, kind: person.is_bot === true ? 'bot' : 'person', name: nameOf(person) };
}

function replyOf(message: Fields, chat: HeardChat): number | null {
  const replied = objectOf(message.reply_to_message);
  if (replied === undefined || chatOf(replied.chat)?.id !== chat.id) return null;
  return idOf(replied.message_id) ?? null;
}

/** Since Bot API 7 `forward_origin`, before that fields of their own. */
function originOf(message: Fields): HeardOrigin | null {
  const origin = objectOf(message.forward_origin);
  const chat = origin?.chat ?? origin?.sender_chat ?? message.forward_from_chat;
  const sender = origin?.sender_user ?? message.forward_from;
  const chatId = idOf(objectOf(chat)?.id) ?? null;
  const senderId = idOf(objectOf(sender)?.id) ?? null;
  const isForward = origin !== undefined || chatId !== null || senderId !== null || message.forward_date !== undefined;
  return isForward ? { senderId, chatId } : null;
}

function nameOf(person: Fields): string {
  const name = [person.first_name, person.last_name].map(wordsOf).filter((word) => word !== '');
  return name.length > 0 ? name.join(' ') : wordsOf(person.username);
}

function wordsOf(value: unknown): string {
  return typeof value === 'string' ? storable(value).slice(0, 255) : '';
}

/** Without what a database does not take: NUL, and halves of characters. */
function storable(text: string): string {
  return text.replace(/\0/g, '').replace(/\p{Surrogate}/gu, '\uFFFD');
}

function objectOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function idOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}

/** Seconds since 1970; Telegram shows edits and messages that it hides as of time 0. */
function timeOf(value: unknown): Date | undefined {
  const seconds = idOf(value);
  return seconds === undefined || seconds < 0 || seconds > 32_503_680_000 ? undefined : new Date(seconds * 1_000);
}
