/**
 * Credits what was left of bought plans that a plan given by hand ended.
 * Keeps: each rest is credited once, in the transaction that ends it, and comes off the revenue of the payment that bought
 * it.
 */
import { Injectable } from '@nestjs/common';
import { creditNoteEntry } from '../../domain/payment/money-entry.js';
import { type Rest, worthOf } from '../../domain/subscription/plan-history.js';
import { type Booking, MoneyRepository } from './money.repository.js';
import { ReferralBonuses } from './referral-bonuses.service.js';
import { SubscriptionPeriodsRepository } from './subscription-periods.repository.js';

@Injectable()
export class CreditNotes {
  constructor(
    private readonly periods: SubscriptionPeriodsRepository,
    private readonly money: MoneyRepository,
    private readonly bonuses: ReferralBonuses,
  ) {}

  /** In the running transaction, with the user's row locked. */
  async book(userId: number, rests: readonly Rest[]): Promise<void> {
    if (rests.length === 0) return;
    const worth = new Map(rests.map((rest) => [rest.periodId, rest.worth]));
    const bought = await this.periods.paymentsOf(userId, [...worth.keys()]);
    const bookings = bought.map(({ id, period_id }): Booking => {
      const entry = creditNoteEntry(worth.get(period_id) ?? 0n);
      return { userId, paymentId: id, reference: `payment:${id}`, entry };
    });
    await this.money.book(bookings);
    const paymentId = bought.at(-1)?.id;
    if (paymentId === undefined) return;
    const lost = { revenue: -worthOf(rests), received: 0n };
    await this.bonuses.follow({ userId, paymentId, act: 'credited', ...lost });
  }
}
