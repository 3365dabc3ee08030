/**
 * A customer lets an open invoice go: what was set aside is free again, and room is made for another one.
 * Keeps: only an invoice that waits for money can be let go; a transfer that still comes for it is looked at by a person.
 */
import { Injectable } from '@nestjs/common';
import { nextStatus } from '../../domain/payment/payment-status.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Database } from '../../platform/database/database.js';
import { CLOSED, Closing } from './closing.service.js';
import { paymentError } from './payments.errors.js';
import { type PaymentRow, PaymentsRepository } from './payments.repository.js';

@Injectable()
export class Cancellations {
  constructor(
    private readonly payments: PaymentsRepository,
    private readonly closing: Closing,
    private readonly audit: AuditTrail,
    private readonly database: Database,
  ) {}

  /** Throws 404, 409 for an invoice that waits for no money. */
  cancel(userId: number, publicId: string): Promise<PaymentRow> {
    return this.database.transaction(async () => {
      const found = await this.payments.find(userId, publicId);
      const payment = found === undefined ? undefined : await this.payments.lock(found.id);
      if (payment === undefined) throw paymentError('PAYMENT_NOT_FOUND');
      const status = nextStatus(payment.status, 'cancel');
      if (status === undefined) throw paymentError('PAYMENT_STATE', { state: payment.status });
      const change = { ...CLOSED, status, note: 'You cancelled this payment' };
      await this.payments.change(payment.id, change);
      await this.closing.after([payment]);
      await this.audit.record({
        actorKind: 'user',
        actorId: userId,
        action: 'payment.cancel',
        subject: `payment:${publicId}`,
        before: { status: payment.status, transaction: payment.claimed_hash },
        after: { status },
      });
      return { ...payment, ...change };
    });
  }
}
