/** Updates of Telegram as its Bot API tells them. */

export interface From {
  readonly id: number;
  readonly is_bot?: boolean;
}

let lastMessage = 100;

interface PostOptions {
  readonly messageId?: number;
  readonly from?: From;
  readonly replyTo?: number;
  readonly edited?: number;
  readonly more?: object;
  /** How long ago, in seconds. */
  readonly age?: number;
}

const seconds = (): number => Math.floor(Date.now() / 1_000);

/** What is said in a chat: a channel's post, or a group's or private message by `from`. */
export function said(chatId: number, text: string, options: PostOptions = {}) {
  lastMessage += 1;
  const { messageId = lastMessage, from, replyTo, edited, more = {}, age = 0 } = options;
  const isPrivate = chatId > 0;
  const type = isPrivate ? 'private' : from === undefined ? 'channel' : 'supergroup';
  const chat = isPrivate ? { id: chatId, type, first_name: 'Ada' } : { id: chatId, type, title: `Chat ${chatId}` };
  const message = {
    message_id: messageId,
    date: seconds() - age,
    chat,
    text,
    ...(from === undefined ? { sender_chat: chat } : { from: { is_bot: false, first_name: 'Somebody', ...from } }),
    ...(replyTo === undefined ? {} : { reply_to_message: { message_id: replyTo, chat, date: 0 } }),
    ...(edited === undefined ? {} : { edit_date: seconds() + edited }),
    ...more,
  };
  const kind = `${edited === undefined ? '' : 'edited_'}${type === 'channel' ? 'channel_post' : 'message'}`;
  return { update: { [kind]: message }, messageId };
}

export function pressed(chatId: number, from: From, data: string) {
  lastMessage += 1;
  const chat = { id: chatId, type: chatId > 0 ? 'private' : 'supergroup' };
  const message = { message_id: lastMessage, date: 0, chat };
  return {
    callback_query: {
      id: `button-${lastMessage}`,
      from: { is_bot: false, first_name: 'Somebody', ...from },
      message,
      data,
    },
  };
}
