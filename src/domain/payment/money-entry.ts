/**
 * The double entries of customers' money: what each account of the books receives in one transaction.
 * Keeps: every entry sums to zero; `credit` and `held` are what the house owes a customer, `received` and `paid_out` are
 * the house's wallet on the chain.
 */
import type { Micro } from './micro-usdt.js';

/**
 * - `received`: what came in on the chain, negative. `paidOut`: what went out again, positive.
 * - `credit`: the customer's free balance. `held`: the customer's money set aside for an invoice or a payout.
 * - `revenue`: plans sold. `bonuses`: what referral bonuses cost, negative. `fees`: kept from payouts.
 */
export const MONEY_ACCOUNTS = ['received', 'credit', 'held', 'revenue', 'bonuses', 'paidOut', 'fees'] as const;
export type MoneyAccount = (typeof MONEY_ACCOUNTS)[number];

export const MONEY_CAUSES = [
  'TRANSFER',
  'BY_HAND',
  'RESERVE',
  'PURCHASE',
  'RELEASE',
  'REFUND',
  'CREDIT_NOTE',
  'BONUS',
  'BONUS_BACK',
  'PAYOUT_REQUEST',
  'PAYOUT',
  'PAYOUT_REJECTED',
  'MOVED_OUT',
  'MOVED_IN',
] as const;
export type MoneyCause = (typeof MONEY_CAUSES)[number];

export interface MoneyEntry {
  readonly cause: MoneyCause;
  readonly amounts: Readonly<Partial<Record<MoneyAccount, Micro>>>;
}

/** A verified transfer, or what an administrator saw arrive: set aside for the invoice. */
export function transferEntry(amount: Micro, cause: 'TRANSFER' | 'BY_HAND' = 'TRANSFER'): MoneyEntry {
  return { cause, amounts: { received: -amount, held: amount } };
}

/** Free balance set aside for an invoice. */
export function reserveEntry(amount: Micro): MoneyEntry {
  return { cause: 'RESERVE', amounts: { credit: -amount, held: amount } };
}

/** What was set aside is free again. */
export function releaseEntry(held: Micro): MoneyEntry {
  return { cause: 'RELEASE', amounts: { held: -held, credit: held } };
}

/**
 * The plan is bought: `net` (below zero where the unused rest of the old plan is worth more than the new one) comes out
 * of what was set aside; the surplus becomes free balance.
 */
export function purchaseEntry(held: Micro, net: Micro): MoneyEntry {
  return { cause: 'PURCHASE', amounts: { held: -held, revenue: net, credit: held - net } };
}

/** A sale taken back: onto the balance, or out of the wallet. */
export function refundEntry(revenue: Micro, held: Micro, to: 'balance' | 'wallet'): MoneyEntry {
  const back = revenue + held;
  const target = to === 'balance' ? { credit: back } : { paidOut: back };
  return { cause: 'REFUND', amounts: { revenue: -revenue, held: -held, ...target } };
}

/** The unused rest of a plan that ended early for no purchase. */
export function creditNoteEntry(worth: Micro): MoneyEntry {
  return { cause: 'CREDIT_NOTE', amounts: { revenue: -worth, credit: worth } };
}

export function bonusEntry(amount: Micro): MoneyEntry {
  return { cause: 'BONUS', amounts: { bonuses: -amount, credit: amount } };
}

/** What of bonuses is taken back. */
export function bonusBackEntry(amount: Micro): MoneyEntry {
  return { cause: 'BONUS_BACK', amounts: { bonuses: amount, credit: -amount } };
}

export function payoutRequestEntry(amount: Micro): MoneyEntry {
  return { cause: 'PAYOUT_REQUEST', amounts: { credit: -amount, held: amount } };
}

export function payoutEntry(amount: Micro, fee: Micro): MoneyEntry {
  return { cause: 'PAYOUT', amounts: { held: -amount, paidOut: amount - fee, fees: fee } };
}

export function payoutRejectedEntry(amount: Micro): MoneyEntry {
  return { cause: 'PAYOUT_REJECTED', amounts: { held: -amount, credit: amount } };
}

/** A transfer that was credited to the wrong customer did not come in from this one … */
export function movedOutEntry(amount: Micro): MoneyEntry {
  return { cause: 'MOVED_OUT', amounts: { received: amount, credit: -amount } };
}

/** … but from that one. */
export function movedInEntry(amount: Micro): MoneyEntry {
  return { cause: 'MOVED_IN', amounts: { received: -amount, credit: amount } };
}

/** The sum over all accounts; zero for every entry. */
export function sumOf({ amounts }: MoneyEntry): Micro {
  return MONEY_ACCOUNTS.reduce((sum, account) => sum + (amounts[account] ?? 0n), 0n);
}
