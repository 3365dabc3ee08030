/** The queues of payments, and what their items carry. */

/** One transaction to be verified: `{ tx_hash }`. */
export const VERIFY_QUEUE = 'payments.verify';

/** One look at what arrived in the wallet. */
export const WATCH_QUEUE = 'payments.watch';

/** One round over invoices and plans whose time is over, and reminders. */
export const ENDINGS_QUEUE = 'payments.endings';
