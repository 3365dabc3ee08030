/**
 * Says whose a verified transfer is: by its exact amount, else by who named its hash and what speaks for them.
 * Keeps: where two invoices have an equal right to it nobody gets it without a person; it moves nothing itself.
 */
import { Injectable } from '@nestjs/common';
import { effectOf, lateSince, type TransferEffect } from '../../domain/payment/settlement.js';
import { judgeClaim } from '../../domain/payment/transfer-claim.js';
import { Clock } from '../../platform/clock/clock.js';
import type { ChainTransfer } from '../../ports/payment-chain.js';
import { ClaimsRepository } from './claims.repository.js';
import { openInvoice } from './invoice.js';
import { type PaymentRow, PaymentsRepository } from './payments.repository.js';

type Effect = Exclude<TransferEffect, { readonly effect: 'too_early' }>;

type Decision =
  | { readonly kind: 'credit'; readonly payment: PaymentRow; readonly effect: Effect }
  | { readonly kind: 'hold'; readonly payment: PaymentRow; readonly until: Date }
  /** A person decides among these and others. */
  | { readonly kind: 'doubt'; readonly payments: readonly PaymentRow[] }
  | { readonly kind: 'nobody' };

export type Ownership = Decision & {
  /** Whose owners named it wrongly, and what they are told. */
  readonly unclaim: readonly PaymentRow[];
  readonly words: string;
};

const OTHERS = { words: 'this transaction belongs to another payment' };
const TOO_EARLY = { words: 'this transaction is older than the payment' };

@Injectable()
export class TransferOwners {
  constructor(
    private readonly payments: PaymentsRepository,
    private readonly claims: ClaimsRepository,
    private readonly clock: Clock,
  ) {}

  /** In the running transaction, with the transfer locked; locks every invoice that it answers. */
  async of(transfer: ChainTransfer): Promise<Ownership> {
    const claimants = await this.claims.lockClaimants(transfer.txHash);
    const claimed = claimants.find(({ tx_hash }) => tx_hash === transfer.txHash) ?? claimants[0];
    const byAmount = await this.payments.lockByDue(String(transfer.amount), transfer.at);
    const effect = byAmount === undefined ? undefined : effectOf(openInvoice(byAmount), transfer);
    if (byAmount === undefined || effect === undefined || effect.effect === 'too_early') {
      if (claimed === undefined) return { kind: 'nobody', unclaim: [], ...OTHERS };
      return this.#claimed(claimed, claimants, transfer);
    }
    const unclaim = claimants.filter(({ id }) => id !== byAmount.id);
    const rivals = unclaim.filter((payment) => asksFor(payment, transfer));
    if (rivals.length > 0) return { kind: 'doubt', payments: rivals, unclaim: [], ...OTHERS };
    return { kind: 'credit', payment: byAmount, effect, unclaim, ...OTHERS };
  }

  async #claimed(payment: PaymentRow, claimants: readonly PaymentRow[], transfer: ChainTransfer): Promise<Ownership> {
    const effect = effectOf(openInvoice(payment), transfer);
    if (effect.effect === 'too_early') return { kind: 'nobody', unclaim: [payment], ...TOO_EARLY };
    const evidence = {
      claimedAt: payment.claimed_at ?? payment.created_at,
      isContested: claimants.some(({ user_id }) => user_id !== payment.user_id),
      isKnownSender: await this.claims.isKnownSender(payment.user_id, transfer.from),
      couldBeOthers: await this.claims.couldBeOthers(payment.user_id, transfer),
    };
    const judged = judgeClaim(evidence, this.clock.now());
    const nobodys = { unclaim: [], ...OTHERS };
    if (judged.verdict === 'doubt' || effect.effect === 'late')
      return { kind: 'doubt', payments: claimants, ...nobodys };
    if (judged.verdict === 'hold') return { kind: 'hold', payment, until: judged.until, ...nobodys };
    return { kind: 'credit', payment, effect, ...nobodys };
  }
}

/** Whether this invoice, too, may still be paid by exactly this amount. */
function asksFor(payment: PaymentRow, { amount, at }: ChainTransfer): boolean {
  const { effect } = effectOf(openInvoice(payment), { amount, at });
  const isUnpaid = effect !== 'too_early' && effect !== 'surplus';
  return isUnpaid && payment.due === String(amount) && payment.expires_at > lateSince(at);
}
