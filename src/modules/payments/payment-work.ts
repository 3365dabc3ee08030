/** The queues of payments, and what their items carry. */
import type { ClaimedWork, NewWork } from '../../platform/work/work-queue.js';

/** One transaction to be verified. */
export const VERIFY_QUEUE = 'payments.verify';

/** Who wants a transaction verified: the owner of an invoice who named it, or the watcher who saw it in the wallet. */
export interface Claim {
  readonly paymentId: number;
  readonly claimedAt: Date;
}

export function namedWork(txHash: string, { paymentId, claimedAt }: Claim): NewWork {
  const payload = { tx_hash: txHash, payment_id: paymentId, claimed_at: claimedAt.toISOString() };
  const key = `${txHash}:${paymentId}:${claimedAt.getTime()}`;
  return { queue: VERIFY_QUEUE, key, payload };
}

/** One for each time that a transaction was noted, however often it is listed. */
export function seenWork(txHash: string, notedAt: Date, now: Date): NewWork {
  const key = `${txHash}:seen:${notedAt.getTime()}`;
  return { queue: VERIFY_QUEUE, key, payload: { tx_hash: txHash, seen_at: now.toISOString() } };
}

/** Since when it is looked for. */
export function wantedSince({ payload }: ClaimedWork): Date | undefined {
  const since = payload.claimed_at ?? payload.seen_at;
  return since === undefined ? undefined : new Date(String(since));
}

/** Undefined for what was seen to arrive. */
export function claimOf({ payload }: ClaimedWork): Claim | undefined {
  const { payment_id, claimed_at } = payload;
  if (payment_id === undefined || claimed_at === undefined) return undefined;
  return { paymentId: Number(payment_id), claimedAt: new Date(String(claimed_at)) };
}

/** One look at what arrived in the wallet. */
export const WATCH_QUEUE = 'payments.watch';

/** One round over invoices and plans whose time is over, and reminders. */
export const ENDINGS_QUEUE = 'payments.endings';

/** What happened to one payment, for whoever wants to hear of it: a `PaymentEventMessage`. */
export const PAYMENT_EVENTS_QUEUE = 'payments.event';

export const PAYMENT_EVENT_TYPES = [
  'payment.paid',
  'payment.underpaid',
  'payment.expired',
  'payment.review',
  'payment.refunded',
] as const;
export type PaymentEventType = (typeof PAYMENT_EVENT_TYPES)[number];

export interface PaymentEventMessage {
  readonly id: string;
  readonly type: PaymentEventType;
  readonly user_id: number;
  readonly created_at: string;
  /** As the routes of payments show it, after what happened. */
  readonly payment: Readonly<Record<string, unknown>>;
}
