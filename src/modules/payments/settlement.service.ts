/**
 * Moves invoices along as the chain says: a verified transfer is credited, a transaction that is no payment is let go.
 * Keeps: a transfer is credited at most once, in the transaction that marks it credited; an invoice changes only while
 * its row is locked and only as the table of transitions says. Order of locks: transfer, invoice, user, balances.
 */
import { Injectable } from '@nestjs/common';
import { type Micro, usdtOf } from '../../domain/payment/micro-usdt.js';
import { releaseEntry } from '../../domain/payment/money-entry.js';
import { nextStatus } from '../../domain/payment/payment-status.js';
import type { TransferEffect } from '../../domain/payment/settlement.js';
import { worthOf } from '../../domain/subscription/plan-history.js';
import { Database } from '../../platform/database/database.js';
import { killPoint } from '../../platform/process/kill-point.js';
import type { ChainTransfer } from '../../ports/payment-chain.js';
import { ClaimsRepository } from './claims.repository.js';
import { DueAmounts } from './due-amounts.service.js';
import { heldFor } from './invoice.js';
import { InvoiceMoves, requiredNext } from './invoice-moves.service.js';
import { MoneyRepository } from './money.repository.js';
import { PaymentEvents } from './payment-events.service.js';
import { doubtMail, heldMail, reviewMail, surplusMail, underpaidMail } from './payment-mails.js';
import { PaymentRecord } from './payment-record.service.js';
import { type PaymentRow, PaymentsRepository } from './payments.repository.js';
import { TransferOwners } from './transfer-owners.service.js';
import { NOT_FOUND, type TransferRow, TransfersRepository } from './transfers.repository.js';

export interface SettlementParts {
  readonly payments: PaymentsRepository;
  readonly transfers: TransfersRepository;
  readonly claims: ClaimsRepository;
  readonly owners: TransferOwners;
  readonly moves: InvoiceMoves;
  readonly money: MoneyRepository;
  readonly amounts: DueAmounts;
  readonly events: PaymentEvents;
  readonly record: PaymentRecord;
  readonly database: Database;
}

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
    const { transfers, claims, moves, database } = this.parts;
    await database.transaction(async () => {
      await transfers.lock(txHash);
      await transfers.refused(txHash, note);
      for (const payment of await claims.lockClaimants(txHash)) await moves.unclaim(payment, words);
      await complete();
    });
  }

  /** Pays a fresh invoice that asks for nothing more; in the running transaction, with its row locked. */
  completeFresh(payment: PaymentRow): Promise<void> {
    return this.#complete(payment);
  }

  async #credit(transfer: ChainTransfer): Promise<Date | undefined> {
    const { transfers, owners, moves } = this.parts;
    const seen = await transfers.lock(transfer.txHash);
    if (seen === undefined || !isOpen(seen)) return undefined;
    const owner = await owners.of(transfer);
    for (const payment of owner.unclaim) await moves.unclaim(payment, owner.words);
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
    await this.parts.record.mail(payment, (name) => heldMail(name, payment.public_id, until.toISOString()));
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
      await this.parts.record.mail(payment, (name) => doubtMail(name, payment.public_id));
    }
  }

  async #apply(payment: PaymentRow, transfer: ChainTransfer, effect: TransferEffect): Promise<void> {
    const raised = await this.parts.moves.receive(payment, transfer.amount, 'TRANSFER', transfer.txHash);
    if (effect.effect === 'full') return this.#complete(raised);
    if (effect.effect === 'surplus') return this.#surplus(payment, transfer);
    if (effect.effect === 'late') {
      const status = requiredNext(payment.status, 'late');
      await this.parts.payments.change(payment.id, { status, note: 'A transfer came after the end of this payment' });
      await this.parts.events.tell('payment.review', [payment.id]);
      return this.parts.record.mail(payment, (name) => reviewMail(name, payment.public_id));
    }
    if (effect.effect === 'short') await this.#short(raised, effect.missing);
  }

  async #surplus(payment: PaymentRow, transfer: ChainTransfer): Promise<void> {
    const { id, user_id: userId } = payment;
    const entry = releaseEntry(transfer.amount);
    await this.parts.money.book([{ userId, paymentId: id, reference: transfer.txHash, entry }]);
    const usdt = usdtOf(transfer.amount);
    await this.parts.record.mail(payment, (name) => surplusMail(name, payment.public_id, usdt));
  }

  /** Waits for the rest, which is asked for with a mark of its own. */
  async #short(payment: PaymentRow, missing: Micro): Promise<void> {
    const status = requiredNext(payment.status, 'short');
    const due = await this.parts.amounts.free(missing);
    const note = `Still missing: ${usdtOf(missing)} USDT`;
    await this.parts.payments.change(payment.id, { status, due: String(due), note });
    await this.parts.events.tell('payment.underpaid', [payment.id]);
    await this.parts.record.mail(payment, (name) =>
      underpaidMail(name, payment.public_id, usdtOf(missing), usdtOf(due)),
    );
  }

  /** Buys the plan with what is set aside; what the old plan's rest is worth is looked at again: it may be gone. */
  async #complete(payment: PaymentRow): Promise<void> {
    const price = await this.parts.moves.price(payment, payment.created_at);
    const missing = price.net - heldFor(payment);
    if (missing <= 0n) return this.parts.moves.sell(payment, 'chain', price, 0n);
    const changed = { prorata: String(worthOf(price.rests)), net: String(price.net) };
    await this.parts.payments.change(payment.id, changed);
    await this.#short({ ...payment, ...changed }, missing);
  }
}

/** Whether it may still be credited: what was given up as unknown is a transfer like others once a source knows it. */
function isOpen({ status, note }: TransferRow): boolean {
  return status === 'SEEN' || status === 'UNMATCHED' || (status === 'REFUSED' && note === NOT_FOUND);
}
