/**
 * What follows when invoices end unpaid, whoever ended them: their money is free again, their coupons may be used, and
 * whoever listens is told.
 * Keeps: called once for each end, with the invoices as they were, after they were changed, in the same transaction.
 */
import { Injectable } from '@nestjs/common';
import { releaseEntry } from '../../domain/payment/money-entry.js';
import { Clock } from '../../platform/clock/clock.js';
import { CouponsRepository } from './coupons.repository.js';
import { heldFor } from './invoice.js';
import { MoneyRepository } from './money.repository.js';
import { PaymentEvents } from './payment-events.service.js';
import { type PaymentRow, UNCLAIMED } from './payments.repository.js';

/** What an invoice that ends unpaid keeps of what was set aside, and of what its owner named. */
export const CLOSED = { ...UNCLAIMED, received: '0', credit_used: '0' } as const;

@Injectable()
export class Closing {
  constructor(
    private readonly money: MoneyRepository,
    private readonly coupons: CouponsRepository,
    private readonly events: PaymentEvents,
    private readonly clock: Clock,
  ) {}

  async after(closed: readonly PaymentRow[]): Promise<void> {
    // Coupons are locked before balances, as where invoices are made.
    await this.coupons.giveBack(closed.filter(({ coupon_id }) => coupon_id !== null).map(({ id }) => id));
    const stamp = this.clock.now().getTime();
    await this.money.book(
      closed
        .filter((payment) => heldFor(payment) > 0n)
        .map((payment) => ({
          userId: payment.user_id,
          paymentId: payment.id,
          reference: `payment:${payment.id}:${stamp}`,
          entry: releaseEntry(heldFor(payment)),
        })),
    );
    await this.events.tell(
      'payment.expired',
      closed.map(({ id }) => id),
    );
  }
}
