/**
 * What the chain and administrators do alike with an invoice: reckon its price, book what came for it, sell its plan, let
 * go of a transaction that was named.
 * Keeps: all in the running transaction, with the invoice's row locked; it changes only as the table of transitions says.
 */
import { Injectable } from '@nestjs/common';
import { type Micro, notBelowZero, usdtOf } from '../../domain/payment/micro-usdt.js';
import { purchaseEntry, transferEntry } from '../../domain/payment/money-entry.js';
import { nextStatus, type PaymentEvent, type PaymentStatus } from '../../domain/payment/payment-status.js';
import { type Rest, worthOf } from '../../domain/subscription/plan-history.js';
import { Clock } from '../../platform/clock/clock.js';
import { CouponsRepository } from './coupons.repository.js';
import { Grants } from './grants.service.js';
import { heldFor } from './invoice.js';
import { MoneyRepository } from './money.repository.js';
import { PaymentEvents } from './payment-events.service.js';
import { receiptMail, refusedMail } from './payment-mails.js';
import { type Mover, PaymentRecord } from './payment-record.service.js';
import { paymentError } from './payments.errors.js';
import { type PaymentRow, PaymentsRepository, UNCLAIMED } from './payments.repository.js';
import { ReferralBonuses } from './referral-bonuses.service.js';

/** What an invoice costs when it is reckoned: what its purchase ends is taken off. */
export interface Price {
  readonly rests: readonly Rest[];
  readonly net: Micro;
}

export interface InvoiceMoveParts {
  readonly payments: PaymentsRepository;
  readonly money: MoneyRepository;
  readonly coupons: CouponsRepository;
  readonly grants: Grants;
  readonly bonuses: ReferralBonuses;
  readonly events: PaymentEvents;
  readonly record: PaymentRecord;
  readonly clock: Clock;
}

@Injectable()
export class InvoiceMoves {
  constructor(private readonly parts: InvoiceMoveParts) {}

  /** With the buyer locked from here on. */
  async price(payment: PaymentRow, at: Date): Promise<Price> {
    const { user_id: userId, tier } = payment;
    await this.parts.payments.lockBuyer(userId);
    const rests = await this.parts.grants.restsOfOthers(userId, tier, at);
    return { rests, net: BigInt(payment.list_price) - BigInt(payment.discount) - worthOf(rests) };
  }

  /** Books what came for an invoice; answers the invoice with it. */
  async receive(
    payment: PaymentRow,
    amount: Micro,
    cause: 'TRANSFER' | 'BY_HAND',
    reference: string,
  ): Promise<PaymentRow> {
    const { id, user_id: userId } = payment;
    await this.parts.money.book([{ userId, paymentId: id, reference, entry: transferEntry(amount, cause) }]);
    const received = String(BigInt(payment.received) + amount);
    if (payment.status !== 'PAID' && payment.status !== 'REFUNDED') await this.parts.payments.change(id, { received });
    return { ...payment, received };
  }

  /** Of an invoice whose price holds `waived` less. Throws 422 where its coupon has no use left. */
  async sell(payment: PaymentRow, mover: Mover, price: Price, waived: Micro): Promise<void> {
    const { id, user_id: userId, tier, days } = payment;
    const { rests } = price;
    await this.holdCoupon(payment);
    const status = requiredNext(payment.status, mover === 'chain' ? 'full' : 'approve');
    const net = price.net - waived;
    const period = await this.parts.grants.buy({ userId, tier, days, net, rests });
    const entry = purchaseEntry(heldFor(payment), net);
    await this.parts.money.book([{ userId, paymentId: id, reference: `payment:${id}`, entry }]);
    await this.parts.payments.change(id, {
      discount: String(BigInt(payment.discount) + waived),
      prorata: String(worthOf(rests)),
      net: String(net),
      status,
      period_id: period.id,
      paid_at: this.parts.clock.now(),
      note: '',
    });
    await this.parts.events.tell('payment.paid', [id]);
    const brought = { revenue: net, received: BigInt(payment.received) };
    await this.parts.bonuses.follow({ userId, paymentId: id, act: 'sold', ...brought });
    const sold = { tier, until: period.endsAt, paid_usdt: usdtOf(net) };
    const after = waived > 0n ? { ...sold, waived_usdt: usdtOf(waived) } : sold;
    await this.parts.record.note('payment.paid', payment, mover, after);
    await this.parts.record.mail(payment, (name) =>
      receiptMail(name, payment.public_id, tier, usdtOf(notBelowZero(net)), period.endsAt),
    );
  }

  /** Lets the hash go, so that whom it belongs to can name it. */
  async unclaim(payment: PaymentRow, words: string): Promise<void> {
    const status = nextStatus(payment.status, 'unclaim') ?? payment.status;
    await this.parts.payments.change(payment.id, { status, ...UNCLAIMED, note: words });
    await this.parts.record.mail(payment, (name) => refusedMail(name, payment.public_id, words));
  }

  /** An invoice that ended has given its use back: it needs one again. Throws 422 where none is left. */
  async holdCoupon({ id, user_id: userId, coupon_id: couponId }: PaymentRow): Promise<void> {
    const isHeld = couponId === null || (await this.parts.coupons.hold(couponId, userId, id));
    if (!isHeld) throw paymentError('COUPON_USED_UP');
  }
}

/** Throws 409 where the table of transitions knows no such step. */
export function requiredNext(status: PaymentStatus, event: PaymentEvent): PaymentStatus {
  const next = nextStatus(status, event);
  if (next === undefined) throw paymentError('PAYMENT_STATE', { state: status });
  return next;
}
