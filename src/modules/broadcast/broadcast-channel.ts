/** The channel that carries broadcasts, and where each group is on it. */
import type { NotificationChannel } from '../../ports/notification-channel.js';

/** Injection token of the `BroadcastChannel`. */
export const BROADCAST_CHANNEL = Symbol('BROADCAST_CHANNEL');

export interface BroadcastChannel {
  readonly client: NotificationChannel;
  /** Group name (`VIP`, `TRIAL`, `ADMIN`) to target (a chat id). */
  readonly targets: ReadonlyMap<string, string>;
}
