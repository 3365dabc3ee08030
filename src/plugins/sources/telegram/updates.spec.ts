/** How updates of the Bot API are read; nothing that comes may throw. */
import fc from 'fast-check';
import { readUpdate } from './updates.js';

const CHANNEL = { id: -1001, type: 'channel', title: 'Alpha', username: 'alpha' };
const GROUP = { id: -1002, type: 'supergroup', title: 'Traders' };
const ADA = { id: 7, is_bot: false, first_name: 'Ada', last_name: 'L' };
const post = { message_id: 5, date: 1_700_000_000, chat: CHANNEL, sender_chat: CHANNEL, text: 'LONG' };

it('a channel’s post, and its edit', () => {
  const heard = readUpdate({ update_id: 9, channel_post: post });
  expect(heard).toMatchObject({
    kind: 'message',
    updateId: 9,
    chat: { id: -1001, kind: 'channel', title: 'Alpha', username: 'alpha' },
    sender: { id: -1001, kind: 'chat' },
    messageId: 5,
    sentAt: new Date(1_700_000_000_000),
    editedAt: null,
    text: 'LONG',
  });
  const edit = { update_id: 10, edited_channel_post: { ...post, edit_date: 1_700_000_060 } };
  expect(readUpdate(edit)).toMatchObject({ editedAt: new Date(1_700_000_060_000) });
});

it('a group’s message: who, answering what, forwarded from where, through what', () => {
  const message = {
    ...post,
    sender_chat: undefined,
    chat: GROUP,
    from: ADA,
    text: undefined,
    caption: 'a\0b',
    reply_to_message: { message_id: 4, chat: GROUP },
    via_bot: { id: 55 },
    forward_origin: { type: 'channel', chat: { id: -1009, type: 'channel' }, message_id: 1 },
  };
  expect(readUpdate({ update_id: 1, message })).toMatchObject({
    chat: { kind: 'group' },
    sender: { id: 7, kind: 'person', name: 'Ada L' },
    text: 'ab',
    replyTo: 4,
    viaBotId: 55,
    origin: { chatId: -1009, senderId: null },
  });
  const old = { ...message, forward_origin: undefined, forward_from: { id: 12 }, from: { ...ADA, is_bot: true } };
  expect(readUpdate({ update_id: 1, message: old })).toMatchObject({
    sender: { kind: 'bot' },
    origin: { chatId: null, senderId: 12 },
  });
  const hidden = { ...message, forward_origin: { type: 'hidden_user', sender_user_name: 'x' } };
  expect(readUpdate({ update_id: 1, message: hidden })).toMatchObject({ origin: { chatId: null, senderId: null } });
  const elsewhere = { ...message, reply_to_message: { message_id: 4, chat: CHANNEL } };
  expect(readUpdate({ update_id: 1, message: elsewhere })).toMatchObject({ replyTo: null });
  const copy = { ...message, is_automatic_forward: true, sender_chat: CHANNEL };
  expect(readUpdate({ update_id: 1, message: copy })).toMatchObject({
    isAutomaticForward: true,
    sender: { id: -1001, kind: 'chat' },
  });
});

it('buttons, membership, and moves', () => {
  const query = { id: 'q', from: ADA, data: 'kill:1', message: { message_id: 3, date: 0, chat: GROUP } };
  expect(readUpdate({ update_id: 1, callback_query: query })).toMatchObject({
    kind: 'button',
    buttonId: 'q',
    data: 'kill:1',
  });
  const left = { chat: GROUP, new_chat_member: { status: 'kicked' } };
  expect(readUpdate({ update_id: 1, my_chat_member: left })).toMatchObject({ kind: 'membership', isMember: false });
  const moved = { message_id: 3, date: 0, chat: GROUP, migrate_to_chat_id: -1003 };
  expect(readUpdate({ update_id: 1, message: moved })).toMatchObject({ kind: 'moved', to: -1003 });
});

it.each([
  ['a picture without words', { update_id: 1, message: { ...post, text: undefined } }],
  ['another kind', { update_id: 1, poll: {} }],
  ['no number', { message: post }],
  ['a chat of no known kind', { update_id: 1, message: { ...post, chat: { id: 1, type: 'secret' } } }],
  ['an id that is no number', { update_id: 1, message: { ...post, chat: { id: '1', type: 'private' } } }],
  ['a time beyond all', { update_id: 1, message: { ...post, date: 1e15 } }],
  ['a list', []],
  ['nothing', undefined],
])('%s is nothing', (_name, update) => {
  expect(readUpdate(update)).toBeUndefined();
});

it('never throws, and gives only what a database takes', () => {
  const value = fc.oneof(fc.anything(), fc.record({ id: fc.integer(), type: fc.constantFrom('group', 'channel') }));
  const message = fc.record(
    {
      message_id: fc.integer(),
      date: fc.nat(),
      chat: value,
      from: value,
      text: fc.string({ unit: 'binary' }),
      reply_to_message: value,
      forward_origin: value,
      sender_chat: value,
    },
    { requiredKeys: ['message_id', 'date', 'chat', 'text'] },
  );
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.record({ update_id: fc.nat(), message })), (update) => {
      const heard = readUpdate(update);
      if (heard?.kind !== 'message') return;
      expect(heard.text).not.toMatch(/\0|\p{Surrogate}/u);
      expect(Number.isSafeInteger(heard.chat.id)).toBe(true);
    }),
  );
});
