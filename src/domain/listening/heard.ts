/**
 * What is heard in the chats of a messenger: the one form to which a listener brings its provider's messages.
 * Keeps: pure data; nothing in it says that anybody may be believed. Ids are the provider's numbers, within 53 bits.
 */

export type ChatKind = 'private' | 'group' | 'channel';

export interface HeardChat {
  readonly id: number;
  readonly kind: ChatKind;
  /** Of a private chat the person's name. */
  readonly title: string;
  /** Without the @; null where it has none. */
  readonly username: string | null;
}

/** Who speaks: a person, another program, or a chat that speaks for itself (a channel, an anonymous administrator). */
export interface HeardSender {
  readonly id: number;
  readonly kind: 'person' | 'bot' | 'chat';
  readonly name: string;
}

/** Where a forwarded message was first said, as far as the provider tells. */
export interface HeardOrigin {
  readonly senderId: number | null;
  readonly chatId: number | null;
}

interface Told {
  /** The provider's number of the update; grows, but may begin anew somewhere else after a silence. */
  readonly updateId: number;
  readonly chat: HeardChat;
}

export interface HeardMessage extends Told {
  readonly kind: 'message';
  readonly messageId: number;
  readonly sentAt: Date;
  /** Of an edit the time of the edit. */
  readonly editedAt: Date | null;
  /** The text, or the caption of a picture. */
  readonly text: string;
  readonly sender: HeardSender | null;
  /** The program by whose help the sender wrote it. */
  readonly viaBotId: number | null;
  /** The message of the same chat that it answers. */
  readonly replyTo: number | null;
  readonly origin: HeardOrigin | null;
  /** A copy that the provider itself puts into the group beside a channel. */
  readonly isAutomaticForward: boolean;
}

export interface HeardButton extends Told {
  readonly kind: 'button';
  readonly messageId: number;
  readonly buttonId: string;
  readonly data: string;
  readonly sender: HeardSender;
}

/** We were let into a chat, or put out of it. */
export interface HeardMembership extends Told {
  readonly kind: 'membership';
  readonly isMember: boolean;
}

/** The chat goes on under another id. */
export interface HeardMove extends Told {
  readonly kind: 'moved';
  readonly to: number;
}

export type Heard = HeardMessage | HeardButton | HeardMembership | HeardMove;
