/**
 * What is told to users by the ways that they chose, as it is queued by whoever causes it and told by workers.
 */
import type { NotificationEvent } from './events.js';

/** Payload: `Told`. */
export const TOLD_QUEUE = 'notification.told';

/** What a mail is about, in a line, for its reader's list of notifications. */
export interface About {
  readonly userId: number;
  readonly event: NotificationEvent;
  readonly title: string;
  readonly body: string;
}

/** The same to many. */
export interface TellMany {
  readonly userIds: readonly number[];
  readonly event: NotificationEvent;
  /** Whoever was told under it is not told again. */
  readonly key: string;
  readonly title: string;
  readonly body: string;
  /** For programs. */
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Told {
  readonly told?: readonly About[];
  readonly many?: TellMany;
}
