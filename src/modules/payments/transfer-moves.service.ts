/**
 * Moves a transfer that was credited to the wrong customer to another one's balance.
 * Keeps: what came in from one came in from the other, once and whole; only money that is free and not spent; both are told,
 * and the audit row has both. Order of locks: transfer, invoice, users by their ids, balances.
 */
import { Injectable } from '@nestjs/common';
import { usdtOf } from '../../domain/payment/micro-usdt.js';
import { movedInEntry, movedOutEntry } from '../../domain/payment/money-entry.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Database } from '../../platform/database/database.js';
import { UsersRepository } from '../users/users.repository.js';
import { MoneyRepository } from './money.repository.js';
import { movedInMail, movedOutMail } from './payment-mails.js';
import { PaymentRecord } from './payment-record.service.js';
import { paymentError } from './payments.errors.js';
import { type PaymentRow, PaymentsRepository } from './payments.repository.js';
import { ReferralBonuses } from './referral-bonuses.service.js';
import { TransfersRepository } from './transfers.repository.js';

export interface TransferMoveParts {
  readonly payments: PaymentsRepository;
  readonly transfers: TransfersRepository;
  readonly money: MoneyRepository;
  readonly bonuses: ReferralBonuses;
  readonly users: UsersRepository;
  readonly record: PaymentRecord;
  readonly audit: AuditTrail;
  readonly database: Database;
}

export interface Move {
  /** 64 lower-case hexadecimal digits. */
  readonly txHash: string;
  readonly toUserId: number;
  readonly reason: string;
}

export interface Moved {
  readonly fromUserId: number;
  readonly usdt: string;
}

@Injectable()
export class TransferMoves {
  constructor(private readonly parts: TransferMoveParts) {}

  /** Throws 404 for an unknown transfer or customer, 409 for one that is not free or was moved before, 422 for money spent. */
  move({ txHash, toUserId, reason }: Move, adminId: number): Promise<Moved> {
    const { payments, money, bonuses, database } = this.parts;
    return database.transaction(async () => {
      const payment = await this.#credited(txHash);
      const fromUserId = payment.user_id;
      if (fromUserId === toUserId) throw paymentError('TRANSFER_THEIRS');
      for (const id of [fromUserId, toUserId].sort((a, b) => a - b)) await payments.lockBuyer(id);
      await this.#requireCustomer(toUserId);
      const { isMoved, isFree, amount } = await money.stateOf(payment.id, txHash, payment.status);
      if (isMoved) throw paymentError('TRANSFER_MOVED');
      if (!isFree) throw paymentError('TRANSFER_IN_USE', { payment_id: payment.public_id });
      const usdt = usdtOf(amount);
      if ((await money.lockBalance(fromUserId)) < amount) throw paymentError('MONEY_SPENT', { usdt });
      await money.book([
        { userId: fromUserId, paymentId: payment.id, reference: txHash, entry: movedOutEntry(amount) },
        { userId: toUserId, reference: txHash, entry: movedInEntry(amount) },
      ]);
      const lost = { revenue: 0n, received: -amount };
      await bonuses.follow({ userId: fromUserId, paymentId: payment.id, act: `moved:${txHash}`, ...lost });
      await this.#tell(payment, { txHash, toUserId, reason }, { usdt, adminId });
      return { fromUserId, usdt };
    });
  }

  /** The invoice for which the transfer was credited; both locked. */
  async #credited(txHash: string): Promise<PaymentRow> {
    const { payments, transfers } = this.parts;
    const seen = await transfers.lock(txHash);
    if (seen === undefined) throw paymentError('TRANSFER_NOT_FOUND');
    const payment = seen.payment_id === null ? undefined : await payments.lock(seen.payment_id);
    if (payment === undefined || seen.status !== 'CREDITED') throw paymentError('TRANSFER_NOBODYS');
    return payment;
  }

  async #requireCustomer(userId: number): Promise<void> {
    const user = await this.parts.users.findById(userId);
    if (user === undefined || user.disabled_at !== null) throw paymentError('SUBSCRIBER_NOT_FOUND');
  }

  async #tell(
    payment: PaymentRow,
    { txHash, toUserId, reason }: Move,
    { usdt, adminId }: { readonly usdt: string; readonly adminId: number },
  ): Promise<void> {
    const { record, audit } = this.parts;
    await audit.record({
      actorKind: 'user',
      actorId: adminId,
      action: 'payment.transfer_move',
      subject: `payment:${payment.public_id}`,
      before: { user_id: payment.user_id },
      after: { user_id: toUserId, transaction: txHash, usdt, reason },
    });
    await record.mail(payment, (name) => movedOutMail(name, payment.public_id, usdt, reason));
    await record.mailTo(toUserId, 'A transfer of yours', (name) => movedInMail(name, usdt));
  }
}
