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

const OTHERS = 'this transaction belongs to another payment';
const TOO_EARLY = 'this transaction is older than the payment';

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
    const byAmount = await this.payments.lockByDue(String(transfer.amount), transfer.at);
    const effect = byAmount === undefined ? undefined : effectOf(openInvoice(byAmount), transfer);
    if (byAmount === undefined || effect === undefined || effect.effect === 'too_early') {
      const unclaim = claimants.filter((payment) => isTooEarly(payment, transfer));
      const decision = await this.#byClaim(
        claimants.filter((payment) => !unclaim.includes(payment)),
        transfer,
      );
      return { ...decision, unclaim, words: TOO_EARLY };
    }
    const unclaim = claimants.filter(({ id }) => id !== byAmount.id);
    const rivals = unclaim.filter((payment) => asksFor(payment, transfer));
    if (rivals.length > 0) return { kind: 'doubt', payments: rivals, unclaim: [], words: OTHERS };
    return { kind: 'credit', payment: byAmount, effect, unclaim, words: OTHERS };
  }

  /** Who named it first stands for all of these; the others speak against. */
  async #byClaim(claimants: readonly PaymentRow[], transfer: ChainTransfer): Promise<Decision> {
    const payment = claimants.find(({ tx_hash }) => tx_hash === transfer.txHash) ?? claimants[0];
    const effect = payment === undefined ? undefined : effectOf(openInvoice(payment), transfer);
    if (payment === undefined || effect === undefined || effect.effect === 'too_early') return { kind: 'nobody' };
    const evidence = {
      claimedAt: payment.claimed_at ?? payment.created_at,
      isContested: claimants.some(({ user_id }) => user_id !== payment.user_id),
      isKnownSender: await this.claims.isKnownSender(payment.user_id, transfer.from),
      couldBeOthers: await this.claims.couldBeOthers(payment.user_id, transfer),
    };
    const judged = judgeClaim(evidence, this.clock.now());
    if (judged.verdict === 'doubt' || effect.effect === 'late') return { kind: 'doubt', payments: claimants };
    if (judged.verdict === 'hold') return { kind: 'hold', payment, until: judged.until };
    return { kind: 'credit', payment, effect };
  }
}

function isTooEarly(payment: PaymentRow, transfer: ChainTransfer): boolean {
  return effectOf(openInvoice(payment), transfer).effect === 'too_early';
}

/** Whether this invoice, too, may still be paid by exactly this amount. */
function asksFor(payment: PaymentRow, { amount, at }: ChainTransfer): boolean {
  const { effect } = effectOf(openInvoice(payment), { amount, at });
  const isUnpaid = effect !== 'too_early' && effect !== 'surplus';
  const isAsked = [payment.due, payment.amount].includes(String(amount));
  return isUnpaid && isAsked && payment.expires_at > lateSince(at);
}
