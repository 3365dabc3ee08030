/** What the routes of listening to Telegram answer, as examples that give their schemas. */
import { free, oneOf, orNull } from '../../platform/openapi/shape.js';
import { LISTENER_STATES } from '../../ports/message-listener.js';
import { CHAT_ROLES } from './telegram-chat.entity.js';
import type { LinkedAdmin } from './telegram-admins.repository.js';
import type { ChatRow } from './telegram-chats.repository.js';
import { VERDICTS } from './telegram-message.entity.js';
import type { MessageRow } from './telegram-messages.repository.js';

const TIME = '2026-01-31T12:00:00.000Z';

export const CHAT = {
  id: 4,
  chat_id: -1_001_234_567_890,
  kind: oneOf('group', 'channel'),
  title: 'Alpha signals',
  username: orNull('alpha_signals'),
  is_member: true,
  is_allowed: true,
  role: orNull(oneOf(...CHAT_ROLES)),
  source_id: orNull(7),
  source: orNull('alpha-desk'),
  senders: [123_456_789],
  forward_to: ['VIP'],
  first_seen_at: TIME,
  last_seen_at: TIME,
};

export const MESSAGE = {
  id: 41,
  chat_id: -1_001_234_567_890,
  message_id: 17,
  kind: oneOf('message', 'button'),
  sender_id: orNull(123_456_789),
  sender_kind: orNull(oneOf('person', 'bot', 'chat')),
  sender_name: 'Ada',
  reply_to: orNull(12),
  text: 'LONG BTCUSDT Entry 70000 TP 71000 SL 69000',
  sent_at: TIME,
  edited_at: orNull(TIME),
  received_at: TIME,
  source_id: orNull(7),
  verdict: oneOf(...VERDICTS),
  code: orNull('SENDER_NOT_ALLOWED'),
  reading: orNull(free({ kind: 'signal', confidence: 95 })),
  result: orNull(free({ outcome: 'done', signal_ids: [12] })),
  signal_id: orNull(12),
  handled_at: orNull(TIME),
};

export const ADMIN = { telegram_user_id: 123_456_789, user_id: 1, name: 'Ada', linked_at: TIME };

export const STATUS = {
  mode: oneOf('off', 'polling', 'webhook'),
  state: oneOf(...LISTENER_STATES),
  reason: '',
  failures: 0,
  since: orNull(TIME),
  beat_at: orNull(TIME),
};

export function chatView({ text_profile: _profile, ...row }: ChatRow) {
  return {
    ...row,
    first_seen_at: row.first_seen_at.toISOString(),
    last_seen_at: row.last_seen_at.toISOString(),
  };
}

export function messageView({ update_id: _update, chat_kind: _kind, facts: _facts, ...row }: MessageRow) {
  return {
    ...row,
    sent_at: row.sent_at.toISOString(),
    edited_at: row.edited_at?.toISOString() ?? null,
    received_at: row.received_at.toISOString(),
    handled_at: row.handled_at?.toISOString() ?? null,
  };
}

export const adminView = (row: LinkedAdmin) => ({ ...row, linked_at: row.linked_at.toISOString() });
