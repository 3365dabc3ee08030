/**
 * How people are told: one channel per way to reach them (Telegram group, mail, phone, log).
 * Keeps: `send` never throws for an outcome that it can name; repeats carry the same key.
 */

export interface OutgoingMessage {
  readonly subject?: string;
  readonly text: string;
  /** HTML form, already escaped; a channel that cannot show it sends `text`. */
  readonly html?: string;
  /** Where one stops mails like this; mail channels say it in the headers of RFC 2369 and RFC 8058. */
  readonly unsubscribeUrl?: string;
  /** Phones: what the app reads, and the kind of notification whose sound and switch the phone's owner chose. */
  readonly data?: Readonly<Record<string, unknown>>;
  readonly category?: string;
}

export type SendResult =
  | { readonly outcome: 'delivered'; readonly providerMessageId?: string }
  /** Try again, not before `at` when the provider named a time. */
  | { readonly outcome: 'retry'; readonly reason: string; readonly at?: Date }
  /** Trying again is useless. */
  | {
      readonly outcome: 'refused';
      readonly reason: string;
      /** The target itself is no more: nothing should be sent to it again. */
      readonly isGone?: boolean;
    };

export interface Addressed {
  readonly target: string;
  readonly message: OutgoingMessage;
  readonly key: string;
}

export interface NotificationChannel {
  readonly code: string;
  /** Sends one message to one target (a chat id, an address). `key` is the same on every attempt. */
  send(target: string, message: OutgoingMessage, key: string): Promise<SendResult>;
  stop?(): Promise<void>;
}

/** A channel to phones: whose targets it knows by sight, and which sends many at once. */
export interface PushChannel extends NotificationChannel {
  accepts(target: string): boolean;
  /** At most 100; one result for each, in their order. */
  sendMany(messages: readonly Addressed[]): Promise<SendResult[]>;
  /** What became of what was delivered to the provider, by its message id; those that are missing are not known yet. */
  receipts?(ids: readonly string[]): Promise<ReadonlyMap<string, SendResult>>;
}

/** The headers of a mail that one may leave with one click (RFC 2369, RFC 8058); none for a mail that one may not. */
export function unsubscribeHeaders({ unsubscribeUrl }: OutgoingMessage): Readonly<Record<string, string>> {
  if (unsubscribeUrl === undefined) return {};
  return { 'List-Unsubscribe': `<${unsubscribeUrl}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' };
}
