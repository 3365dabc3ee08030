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

/** What an invoice still waits for. */
export function missingOf(net: Micro, held: Micro): Micro {
  return notBelowZero(net - held);
}

/** Cents tell open invoices of the same price apart; finer parts when the cents are taken. */
const CENT = 10_000n;
const FINE = 100n;
const CENT_CHOICES = 99;
const FINE_CHOICES = 9_999;

/** Candidates with whole cents before those with finer parts, which some wallets cannot send. */
const CENT_TRIES = 40;

/**
 * What is added to a price so that no two open invoices ask for the same amount: below 1 USDT, and credited to the
 * customer's balance once paid. `random`: whole numbers from 0 on, one candidate each.
 */
export function amountMarks(random: readonly number[]): Micro[] {
  return random.map((number, place) =>
    place < CENT_TRIES ? CENT * BigInt(1 + (number % CENT_CHOICES)) : FINE * BigInt(1 + (number % FINE_CHOICES)),
  );
}
