/**
 * The life of an invoice as one table: status x event. What is not in the table cannot happen.
 * Keeps: PAID ends only by a refund, REFUNDED never; a transfer that finds the invoice closed is looked at by a person.
 */

export const PAYMENT_STATUSES = [
  'PENDING',
  'CONFIRMING',
  'UNDERPAID',
  'PAID',
  'EXPIRED',
  'REVIEW',
  'REFUNDED',
] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

/** Statuses in which an invoice waits for money and holds its amount, which no other open invoice may have. */
export const OPEN_STATUSES = ['PENDING', 'CONFIRMING', 'UNDERPAID'] as const;

/**
 * - `claim`: its owner names a transaction. `unclaim`: that transaction was refused.
 * - `full`, `short`: a verified transfer in time brought enough, or not yet. `late`: a verified transfer after the end.
 * - `doubt`: a transfer may be its own or another's. `expire`: its time is over. `cancel`: its owner's.
 * - `approve`, `reject`, `refund`: an administrator's.
 */
export const PAYMENT_EVENTS = [
  'claim',
  'unclaim',
  'full',
  'short',
  'late',
  'doubt',
  'expire',
  'cancel',
  'approve',
  'reject',
  'refund',
] as const;
export type PaymentEvent = (typeof PAYMENT_EVENTS)[number];

type Row = Readonly<Partial<Record<PaymentEvent, PaymentStatus>>>;

export const PAYMENT_TRANSITIONS: Readonly<Record<PaymentStatus, Row>> = {
  PENDING: {
    claim: 'CONFIRMING',
    unclaim: 'PENDING',
    full: 'PAID',
    short: 'UNDERPAID',
    late: 'REVIEW',
    doubt: 'REVIEW',
    expire: 'EXPIRED',
    cancel: 'EXPIRED',
    approve: 'PAID',
    reject: 'EXPIRED',
  },
  CONFIRMING: {
    claim: 'CONFIRMING',
    unclaim: 'PENDING',
    full: 'PAID',
    short: 'UNDERPAID',
    late: 'REVIEW',
    doubt: 'REVIEW',
    expire: 'EXPIRED',
    cancel: 'EXPIRED',
    approve: 'PAID',
    reject: 'EXPIRED',
  },
  UNDERPAID: {
    claim: 'UNDERPAID',
    unclaim: 'UNDERPAID',
    full: 'PAID',
    short: 'UNDERPAID',
    late: 'REVIEW',
    doubt: 'REVIEW',
    expire: 'EXPIRED',
    cancel: 'EXPIRED',
    approve: 'PAID',
    reject: 'EXPIRED',
  },
  EXPIRED: { claim: 'EXPIRED', unclaim: 'EXPIRED', late: 'REVIEW', doubt: 'REVIEW', approve: 'PAID' },
  REVIEW: {
    claim: 'REVIEW',
    unclaim: 'REVIEW',
    late: 'REVIEW',
    doubt: 'REVIEW',
    approve: 'PAID',
    reject: 'EXPIRED',
    refund: 'REFUNDED',
  },
  PAID: { refund: 'REFUNDED' },
  REFUNDED: {},
};

/** Undefined where the event cannot happen. */
export function nextStatus(status: PaymentStatus, event: PaymentEvent): PaymentStatus | undefined {
  return PAYMENT_TRANSITIONS[status][event];
}

export const CONTRACT_STATUSES = ['PENDING', 'PENDING_VERIFICATION', 'VERIFIED', 'FAILED'] as const;
export type ContractStatus = (typeof CONTRACT_STATUSES)[number];

/** The status in the words of the mobile contract. */
export const CONTRACT_STATUS: Readonly<Record<PaymentStatus, ContractStatus>> = {
  PENDING: 'PENDING',
  CONFIRMING: 'PENDING_VERIFICATION',
  UNDERPAID: 'PENDING',
  PAID: 'VERIFIED',
  EXPIRED: 'FAILED',
  REVIEW: 'PENDING_VERIFICATION',
  REFUNDED: 'FAILED',
};

/** The statuses behind a word of the contract; the word itself where it is one of ours. */
export function statusesBehind(word: string): readonly PaymentStatus[] {
  const contract = PAYMENT_STATUSES.filter((status) => CONTRACT_STATUS[status] === word);
  return contract.length > 0 ? contract : PAYMENT_STATUSES.filter((status) => status === word);
}
