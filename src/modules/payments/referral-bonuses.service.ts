/**
 * Pays who referred a customer, with the payment itself, and takes it back with a refund.
 * Keeps: a payment brings one bonus at most; a bonus is of money that came in, never of balance or of another bonus.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { bonusBackEntry, bonusEntry } from '../../domain/payment/money-entry.js';
import { type Micro, percentOfMicro } from '../../domain/payment/micro-usdt.js';
import { MoneyRepository } from './money.repository.js';
import type { PaymentRow } from './payments.repository.js';
import { ReferralsRepository } from './referrals.repository.js';

@Injectable()
export class ReferralBonuses {
  constructor(
    private readonly referrals: ReferralsRepository,
    private readonly money: MoneyRepository,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** `base`: what of this payment came in as new money. In the running transaction. */
  async pay(payment: PaymentRow, base: Micro): Promise<void> {
    const { REFERRAL_PERCENT, REFERRAL_PAYMENTS } = this.config.payments;
    const bonus = base > 0n ? percentOfMicro(base, REFERRAL_PERCENT) : 0n;
    if (bonus === 0n) return;
    const referrer = await this.referrals.referrerOf(payment.user_id);
    if (referrer === undefined || referrer === payment.user_id) return;
    if (REFERRAL_PAYMENTS === 'first' && (await this.referrals.hasPaidBefore(payment.user_id, payment.id))) return;
    const reference = `payment:${payment.id}`;
    await this.money.book([{ userId: referrer, paymentId: payment.id, reference, entry: bonusEntry(bonus) }]);
  }

  /** As far as the referrer's balance still covers it. */
  async takeBack(paymentId: number): Promise<void> {
    const paid = await this.referrals.bonusOf(paymentId);
    if (paid === undefined) return;
    const entry = bonusBackEntry(paid.bonus, await this.money.lockBalance(paid.userId));
    if (entry.amounts.credit === 0n) return;
    await this.money.book([{ userId: paid.userId, paymentId, reference: `payment:${paymentId}`, entry }]);
  }
}
