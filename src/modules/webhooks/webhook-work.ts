/** The queue of deliveries, and what its items carry. */
import type { ClaimedWork, NewWork } from '../../platform/work/work-queue.js';

/** One delivery: `{ delivery_id }`. */
export const WEBHOOK_QUEUE = 'webhooks.deliver';

export function deliveryWork(deliveryId: number): NewWork {
  return { queue: WEBHOOK_QUEUE, key: String(deliveryId), payload: { delivery_id: deliveryId } };
}

export function deliveryOf({ payload }: ClaimedWork): number {
  return Number(payload.delivery_id);
}
