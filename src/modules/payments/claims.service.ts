/**
 * A customer names the transaction that paid: the hash is kept for this invoice alone and looked at by a worker.
 * Keeps: nothing is asked of a chain while the caller waits; a hash that was credited is never taken again; that somebody
 * named a hash which another had named before is stored, for its amount may not tell whose it is.
 */
import { Injectable } from '@nestjs/common';
import { nextStatus } from '../../domain/payment/payment-status.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { namedWork } from './payment-work.js';
import { paymentError } from './payments.errors.js';
import { type PaymentRow, PaymentsRepository } from './payments.repository.js';
import { ReferralsRepository } from './referrals.repository.js';
import { TransfersRepository } from './transfers.repository.js';

const CONTESTED =
  'Another payment names this transaction too: where its amount does not tell whose it is, an administrator decides';

export interface ClaimParts {
  readonly payments: PaymentsRepository;
  readonly transfers: TransfersRepository;
  readonly referrals: ReferralsRepository;
  readonly work: WorkQueue;
  readonly audit: AuditTrail;
  readonly database: Database;
  readonly clock: Clock;
}

@Injectable()
export class Claims {
  constructor(private readonly parts: ClaimParts) {}

  /**
   * `txHash`: 64 lower-case hexadecimal digits. Throws 400 for a verified invoice, 404, 409 for a hash that was credited
   * or that somebody else named before, 422 for no payment.
   */
  async claim(userId: number, publicId: string, txHash: string, referralCode: string | undefined): Promise<PaymentRow> {
    const { payments, referrals, work, database, clock } = this.parts;
    const claimed = await database.transaction(async () => {
      const payment = await this.#locked(userId, publicId, txHash);
      const status = nextStatus(payment.status, 'claim');
      if (status === undefined) throw paymentError('ALREADY_VERIFIED');
      if (payment.tx_hash === txHash) return payment;
      await this.#requireOpen(txHash);
      const holder = await payments.findByHash(txHash);
      if (holder?.user_id === userId) throw paymentError('HASH_CLAIMED');
      const isFirst = holder === undefined;
      const claim = { claimed_hash: txHash, claimed_at: clock.now() };
      const change = isFirst
        ? { ...claim, status, tx_hash: txHash, note: 'The transaction is being verified' }
        : { ...claim, status, tx_hash: null, note: CONTESTED };
      await payments.change(payment.id, change);
      await work.enqueue([namedWork(txHash, { paymentId: payment.id, claimedAt: claim.claimed_at })]);
      await this.#record(payment, isFirst ? 'payment.claim' : 'payment.contest', change);
      if (isFirst && referralCode !== undefined) await referrals.attribute(userId, referralCode);
      return isFirst ? { ...payment, ...change } : undefined;
    });
    if (claimed === undefined) throw paymentError('HASH_CLAIMED', {}, CONTESTED);
    return claimed;
  }

  /** Order of locks: transfer, invoice. */
  async #locked(userId: number, publicId: string, txHash: string): Promise<PaymentRow> {
    const { payments, transfers } = this.parts;
    const found = await payments.find(userId, publicId);
    if (found === undefined) throw paymentError('PAYMENT_NOT_FOUND');
    await transfers.note([txHash]);
    await transfers.lock(txHash);
    return (await payments.lock(found.id)) ?? found;
  }

  async #requireOpen(txHash: string): Promise<void> {
    const seen = await this.parts.transfers.find(txHash);
    if (seen?.status === 'CREDITED' || seen?.status === 'BY_HAND') throw paymentError('HASH_CLAIMED');
    if (seen?.status === 'REFUSED') throw paymentError('TRANSACTION_REFUSED', {}, seen.note);
  }

  #record(payment: PaymentRow, action: string, after: Partial<PaymentRow>): Promise<void> {
    return this.parts.audit.record({
      actorKind: 'user',
      actorId: payment.user_id,
      action,
      subject: `payment:${payment.public_id}`,
      before: { status: payment.status },
      after: { status: after.status ?? payment.status, transaction: after.claimed_hash },
    });
  }
}
