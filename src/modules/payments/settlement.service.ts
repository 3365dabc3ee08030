/**
 * Moves invoices along: a verified transfer, an administrator's word, a refund. All money is booked here.
 * Keeps: a transfer is credited at most once, in the transaction that marks it credited; an invoice changes only while
 * its row is locked and only as the table of transitions says. Order of locks: transfer, invoice, user, balances.
 */
import { Injectable } from '@nestjs/common';
import { least, type Micro, notBelowZero, usdtOf } from '../../domain/payment/micro-usdt.js';
import { purchaseEntry, refundEntry, releaseEntry, transferEntry } from '../../domain/payment/money-entry.js';
import { nextStatus, type PaymentEvent, type PaymentStatus } from '../../domain/payment/payment-status.js';
import { missingOf, type TransferEffect } from '../../domain/payment/settlement.js';
import { type Rest, worthOf } from '../../domain/subscription/plan-history.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { killPoint } from '../../platform/process/kill-point.js';
import type { ChainTransfer } from '../../ports/payment-chain.js';
import { Mailer } from '../mail/mailer.service.js';
import { UsersRepository } from '../users/users.repository.js';
import { ClaimsRepository } from './claims.repository.js';
import { CLOSED, Closing } from './closing.service.js';
import { CouponsRepository } from './coupons.repository.js';
import { Grants } from './grants.service.js';
import { heldFor } from './invoice.js';
import { DueAmounts } from './due-amounts.service.js';
import { MoneyRepository } from './money.repository.js';
import {
  doubtMail,
  heldMail,
  receiptMail,
  refundedMail,
  refusedMail,
  reviewMail,
  underpaidMail,
} from './payment-mails.js';
import { PaymentEvents } from './payment-events.service.js';
import { paymentError } from './payments.errors.js';
import { type PaymentRow, PaymentsRepository, UNCLAIMED } from './payments.repository.js';
import { ReferralBonuses } from './referral-bonuses.service.js';
import { TransferOwners } from './transfer-owners.service.js';
import { NOT_FOUND, TransfersRepository } from './transfers.repository.js';

export interface SettlementParts {
  readonly payments: PaymentsRepository;
  readonly transfers: TransfersRepository;
  readonly claims: ClaimsRepository;
  readonly owners: TransferOwners;
  readonly money: MoneyRepository;
  readonly closing: Closing;
  readonly coupons: CouponsRepository;
  readonly grants: Grants;
  readonly bonuses: ReferralBonuses;
  readonly amounts: DueAmounts;
  readonly events: PaymentEvents;
  readonly users: UsersRepository;
  readonly mailer: Mailer;
  readonly database: Database;
  readonly audit: AuditTrail;
  readonly clock: Clock;
}

/** What an invoice costs when it is reckoned: what its purchase ends is taken off. */
interface Price {
  readonly rests: readonly Rest[];
  readonly net: Micro;
}

export interface Approval {
  /** The transaction that paid, 64 lower-case hexadecimal digits. */
  readonly named?: string | undefined;
  readonly waiveRest?: boolean | undefined;
}

/** Who moved an invoice: the chain, or an administrator. */
export type Mover = { readonly adminId: number } | 'chain';

@Injectable()
export class Settlement {
  constructor(private readonly parts: SettlementParts) {}

  /**
   * Credits a verified transfer to whom it belongs. Again has no effect. `complete` joins the transaction, unless the
   * transfer is held: then answers until when, and is to be called again.
   */
  async credit(
    transfer: ChainTransfer,
    complete: () => Promise<void> = () => Promise.resolve(),
  ): Promise<Date | undefined> {
    return this.parts.database.transaction(async () => {
      const heldUntil = await this.#credit(transfer);
      killPoint('payment:credited');
      if (heldUntil === undefined) await complete();
      return heldUntil;
    });
  }

  /** The transaction that owners of invoices named is no payment to us. */
  async refuse(txHash: string, note: string, words: string, complete: () => Promise<void>): Promise<void> {
    await this.parts.database.transaction(async () => {
      await this.parts.transfers.lock(txHash);
      await this.parts.transfers.refused(txHash, note);
      for (const payment of await this.parts.claims.lockClaimants(txHash)) await this.#unclaim(payment, words);
      await complete();
    });
  }

  /**
   * Gives the plan on the administrator's word. The transaction that is named here (else the one that its owner named)
   * pays it as far as it goes, if it is verified and nobody's; else what is missing is taken as received. `waiveRest`: also
   * where the plan that it was to replace has run out since. Throws 400 for a verified one, 404, 409, 422.
   */
  async approve(publicId: string, adminId: number, { named, waiveRest = false }: Approval = {}): Promise<PaymentRow> {
    const approve = async (payment: PaymentRow): Promise<void> => {
      if (payment.status === 'PAID') throw paymentError('ALREADY_VERIFIED');
      this.#require(payment.status, 'approve');
      const hash = named ?? payment.claimed_hash;
      const taken = hash === null ? undefined : await this.#receiveNamed(payment, hash);
      const price = await this.#price(payment, this.#reckonedAt(payment));
      const [asked, held] = [BigInt(payment.net), heldFor(taken ?? payment)];
      if (!waiveRest && price.net > asked && price.net > held)
        throw paymentError('PRICE_ROSE', { asked_usdt: usdtOf(asked), price_usdt: usdtOf(price.net) });
      const raised = taken ?? (await this.#receiveRest(payment, hash, least(asked, price.net)));
      await this.#sell(raised, { adminId }, price, notBelowZero(price.net - heldFor(raised)));
    };
    return this.#byHand(publicId, adminId, 'payment.approve', approve, named);
  }

  /** Closes an invoice unpaid; what was set aside becomes free balance. Throws 400 for a verified one, 404, 409. */
  async reject(publicId: string, adminId: number, reason: string): Promise<PaymentRow> {
    return this.#byHand(publicId, adminId, 'payment.reject', async (payment) => {
      if (payment.status === 'PAID') throw paymentError('ALREADY_VERIFIED');
      const status = this.#require(payment.status, 'reject');
      await this.parts.payments.change(payment.id, { ...CLOSED, status, note: reason });
      await this.parts.closing.after([payment]);
      await this.#mail(payment, (name) => refusedMail(name, payment.public_id, reason));
    });
  }

  /**
   * Takes a sale back, to the balance or (paid by hand) to a wallet; what its purchase had ended counts again. Throws 404,
   * 409 for all but the newest of purchases that build on each other, 422 where it takes from a balance that is spent.
   */
  async refund(publicId: string, adminId: number, to: 'balance' | 'wallet', reason: string): Promise<PaymentRow> {
    return this.#byHand(publicId, adminId, 'payment.refund', async (payment) => {
      const status = this.#require(payment.status, 'refund');
      const { id, user_id: userId, period_id: periodId } = payment;
      await this.parts.payments.lockBuyer(userId);
      const undoing =
        periodId === null ? undefined : await this.parts.grants.undoing(userId, periodId, BigInt(payment.net));
      // Whose the transfer is that its owner named is not decided yet.
      if (undoing === undefined && heldFor(payment) === 0n) throw paymentError('NOTHING_RECEIVED');
      const [revenue, held] = undoing === undefined ? [0n, heldFor(payment)] : [undoing.back, 0n];
      // A sale that cost nothing new has nothing to send.
      const entry = refundEntry(revenue, held, revenue + held > 0n ? to : 'balance');
      if (undoing === undefined) await this.parts.coupons.giveBack([id]);
      await this.parts.money.book([{ userId, paymentId: id, reference: `payment:${id}`, entry }]);
      if (undoing !== undefined && periodId !== null) {
        await this.parts.grants.undo(userId, periodId, undoing);
        const lost = { revenue: -undoing.back, received: 0n };
        await this.parts.bonuses.follow({ userId, paymentId: id, act: 'refunded', ...lost });
      }
      await this.parts.payments.change(id, { status, note: reason });
      await this.parts.events.tell('payment.refunded', [id]);
      await this.#mail(payment, (name) => refundedMail(name, payment.public_id, usdtOf(revenue + held)));
    });
  }

  /** Pays a fresh invoice that asks for nothing more; in the running transaction, with its row locked. */
  completeFresh(payment: PaymentRow): Promise<void> {
    return this.#complete(payment);
  }

  async #credit(transfer: ChainTransfer): Promise<Date | undefined> {
    const { transfers, owners } = this.parts;
    const seen = await transfers.lock(transfer.txHash);
    if (seen === undefined || (seen.status !== 'SEEN' && seen.status !== 'UNMATCHED')) return undefined;
    const owner = await owners.of(transfer);
    for (const payment of owner.unclaim) await this.#unclaim(payment, owner.words);
    await transfers.verified(transfer, owner.kind === 'credit' ? owner.payment.id : null);
    if (owner.kind === 'credit') await this.#apply(owner.payment, transfer, owner.effect);
    if (owner.kind === 'doubt') await this.#doubt(owner.payments);
    return owner.kind === 'hold' ? this.#hold(owner.payment, owner.until) : undefined;
  }

  /** Its owner reads why it waits; answers until when. */
  async #hold(payment: PaymentRow, until: Date): Promise<Date> {
    const note = `Your transfer has arrived with another amount than was asked for: it is credited at ${until.toISOString()}`;
    if (payment.note === note) return until;
    await this.parts.payments.change(payment.id, { note });
    await this.#mail(payment, (name) => heldMail(name, payment.public_id, until.toISOString()));
    return until;
  }

  /** Nothing is booked: an administrator says which invoice the transfer is for. */
  async #doubt(payments: readonly PaymentRow[]): Promise<void> {
    const note = 'The amount of the transfer does not tell whose it is: an administrator looks at it';
    for (const payment of payments) {
      const status = nextStatus(payment.status, 'doubt');
      if (status === undefined) continue;
      await this.parts.payments.change(payment.id, { status, note });
      if (status === payment.status) continue;
      await this.parts.events.tell('payment.review', [payment.id]);
      await this.#mail(payment, (name) => doubtMail(name, payment.public_id));
    }
  }

  async #apply(payment: PaymentRow, transfer: ChainTransfer, effect: TransferEffect): Promise<void> {
    const raised = await this.#receive(payment, transfer.amount, 'TRANSFER', transfer.txHash);
    if (effect.effect === 'full') return this.#complete(raised);
    if (effect.effect === 'surplus') return this.#surplus(payment, transfer);
    if (effect.effect === 'late') {
      const status = this.#require(payment.status, 'late');
      await this.parts.payments.change(payment.id, { status, note: 'A transfer came after the end of this payment' });
      await this.parts.events.tell('payment.review', [payment.id]);
      return this.#mail(payment, (name) => reviewMail(name, payment.public_id));
    }
    if (effect.effect === 'short') await this.#short(raised, effect.missing);
  }

  /** A transfer that is nobody's yet is taken from whoever else named it. Undefined for one that was never verified. */
  async #receiveNamed(payment: PaymentRow, txHash: string): Promise<PaymentRow | undefined> {
    const { payments, transfers, claims, clock } = this.parts;
    const seen = await transfers.find(txHash);
    if (seen?.payment_id === payment.id) return undefined;
    if (seen?.payment_id !== undefined && seen.payment_id !== null) throw paymentError('HASH_CLAIMED');
    if (seen?.status === 'REFUSED' && seen.note !== NOT_FOUND) throw paymentError('TRANSACTION_REFUSED', {}, seen.note);
    for (const other of await claims.lockClaimants(txHash)) {
      if (other.id !== payment.id) await this.#unclaim(other, 'this transaction belongs to another payment');
    }
    await payments.change(payment.id, { tx_hash: txHash, claimed_hash: txHash, claimed_at: clock.now() });
    if (!(await transfers.assign(txHash, payment.id))) return undefined;
    return this.#receive(payment, BigInt(seen?.amount ?? 0), 'TRANSFER', txHash);
  }

  /** What is missing of `price`, on the administrator's word; a transaction that is named for it is used up. */
  async #receiveRest(payment: PaymentRow, txHash: string | null, price: Micro): Promise<PaymentRow> {
    const missing = missingOf(price, heldFor(payment));
    const seen = txHash === null ? undefined : await this.parts.transfers.find(txHash);
    const isNoted = txHash === null || seen?.payment_id === payment.id;
    if (!isNoted && !(await this.parts.transfers.byHand(txHash, String(missing), payment.id)))
      throw paymentError('HASH_CLAIMED');
    return missing === 0n ? payment : this.#receive(payment, missing, 'BY_HAND', `payment:${payment.id}`);
  }

  /** Books what came for an invoice; answers the invoice with it. */
  async #receive(
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

  async #surplus(payment: PaymentRow, transfer: ChainTransfer): Promise<void> {
    const { id, user_id: userId } = payment;
    const entry = releaseEntry(transfer.amount);
    await this.parts.money.book([{ userId, paymentId: id, reference: transfer.txHash, entry }]);
  }

  /** Waits for the rest, which is asked for with a mark of its own. */
  async #short(payment: PaymentRow, missing: Micro): Promise<void> {
    const status = this.#require(payment.status, 'short');
    const due = await this.parts.amounts.free(missing);
    const note = `Still missing: ${usdtOf(missing)} USDT`;
    await this.parts.payments.change(payment.id, { status, due: String(due), note });
    await this.parts.events.tell('payment.underpaid', [payment.id]);
    await this.#mail(payment, (name) => underpaidMail(name, payment.public_id, usdtOf(missing), usdtOf(due)));
  }

  /** Buys the plan with what is set aside; what the old plan's rest is worth is looked at again: it may be gone. */
  async #complete(payment: PaymentRow): Promise<void> {
    const price = await this.#price(payment, payment.created_at);
    const missing = price.net - heldFor(payment);
    if (missing <= 0n) return this.#sell(payment, 'chain', price, 0n);
    const changed = { prorata: String(worthOf(price.rests)), net: String(price.net) };
    await this.parts.payments.change(payment.id, changed);
    await this.#short({ ...payment, ...changed }, missing);
  }

  /** With the buyer locked from here on. */
  async #price(payment: PaymentRow, at: Date): Promise<Price> {
    const { user_id: userId, tier } = payment;
    await this.parts.payments.lockBuyer(userId);
    const rests = await this.parts.grants.restsOfOthers(userId, tier, at);
    return { rests, net: BigInt(payment.list_price) - BigInt(payment.discount) - worthOf(rests) };
  }

  /** An open invoice keeps the pro-rata of its making; one that ended is reckoned anew. */
  #reckonedAt({ status, created_at, expires_at }: PaymentRow): Date {
    const now = this.parts.clock.now();
    return status === 'EXPIRED' || status === 'REVIEW' || now > expires_at ? now : created_at;
  }

  async #sell(payment: PaymentRow, mover: Mover, price: Price, waived: Micro): Promise<void> {
    const { id, user_id: userId, tier, days } = payment;
    const { rests } = price;
    const isCouponHeld = await this.#holdCoupon(payment);
    if (!isCouponHeld) throw paymentError('COUPON_USED_UP');
    const status = this.#require(payment.status, mover === 'chain' ? 'full' : 'approve');
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
    await this.#audit('payment.paid', payment, mover, waived > 0n ? { ...sold, waived_usdt: usdtOf(waived) } : sold);
    await this.#mail(payment, (name) =>
      receiptMail(name, payment.public_id, tier, usdtOf(notBelowZero(net)), period.endsAt),
    );
  }

  /** An invoice that ended has given its use back: it needs one again. */
  async #holdCoupon({ id, user_id: userId, coupon_id: couponId }: PaymentRow): Promise<boolean> {
    return couponId === null || this.parts.coupons.hold(couponId, userId, id);
  }

  /** Lets the hash go, so that whom it belongs to can name it. */
  async #unclaim(payment: PaymentRow, words: string): Promise<void> {
    const status = this.#require(payment.status, 'unclaim', payment.status);
    await this.parts.payments.change(payment.id, { status, ...UNCLAIMED, note: words });
    await this.#mail(payment, (name) => refusedMail(name, payment.public_id, words));
  }

  async #byHand(
    publicId: string,
    adminId: number,
    action: string,
    act: (payment: PaymentRow) => Promise<void>,
    named?: string,
  ): Promise<PaymentRow> {
    const { payments, transfers, database } = this.parts;
    return database.transaction(async () => {
      const found = await payments.findAny(publicId);
      const hash = named ?? found?.claimed_hash ?? null;
      if (hash !== null) await transfers.lock(hash);
      const payment = found === undefined ? undefined : await payments.lock(found.id);
      if (payment === undefined) throw paymentError('PAYMENT_NOT_FOUND');
      await act(payment);
      const after = (await payments.lock(payment.id)) ?? payment;
      await this.#audit(
        action,
        payment,
        { adminId },
        {
          status: after.status,
          note: after.note,
          transaction: after.tx_hash,
        },
      );
      return after;
    });
  }

  #require(status: PaymentStatus, event: PaymentEvent, fallback?: PaymentStatus): PaymentStatus {
    const next = nextStatus(status, event) ?? fallback;
    if (next === undefined) throw paymentError('PAYMENT_STATE', { state: status });
    return next;
  }

  async #mail(payment: PaymentRow, make: (name: string) => ReturnType<typeof reviewMail>): Promise<void> {
    const user = await this.parts.users.findById(payment.user_id);
    if (user === undefined) return;
    const message = make(user.full_name);
    const { subject: title = 'Your payment' } = message;
    const about = { userId: user.id, event: 'receipt' as const, title, body: `Payment ${payment.public_id}` };
    await this.parts.mailer.post(user.email, message, about);
  }

  #audit(action: string, payment: PaymentRow, mover: Mover, after: Readonly<Record<string, unknown>>): Promise<void> {
    const actor =
      mover === 'chain' ? { actorKind: 'system' as const } : { actorKind: 'user' as const, actorId: mover.adminId };
    return this.parts.audit.record({
      ...actor,
      action,
      subject: `payment:${payment.public_id}`,
      before: { status: payment.status, user_id: payment.user_id },
      after,
    });
  }
}
