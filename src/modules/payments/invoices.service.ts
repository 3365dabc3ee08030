/**
 * Makes invoices: price, coupon, the rest of the old plan, balance, and an amount of its own.
 * Keeps: what one user buys is made one after the other; without a wallet nothing is sold, and no address is made up.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { least, type Micro, microOf, notBelowZero } from '../../domain/payment/micro-usdt.js';
import { reserveEntry } from '../../domain/payment/money-entry.js';
import { couponProblem, discountOf } from '../../domain/subscription/coupons.js';
import type { Tier } from '../../domain/subscription/plans.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Randomness } from '../../platform/ids/randomness.js';
import { Entitlements } from '../plans/entitlements.service.js';
import { type CouponRow, CouponsRepository, couponTerms, hasUseLeft } from './coupons.repository.js';
import { DueAmounts } from './due-amounts.service.js';
import { Grants } from './grants.service.js';
import { usdtText, MoneyRepository } from './money.repository.js';
import { paymentError } from './payments.errors.js';
import { type PaymentRow, PaymentsRepository } from './payments.repository.js';
import { Settlement } from './settlement.service.js';

/** Invoices of one user that may wait at once. */
const MOST_OPEN = 5;

const HOUR_MS = 3_600_000;

export interface Order {
  readonly tier: Tier;
  readonly coupon: string | undefined;
  /** Whether the free balance is used first. */
  readonly useCredit: boolean;
}

type UsedCoupon = CouponRow & { readonly used: number };

interface Terms {
  readonly coupon: CouponRow | undefined;
  readonly wallet: string;
  /** Free balance that may be used, locked. */
  readonly balance: Micro;
}

type Offered = Omit<Terms, 'coupon'> & { readonly couponId: number | null };

export interface InvoiceParts {
  readonly payments: PaymentsRepository;
  readonly coupons: CouponsRepository;
  readonly money: MoneyRepository;
  readonly grants: Grants;
  readonly amounts: DueAmounts;
  readonly settlement: Settlement;
  readonly entitlements: Entitlements;
  readonly audit: AuditTrail;
  readonly database: Database;
  readonly clock: Clock;
  readonly randomness: Randomness;
}

@Injectable()
export class Invoices {
  constructor(
    private readonly parts: InvoiceParts,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * A new invoice, or the open one of the same plan and coupon that nothing has come for yet and that uses the balance as
   * asked. One that asks for nothing more is paid at once. Throws 404, 409 for too many open ones, 422 for the coupon, 503 without a wallet.
   */
  async create(userId: number, order: Order): Promise<PaymentRow> {
    const wallet = this.config.payments.PAYMENT_WALLET_TRC20;
    if (wallet === undefined) throw paymentError('SELLING_OFF');
    const { payments, database } = this.parts;
    return database.transaction(async () => {
      if (!(await payments.lockBuyer(userId))) throw paymentError('SUBSCRIBER_NOT_FOUND');
      const open = await payments.openOf(userId);
      const coupon = order.coupon === undefined ? undefined : await this.#coupon(order.coupon, userId);
      const balance = order.useCredit ? await this.parts.money.lockBalance(userId) : 0n;
      const same = this.#reusable(open, order, { couponId: coupon?.id ?? null, wallet, balance });
      if (same !== undefined) return same;
      if (coupon !== undefined) this.#requireUse(coupon, order.tier);
      if (open.length >= MOST_OPEN) throw paymentError('TOO_MANY_OPEN');
      const payment = await this.#insert(userId, order, { coupon, wallet, balance });
      await this.#record(payment, coupon);
      if (coupon !== undefined) await this.parts.coupons.use(coupon.id, userId, payment.id);
      const used = BigInt(payment.credit_used);
      if (used > 0n) {
        const reference = `payment:${payment.id}`;
        await this.parts.money.book([{ userId, paymentId: payment.id, reference, entry: reserveEntry(used) }]);
      }
      if (BigInt(payment.due) > 0n) return payment;
      await this.parts.settlement.completeFresh(payment);
      return (await payments.lock(payment.id)) ?? payment;
    });
  }

  async #insert(userId: number, order: Order, { coupon, wallet, balance }: Terms): Promise<PaymentRow> {
    const { payments, grants, amounts, entitlements, clock, randomness } = this.parts;
    const now = clock.now();
    const plan = entitlements.plan(order.tier);
    const price = microOf(plan.priceUsdt);
    const discount = coupon === undefined ? 0n : discountOf(couponTerms(coupon), price);
    const prorata = await grants.worthOfOthers(userId, order.tier, now);
    const net = price - discount - prorata;
    const credit = least(balance, notBelowZero(net));
    const due = await this.#due(net - credit, amounts);
    return payments.insert({
      public_id: `VZK-${randomness.hexCode(12)}`,
      user_id: userId,
      tier: order.tier,
      plan_version: plan.version,
      days: plan.days,
      list_price: String(price),
      discount: String(discount),
      prorata: String(prorata),
      net: String(net),
      credit_used: String(credit),
      amount: String(due),
      due: String(due),
      coupon_id: coupon?.id ?? null,
      wallet,
      created_at: now,
      expires_at: new Date(now.getTime() + this.config.payments.PAYMENT_INVOICE_HOURS * HOUR_MS),
    });
  }

  #record(payment: PaymentRow, coupon: CouponRow | undefined): Promise<void> {
    const { user_id: actorId, public_id, tier, days } = payment;
    const [net_usdt, due_usdt] = [usdtText(payment.net), usdtText(payment.due)];
    const after = { tier, days, net_usdt, due_usdt, coupon_id: coupon?.id ?? null };
    const subject = `payment:${public_id}`;
    return this.parts.audit.record({ actorKind: 'user', actorId, action: 'payment.create', subject, after });
  }

  #due(price: Micro, amounts: DueAmounts): Promise<Micro> {
    return price > 0n ? amounts.free(price) : Promise.resolve(0n);
  }

  /** Locked until the running transaction ends, with how often this user has used it. */
  async #coupon(code: string, userId: number): Promise<UsedCoupon> {
    const coupon = await this.parts.coupons.lock(code, userId);
    if (coupon === undefined) throw paymentError('COUPON_NOT_VALID');
    return coupon;
  }

  /** Of a new invoice: whatever another one holds, this is a further use. */
  #requireUse(coupon: UsedCoupon, tier: Tier): void {
    const problem = couponProblem(couponTerms(coupon), tier, this.parts.clock.now());
    if (problem !== undefined) throw paymentError(problem);
    if (!hasUseLeft(coupon)) throw paymentError('COUPON_USED_UP');
  }

  /** Where balance is free, an invoice that leaves it alone is not what was asked for. */
  #reusable(open: readonly PaymentRow[], { tier, useCredit }: Order, terms: Offered): PaymentRow | undefined {
    const soon = this.parts.clock.now().getTime() + HOUR_MS / 2;
    const { version } = this.parts.entitlements.plan(tier);
    if (terms.balance > 0n) return undefined;
    const same = open.filter(
      (payment) =>
        payment.status === 'PENDING' &&
        payment.tier === tier &&
        payment.plan_version === version &&
        payment.coupon_id === terms.couponId &&
        payment.wallet === terms.wallet &&
        (useCredit || payment.credit_used === '0') &&
        payment.expires_at.getTime() > soon,
    );
    return same.find(({ credit_used }) => credit_used !== '0') ?? same[0];
  }
}
