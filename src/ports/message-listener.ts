/**
 * How people's chats are listened to, and answered in: one bot on one messenger.
 * Keeps: what was heard is confirmed to the provider only after it was taken; nothing here is ever rejected or thrown for a
 * network, a provider or a token that fails: the state says so, and it is tried again.
 */
import type { Heard } from '../domain/listening/heard.js';
import type { OutgoingMessage, SendResult } from './notification-channel.js';

/** Injection token of the `MessageListener`, or of null where nothing is listened to. */
export const MESSAGE_LISTENER = Symbol('MESSAGE_LISTENER');

export const LISTENER_STATES = ['off', 'starting', 'listening', 'waiting', 'refused'] as const;
/** `waiting`: it failed and will be tried again; `refused`: the provider does not know us, which an operator must mend. */
export type ListenerState = (typeof LISTENER_STATES)[number];

export interface ListenerReport {
  readonly state: ListenerState;
  /** Why it is not listening; empty where it is. */
  readonly reason: string;
  /** Failures since the last success. */
  readonly failures: number;
}

/** Stores what was heard; it is asked for again where this rejects. */
export type Take = (heard: readonly Heard[]) => Promise<void>;

export interface Reply {
  readonly message: OutgoingMessage;
  /** The message that it answers. */
  readonly replyTo?: number;
  /** Words on buttons under it, with what pressing them sends back. */
  readonly buttons?: readonly { readonly text: string; readonly data: string }[];
}

export interface MessageListener {
  readonly code: string;
  /** Our own id on the messenger, by which own messages are known. */
  readonly botId: number;
  /** Begins to ask for messages until `stop`; `tell` hears of every change of state, and at least every half minute. */
  poll(take: Take, tell: (report: ListenerReport) => void): void;
  /** Has messages sent to `url`, with `secret` in their header, and looks after that until `stop`. */
  receive(url: string, secret: string, tell: (report: ListenerReport) => void): void;
  /** Ends asking; what is being taken is waited for. */
  stop(): Promise<void>;
  /** What the body of a call to our address tells; nothing where it is none of the provider's. */
  read(body: unknown): readonly Heard[];
  /** Answers in a chat. Never throws. */
  reply(chatId: number, reply: Reply): Promise<SendResult>;
  /** Ends the waiting of a pressed button. Never throws. */
  acknowledge(buttonId: string): Promise<void>;
  /** Our name, for links; undefined while the provider does not say. */
  name(): Promise<string | undefined>;
}
