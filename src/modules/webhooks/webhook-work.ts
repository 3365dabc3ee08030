/**
 * The queues of deliveries, and what their items carry.
 * Keeps: an owner has one attempt at a time, whatever the number of endpoints and however slow they are; what waits for
 * its next attempt holds up nothing else of the owner.
 */
import type { ClaimedWork, NewWork } from '../../platform/work/work-queue.js';

/** One attempt at a delivery: `{ delivery_id, owner_id }`. */
export const WEBHOOK_QUEUE = 'webhooks.deliver';

/** A delivery that failed, until its next attempt is due and gets in line: `{ delivery_id, owner_id, attempts }`. */
export const WEBHOOK_RETRY_QUEUE = 'webhooks.retry';

/** Of those whose turn it is, news come first, then what failed before, then what somebody tries out. */
const RANKS = { news: 100, again: 150, trial: 200 };

export interface DueDelivery {
  readonly id: number;
  readonly ownerId: number;
}

export function deliveryWork({ id, ownerId }: DueDelivery, rank: 'news' | 'trial' = 'news'): NewWork {
  const payload = { delivery_id: id, owner_id: ownerId };
  return { queue: WEBHOOK_QUEUE, key: String(id), payload, serialKey: String(ownerId), priority: RANKS[rank] };
}

/** Asked for by its owner, after it was final. */
export function askedWork(due: DueDelivery, at: Date): NewWork {
  return { ...deliveryWork(due, 'trial'), key: `${due.id}:asked:${at.getTime()}` };
}

/** `attempts` that failed so far. */
export function retryWork({ id, ownerId }: DueDelivery, attempts: number, availableAt: Date): NewWork {
  const payload = { delivery_id: id, owner_id: ownerId, attempts };
  return { queue: WEBHOOK_RETRY_QUEUE, key: `${id}:${attempts}`, payload, availableAt };
}

/** What an item of the retry queue becomes when it is due. */
export function dueAgain({ payload, key }: ClaimedWork): NewWork {
  const work = deliveryWork({ id: Number(payload.delivery_id), ownerId: Number(payload.owner_id) });
  return { ...work, key, priority: RANKS.again };
}

export function deliveryOf({ payload }: ClaimedWork): number {
  return Number(payload.delivery_id);
}
