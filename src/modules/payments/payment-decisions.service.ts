/**
 * What administrators decide about an invoice: give its plan, close it unpaid, take its sale back.
 * Keeps: decided once, while the transfer that it names and its row are locked, in this order; every decision has its audit
 * row with what was before.
 */
import { Injectable } from '@nestjs/common';
import { least, type Micro, notBelowZero, usdtOf } from '../../domain/payment/micro-usdt.js';
import { refundEntry, reserveEntry } from '../../domain/payment/money-entry.js';
import { missingOf } from '../../domain/payment/settlement.js';
import { NEARLY } from '../../domain/payment/transfer-claim.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { ClaimsRepository } from './claims.repository.js';
import { CLOSED, Closing } from './closing.service.js';
import { CouponsRepository } from './coupons.repository.js';
import { Grants } from './grants.service.js';
import { heldFor } from './invoice.js';
import { InvoiceMoves, requiredNext } from './invoice-moves.service.js';
import { MoneyRepository } from './money.repository.js';
import { PaymentEvents } from './payment-events.service.js';
import { refundedMail, refusedMail } from './payment-mails.js';
import { PaymentRecord } from './payment-record.service.js';
import { paymentError } from './payments.errors.js';
import { type PaymentRow, PaymentsRepository } from './payments.repository.js';
import { ReferralBonuses } from './referral-bonuses.service.js';
import { refundTo, SecondPerson } from './second-person.service.js';
import { NOT_FOUND, TransfersRepository } from './transfers.repository.js';

export interface DecisionParts {
  readonly payments: PaymentsRepository;
  readonly transfers: TransfersRepository;
  readonly claims: ClaimsRepository;
  readonly moves: InvoiceMoves;
  readonly money: MoneyRepository;
  readonly closing: Closing;
  readonly coupons: CouponsRepository;
  readonly grants: Grants;
  readonly bonuses: ReferralBonuses;
  readonly events: PaymentEvents;
  readonly record: PaymentRecord;
  readonly second: SecondPerson;
  readonly database: Database;
  readonly clock: Clock;
}

export interface Approval {
  /** The transaction that paid, 64 lower-case hexadecimal digits. */
  readonly named?: string | undefined;
  readonly waiveRest?: boolean | undefined;
}

@Injectable()
export class PaymentDecisions {
  constructor(private readonly parts: DecisionParts) {}

  /**
   * Gives the plan on the administrator's word. What came before and became balance pays first. The transaction that is
   * named here (else the one that its owner named) pays as far as it goes, if it is verified and nobody's; else what is
   * missing is taken as received. `waiveRest`: also where the plan that it was to replace has run out since, or where that
   * transaction brought much too little. Throws 400 for a verified one, 404, 409, 422.
   */
  async approve(publicId: string, adminId: number, { named, waiveRest = false }: Approval = {}): Promise<PaymentRow> {
    const approve = async (payment: PaymentRow): Promise<void> => {
      const { moves } = this.parts;
      if (payment.status === 'PAID') throw paymentError('ALREADY_VERIFIED');
      requiredNext(payment.status, 'approve');
      const hash = named ?? payment.claimed_hash;
      const taken = hash === null ? undefined : await this.#receiveNamed(payment, hash);
      const price = await moves.price(payment, this.#reckonedAt(payment));
      await moves.holdCoupon(payment);
      const holding = await this.#takeBack(taken ?? payment, price.net);
      const [asked, missing] = [BigInt(payment.net), missingOf(price.net, heldFor(holding))];
      const prices = { asked_usdt: usdtOf(asked), price_usdt: usdtOf(price.net) };
      if (!waiveRest && price.net > asked && missing > 0n) throw paymentError('PRICE_ROSE', prices);
      if (!waiveRest && taken !== undefined && missing > NEARLY)
        throw paymentError('PAYS_LESS', { price_usdt: usdtOf(price.net), missing_usdt: usdtOf(missing) });
      const raised = taken === undefined ? await this.#receiveRest(holding, hash, least(asked, price.net)) : holding;
      await moves.sell(raised, { adminId }, price, notBelowZero(price.net - heldFor(raised)));
    };
    return this.#decide(publicId, adminId, 'payment.approve', approve, named);
  }

  /** Closes an invoice unpaid; what was set aside becomes free balance. Throws 400 for a verified one, 404, 409. */
  async reject(publicId: string, adminId: number, reason: string): Promise<PaymentRow> {
    return this.#decide(publicId, adminId, 'payment.reject', async (payment) => {
      if (payment.status === 'PAID') throw paymentError('ALREADY_VERIFIED');
      const status = requiredNext(payment.status, 'reject');
      await this.parts.payments.change(payment.id, { ...CLOSED, status, note: reason });
      await this.parts.closing.after([payment]);
      await this.parts.record.mail(payment, (name) => refusedMail(name, payment.public_id, reason));
    });
  }

  /**
   * Takes a sale back, to the balance or (paid by hand) to a wallet; what its purchase had ended counts again. Throws 404,
   * 409 for all but the newest of purchases that build on each other, 422 where it takes from a balance that is spent.
   */
  async refund(publicId: string, adminId: number, to: 'balance' | 'wallet', reason: string): Promise<PaymentRow> {
    return this.#decide(publicId, adminId, 'payment.refund', async (payment) => {
      const status = requiredNext(payment.status, 'refund');
      const { id, user_id: userId, period_id: periodId } = payment;
      await this.parts.payments.lockBuyer(userId);
      const undoing =
        periodId === null ? undefined : await this.parts.grants.undoing(userId, periodId, BigInt(payment.net));
      // Whose the transfer is that its owner named is not decided yet.
      if (undoing === undefined && heldFor(payment) === 0n) throw paymentError('NOTHING_RECEIVED');
      const [revenue, held] = undoing === undefined ? [0n, heldFor(payment)] : [undoing.back, 0n];
      // A sale that cost nothing new has nothing to send.
      const entry = refundEntry(revenue, held, revenue + held > 0n ? to : 'balance');
      const agreed = await this.parts.second.require(refundTo(to), id, revenue + held, adminId);
      if (undoing === undefined) await this.parts.coupons.giveBack([id]);
      await this.parts.money.book([{ userId, paymentId: id, reference: `payment:${id}`, entry }]);
      if (undoing !== undefined && periodId !== null) {
        await this.parts.grants.undo(userId, periodId, undoing);
        const lost = { revenue: -undoing.back, received: -(entry.amounts.paidOut ?? 0n) };
        await this.parts.bonuses.follow({ userId, paymentId: id, act: 'refunded', ...lost });
      }
      await this.parts.payments.change(id, { status, note: reason });
      await this.parts.events.tell('payment.refunded', [id]);
      await this.parts.record.mail(payment, (name) => refundedMail(name, payment.public_id, usdtOf(revenue + held)));
      return agreed;
    });
  }

  /** A transfer that is nobody's yet is taken from whoever else named it. Undefined for one that was never verified. */
  async #receiveNamed(payment: PaymentRow, txHash: string): Promise<PaymentRow | undefined> {
    const { payments, transfers, claims, moves, clock } = this.parts;
    const seen = await transfers.find(txHash);
    if (seen?.payment_id === payment.id) return undefined;
    if (seen?.payment_id !== undefined && seen.payment_id !== null) throw paymentError('HASH_CLAIMED');
    if (seen?.status === 'REFUSED' && seen.note !== NOT_FOUND) throw paymentError('TRANSACTION_REFUSED', {}, seen.note);
    for (const other of await claims.lockClaimants(txHash)) {
      if (other.id !== payment.id) await moves.unclaim(other, 'this transaction belongs to another payment');
    }
    await payments.change(payment.id, { tx_hash: txHash, claimed_hash: txHash, claimed_at: clock.now() });
    if (!(await transfers.assign(txHash, payment.id))) return undefined;
    return moves.receive(payment, BigInt(seen?.amount ?? 0), 'TRANSFER', txHash);
  }

  /** Of a price, what came for this invoice and was set free when it ended: it is not received a second time. */
  async #takeBack(payment: PaymentRow, price: Micro): Promise<PaymentRow> {
    const { payments, money, clock } = this.parts;
    const { id, user_id: userId } = payment;
    const freed = (await money.cameFor(id)) - BigInt(payment.received);
    const wanted = least(freed, missingOf(price, heldFor(payment)));
    if (wanted <= 0n) return payment;
    if ((await money.lockBalance(userId)) < wanted) throw paymentError('MONEY_SPENT', { usdt: usdtOf(wanted) });
    const reference = `payment:${id}:${clock.now().getTime()}`;
    await money.book([{ userId, paymentId: id, reference, entry: reserveEntry(wanted) }]);
    const credit_used = String(BigInt(payment.credit_used) + wanted);
    await payments.change(id, { credit_used });
    return { ...payment, credit_used };
  }

  /** What is missing of `price`, on the administrator's word; a transaction that is named for it is used up. */
  async #receiveRest(payment: PaymentRow, txHash: string | null, price: Micro): Promise<PaymentRow> {
    const missing = missingOf(price, heldFor(payment));
    const seen = txHash === null ? undefined : await this.parts.transfers.find(txHash);
    const isNoted = txHash === null || seen?.payment_id === payment.id;
    if (!isNoted && !(await this.parts.transfers.byHand(txHash, String(missing), payment.id)))
      throw paymentError('HASH_CLAIMED');
    return missing === 0n ? payment : this.parts.moves.receive(payment, missing, 'BY_HAND', `payment:${payment.id}`);
  }

  /** An open invoice keeps the pro-rata of its making; one that ended is reckoned anew. */
  #reckonedAt({ status, created_at, expires_at }: PaymentRow): Date {
    const now = this.parts.clock.now();
    return status === 'EXPIRED' || status === 'REVIEW' || now > expires_at ? now : created_at;
  }

  async #decide(
    publicId: string,
    adminId: number,
    action: string,
    act: (payment: PaymentRow) => Promise<object | void>,
    named?: string,
  ): Promise<PaymentRow> {
    const { payments, transfers, record, database } = this.parts;
    return database.transaction(async () => {
      const found = await payments.findAny(publicId);
      const hash = named ?? found?.claimed_hash ?? null;
      if (hash !== null) await transfers.lock(hash);
      const payment = found === undefined ? undefined : await payments.lock(found.id);
      if (payment === undefined) throw paymentError('PAYMENT_NOT_FOUND');
      const more = await act(payment);
      const after = (await payments.lock(payment.id)) ?? payment;
      const { status, note, tx_hash: transaction } = after;
      await record.note(action, payment, { adminId }, { status, note, transaction, ...more });
      return after;
    });
  }
}
