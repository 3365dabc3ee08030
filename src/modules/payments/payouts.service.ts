/**
 * Pays balances out: the whole balance is set aside with the wish, and leaves the books when an administrator has sent it.
 * Keeps: money that is asked for cannot be spent meanwhile; a wish is decided once; each step has its audit row.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { microOf, usdtOf } from '../../domain/payment/micro-usdt.js';
import { payoutEntry, payoutRejectedEntry, payoutRequestEntry } from '../../domain/payment/money-entry.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Database } from '../../platform/database/database.js';
import { invalidField } from '../../platform/errors/app-error.js';
import { PAYMENT_CHAIN, type PaymentChain } from '../../ports/payment-chain.js';
import { MoneyRepository } from './money.repository.js';
import { paymentError } from './payments.errors.js';
import { type PayoutRow, PayoutsRepository } from './payouts.repository.js';
import { SecondPerson } from './second-person.service.js';

export interface PayoutParts {
  readonly payouts: PayoutsRepository;
  readonly money: MoneyRepository;
  readonly second: SecondPerson;
  readonly database: Database;
  readonly audit: AuditTrail;
}

@Injectable()
export class Payouts {
  constructor(
    private readonly parts: PayoutParts,
    @Inject(PAYMENT_CHAIN) private readonly chain: PaymentChain,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  get terms(): { readonly minimum: bigint; readonly fee: bigint } {
    const { REFERRAL_PAYOUT_MINIMUM_USDT, REFERRAL_PAYOUT_FEE_USDT } = this.config.payments;
    return { minimum: microOf(REFERRAL_PAYOUT_MINIMUM_USDT), fee: microOf(REFERRAL_PAYOUT_FEE_USDT) };
  }

  openOf(userId: number): Promise<PayoutRow | undefined> {
    return this.parts.payouts.openOf(userId);
  }

  /** Throws 400 for what is no address, 409 while one is open, 422 below the minimum. */
  async request(userId: number, address: string): Promise<PayoutRow> {
    const isOurs = address === this.config.payments.PAYMENT_WALLET_TRC20;
    if (!this.chain.isAddress(address) || isOurs) throw invalidField('wallet_address', 'must be your TRC-20 address');
    return this.parts.database.transaction(async () => {
      const { minimum, fee } = this.terms;
      const amount = await this.parts.money.lockBalance(userId);
      if ((await this.parts.payouts.openOf(userId)) !== undefined) throw paymentError('PAYOUT_OPEN');
      if (amount < minimum || amount <= fee) throw paymentError('BALANCE_TOO_LOW', { minimum_usdt: usdtOf(minimum) });
      const payout = await this.parts.payouts.add(userId, address, amount, fee);
      await this.#book(payout, payoutRequestEntry(amount));
      await this.#record('payout.request', payout, userId, { wallet: address, amount_usdt: usdtOf(amount) });
      return payout;
    });
  }

  /** It was sent, by this transaction. Throws 404, 409, also where a second administrator has not agreed to so much. */
  pay(id: number, adminId: number, txHash: string): Promise<PayoutRow> {
    return this.#decide(id, adminId, { status: 'PAID', txHash, note: '' });
  }

  /** It is not sent: the money is the customer's balance again. Throws 404, 409. */
  reject(id: number, adminId: number, reason: string): Promise<PayoutRow> {
    return this.#decide(id, adminId, { status: 'REJECTED', txHash: null, note: reason });
  }

  #decide(
    id: number,
    adminId: number,
    decision: { readonly status: 'PAID' | 'REJECTED'; readonly txHash: string | null; readonly note: string },
  ): Promise<PayoutRow> {
    return this.parts.database.transaction(async () => {
      const payout = await this.parts.payouts.decide(id, adminId, decision);
      if (payout === undefined) {
        throw paymentError((await this.parts.payouts.find(id)) === undefined ? 'PAYOUT_NOT_FOUND' : 'PAYOUT_DECIDED');
      }
      const [amount, fee] = [BigInt(payout.amount), BigInt(payout.fee)];
      const agreed = decision.status === 'PAID' ? await this.parts.second.require('PAYOUT', id, amount, adminId) : {};
      await this.#book(payout, decision.status === 'PAID' ? payoutEntry(amount, fee) : payoutRejectedEntry(amount));
      const after = { status: decision.status, transaction: decision.txHash, note: decision.note, ...agreed };
      await this.#record('payout.decide', payout, adminId, after);
      return payout;
    });
  }

  #book(payout: PayoutRow, entry: Parameters<MoneyRepository['book']>[0][number]['entry']): Promise<void> {
    const { id: payoutId, user_id: userId } = payout;
    return this.parts.money.book([{ userId, payoutId, reference: `payout:${payoutId}`, entry }]);
  }

  #record(action: string, payout: PayoutRow, actorId: number, after: Readonly<Record<string, unknown>>): Promise<void> {
    const subject = `payout:${payout.id}`;
    return this.parts.audit.record({
      actorKind: 'user',
      actorId,
      action,
      subject,
      before: { user_id: payout.user_id },
      after,
    });
  }
}
