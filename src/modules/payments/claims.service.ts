/**
 * A customer names the transaction that paid: the hash is kept for this invoice alone and looked at by a worker.
 * Keeps: nothing is asked of a chain while the caller waits; a hash that was credited is never taken again.
 */
import { Injectable } from '@nestjs/common';
import { nextStatus } from '../../domain/payment/payment-status.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Database } from '../../platform/database/database.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { VERIFY_QUEUE } from './payment-work.js';
import { paymentError } from './payments.errors.js';
import { type PaymentRow, PaymentsRepository } from './payments.repository.js';
import { ReferralsRepository } from './referrals.repository.js';
import { TransfersRepository } from './transfers.repository.js';

@Injectable()
export class Claims {
  constructor(
    private readonly payments: PaymentsRepository,
    private readonly transfers: TransfersRepository,
    private readonly referrals: ReferralsRepository,
    private readonly work: WorkQueue,
    private readonly audit: AuditTrail,
    private readonly database: Database,
  ) {}

  /** `txHash`: 64 lower-case hexadecimal digits. Throws 400 for a verified invoice, 404, 409 for somebody else's hash, 422 for no payment. */
  async claim(userId: number, publicId: string, txHash: string, referralCode: string | undefined): Promise<PaymentRow> {
    if (referralCode !== undefined) await this.referrals.attribute(userId, referralCode);
    return this.database.transaction(async () => {
      const found = await this.payments.find(userId, publicId);
      const payment = found === undefined ? undefined : await this.payments.lock(found.id);
      if (payment === undefined) throw paymentError('PAYMENT_NOT_FOUND');
      const status = nextStatus(payment.status, 'claim');
      if (status === undefined) throw paymentError('ALREADY_VERIFIED');
      if (payment.tx_hash === txHash) return payment;
      await this.payments.change(payment.id, { status, tx_hash: txHash, note: 'The transaction is being verified' });
      await this.transfers.note([txHash]);
      const seen = await this.transfers.find(txHash);
      if (seen?.status === 'CREDITED' || seen?.status === 'BY_HAND') throw paymentError('HASH_CLAIMED');
      if (seen?.status === 'REFUSED') throw paymentError('TRANSACTION_REFUSED', {}, seen.note);
      const key = `${txHash}:${payment.id}`;
      await this.work.enqueue([{ queue: VERIFY_QUEUE, key, payload: { tx_hash: txHash } }]);
      await this.audit.record({
        actorKind: 'user',
        actorId: userId,
        action: 'payment.claim',
        subject: `payment:${publicId}`,
        before: { status: payment.status },
        after: { status, transaction: txHash },
      });
      return { ...payment, status, tx_hash: txHash };
    });
  }
}
