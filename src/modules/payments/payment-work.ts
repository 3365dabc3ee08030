/** The queues of payments, and what their items carry. */

/** One transaction to be verified: `{ tx_hash }`. */
export const VERIFY_QUEUE = 'payments.verify';

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
