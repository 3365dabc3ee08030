/**
 * Large refunds and payouts need two administrators: one agrees, another carries out.
 * Keeps: above PAYMENTS_SECOND_APPROVAL_ABOVE nobody moves money alone, nor agrees to what is his own; an agreement is to one
 * act and its target, and is used once. 0 switches it off.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { type Micro, microOf, usdtOf } from '../../domain/payment/micro-usdt.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Database } from '../../platform/database/database.js';
import type { AgreedAct } from './money-agreement.entity.js';
import { MoneyAgreementsRepository } from './money-agreements.repository.js';
import { paymentError } from './payments.errors.js';
import { PaymentsRepository } from './payments.repository.js';
import { PayoutsRepository } from './payouts.repository.js';

@Injectable()
export class SecondPerson {
  constructor(
    private readonly agreements: MoneyAgreementsRepository,
    private readonly payments: PaymentsRepository,
    private readonly payouts: PayoutsRepository,
    private readonly database: Database,
    private readonly audit: AuditTrail,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Agrees to the refund of a payment. Throws 403 for one's own, 404. */
  async agreeToRefund(publicId: string, to: 'balance' | 'wallet', adminId: number): Promise<void> {
    const payment = await this.payments.findAny(publicId);
    if (payment === undefined) throw paymentError('PAYMENT_NOT_FOUND');
    await this.#agree(refundTo(to), payment.id, { adminId, ownerId: payment.user_id, subject: `payment:${publicId}` });
  }

  /** Agrees to a payout that was asked for. Throws 403 for one's own, 404, 409 for one that is decided. */
  async agreeToPayout(id: number, adminId: number): Promise<void> {
    const payout = await this.payouts.find(id);
    if (payout === undefined) throw paymentError('PAYOUT_NOT_FOUND');
    if (payout.status !== 'REQUESTED') throw paymentError('PAYOUT_DECIDED');
    await this.#agree('PAYOUT', id, { adminId, ownerId: payout.user_id, subject: `payout:${id}` });
  }

  /**
   * In the transaction of the act: who has agreed to it, as audit rows tell it; nothing where nobody need. Throws 409 where
   * somebody else must agree first.
   */
  async require(act: AgreedAct, subjectId: number, amount: Micro, adminId: number): Promise<{ agreed_by?: number }> {
    const above = microOf(this.config.payments.PAYMENTS_SECOND_APPROVAL_ABOVE);
    if (above === 0n || amount <= above) return {};
    const agreed_by = await this.agreements.use(act, subjectId, adminId);
    if (agreed_by === undefined) throw paymentError('SECOND_PERSON_NEEDED', { above_usdt: usdtOf(above) });
    return { agreed_by };
  }

  async #agree(
    act: AgreedAct,
    subjectId: number,
    { adminId, ownerId, subject }: { readonly adminId: number; readonly ownerId: number; readonly subject: string },
  ): Promise<void> {
    if (adminId === ownerId) throw paymentError('OWN_MONEY');
    await this.database.transaction(async () => {
      await this.agreements.add(act, subjectId, adminId);
      const after = { act };
      await this.audit.record({ actorKind: 'user', actorId: adminId, action: 'money.agree', subject, after });
    });
  }
}

export const refundTo = (to: 'balance' | 'wallet'): AgreedAct =>
  to === 'wallet' ? 'REFUND_TO_WALLET' : 'REFUND_TO_BALANCE';
