/**
 * What a verified transfer does to an invoice: pays it, pays a part of it, comes too late, or is not for it at all.
 * Keeps: no transfer pays an invoice that did not exist when it was made; after the end of an invoice a person decides.
 */
import { type Micro, notBelowZero } from './micro-usdt.js';
import type { PaymentStatus } from './payment-status.js';

export interface OpenInvoice {
  readonly status: PaymentStatus;
  /** Price less discount less the unused rest of the old plan; may be below zero. */
  readonly net: Micro;
  /** Already set aside for it: balance and earlier transfers. */
  readonly held: Micro;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export type TransferEffect =
  /** Made before the invoice was: somebody else's, or an earlier payment. */
  | { readonly effect: 'too_early' }
  /** The invoice is paid or refunded: the transfer becomes free balance. */
  | { readonly effect: 'surplus' }
  | { readonly effect: 'full' }
  | { readonly effect: 'late' }
  | { readonly effect: 'short'; readonly missing: Micro };

/** Blocks are dated by their makers, to the nearest few seconds. */
const BLOCK_TIME_SLACK_MS = 10_000;

export function effectOf(
  invoice: OpenInvoice,
  transfer: { readonly amount: Micro; readonly at: Date },
): TransferEffect {
  if (transfer.at.getTime() < invoice.createdAt.getTime() - BLOCK_TIME_SLACK_MS) return { effect: 'too_early' };
  if (invoice.status === 'PAID' || invoice.status === 'REFUNDED') return { effect: 'surplus' };
  const isClosed = invoice.status === 'EXPIRED' || invoice.status === 'REVIEW';
  if (isClosed || transfer.at > invoice.expiresAt) return { effect: 'late' };
  const missing = missingOf(invoice.net, invoice.held + transfer.amount);
  return missing === 0n ? { effect: 'full' } : { effect: 'short', missing };
}

/** A transfer of the exact amount of an ended invoice is taken for its own for so long after its end. */
const LATE_MS = 30 * 86_400_000;

/** Invoices that ended later than this may still be meant by a transfer made at `at`. */
export function lateSince(at: Date): Date {
  return new Date(at.getTime() - LATE_MS);
}

/** What an invoice still waits for. */
export function missingOf(net: Micro, held: Micro): Micro {
  return notBelowZero(net - held);
}

/**
 * Cents tell invoices of the same price apart; finer parts, which some wallets cannot send, when the cents are taken.
 * `until`: the place of the first candidate that is finer.
 */
const MARKS = [
  { unit: 10_000n, choices: 99, until: 40 },
  { unit: 100n, choices: 9_999, until: 340 },
  { unit: 1n, choices: 999_999, until: Infinity },
] as const;

/**
 * What is added to a price so that no two invoices that may still be paid ask for the same amount: below 1 USDT, and
 * credited to the customer's balance once paid. `random`: whole numbers from 0 on, one candidate each.
 */
export function amountMarks(random: readonly number[]): Micro[] {
  return random.map((number, place) => {
    const { unit, choices } = MARKS.find(({ until }) => place < until) ?? MARKS[2];
    return unit * BigInt(1 + (number % choices));
  });
}
