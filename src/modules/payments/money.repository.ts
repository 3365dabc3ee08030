/**
 * Books customers' money. Keeps: entries are balanced and append-only; the balance moves by trigger in the same
 * statement, and a statement that would put one below zero fails as a whole.
 */
import { Injectable } from '@nestjs/common';
import { type MoneyAccount, type MoneyCause, type MoneyEntry, sumOf } from '../../domain/payment/money-entry.js';
import { type Micro, usdtOf } from '../../domain/payment/micro-usdt.js';
import type { PaymentStatus } from '../../domain/payment/payment-status.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database, violatedConstraint } from '../../platform/database/database.js';
import { paymentError } from './payments.errors.js';

export interface Booking {
  readonly userId: number;
  readonly paymentId?: number;
  readonly payoutId?: number;
  /** Once per cause. */
  readonly reference: string;
  readonly entry: MoneyEntry;
  /** The money that a referral bonus is reckoned on; below zero where one is taken back. */
  readonly bonusBase?: Micro;
}

export interface TransferState {
  readonly isMoved: boolean;
  /** Whether all of it became balance. */
  readonly isFree: boolean;
  readonly amount: Micro;
}

export interface MoneyRow {
  id: number;
  cause: MoneyCause;
  credit: string;
  held: string;
  payment_id: string | null;
  created_at: Date;
}

const BOOK = `
  INSERT INTO money_transactions (user_id, payment_id, payout_id, cause, reference, received, credit, held, revenue,
    bonuses, paid_out, fees, bonus_base, created_at)
  SELECT user_id, payment_id, payout_id, cause, reference, received, credit, held, revenue, bonuses, paid_out, fees,
    bonus_base, $14
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::numeric[], $7::numeric[],
    $8::numeric[], $9::numeric[], $10::numeric[], $11::numeric[], $12::numeric[], $13::numeric[])
    AS item (user_id, payment_id, payout_id, cause, reference, received, credit, held, revenue, bonuses, paid_out, fees,
      bonus_base)
  ORDER BY user_id`;

@Injectable()
export class MoneyRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Books in the running transaction. Throws 422 where a balance does not cover it. */
  async book(bookings: readonly Booking[]): Promise<void> {
    if (bookings.length === 0) return;
    for (const { entry, reference } of bookings) {
      if (sumOf(entry) !== 0n) throw new Error(`the entry ${entry.cause} ${reference} does not balance`);
    }
    const column = (account: MoneyAccount) => bookings.map(({ entry }) => String(entry.amounts[account] ?? 0n));
    try {
      await this.database.execute(BOOK, [
        bookings.map(({ userId }) => userId),
        bookings.map(({ paymentId }) => paymentId ?? null),
        bookings.map(({ payoutId }) => payoutId ?? null),
        bookings.map(({ entry }) => entry.cause),
        bookings.map(({ reference }) => reference),
        column('received'),
        column('credit'),
        column('held'),
        column('revenue'),
        column('bonuses'),
        column('paidOut'),
        column('fees'),
        bookings.map(({ bonusBase }) => String(bonusBase ?? 0n)),
        this.clock.now(),
      ]);
    } catch (error) {
      if (violatedConstraint(error) === 'ck_customer_balances_credit') throw paymentError('BALANCE_TOO_LOW');
      throw error;
    }
  }

  async balance(userId: number): Promise<Micro> {
    const row = await this.database.first<{ credit: string }>(
      'SELECT credit FROM customer_balances WHERE user_id = $1',
      [userId],
    );
    return BigInt(row?.credit ?? '0');
  }

  /** The balance, which nobody else moves until the running transaction ends. */
  async lockBalance(userId: number): Promise<Micro> {
    const row = await this.database.first<{ credit: string }>(
      'SELECT credit FROM customer_balances WHERE user_id = $1 FOR UPDATE',
      [userId],
    );
    return BigInt(row?.credit ?? '0');
  }

  /** All that ever came for a payment, whatever became of it. */
  async cameFor(paymentId: number): Promise<Micro> {
    const sql = 'SELECT coalesce(-sum(received), 0) AS came FROM money_transactions WHERE payment_id = $1';
    return BigInt((await this.database.first<{ came: string }>(sql, [paymentId]))?.came ?? '0');
  }

  /** What became of a transfer that was credited for a payment of this status. */
  async stateOf(paymentId: number, txHash: string, status: PaymentStatus): Promise<TransferState> {
    const row = await this.database.first<{ moved: boolean; surplus: boolean; paid_out: string; amount: string }>(
      `SELECT coalesce(bool_or(cause = 'MOVED_OUT' AND reference = $2), false) AS moved,
         coalesce(bool_or(cause = 'RELEASE' AND reference = $2), false) AS surplus, coalesce(sum(paid_out), 0) AS paid_out,
         coalesce(-sum(received) FILTER (WHERE cause = 'TRANSFER' AND reference = $2), 0) AS amount
       FROM money_transactions WHERE payment_id = $1`,
      [paymentId, txHash],
    );
    if (row === undefined) throw new Error(`payment ${paymentId} has no money`);
    const isBack = status === 'EXPIRED' || (status === 'REFUNDED' && row.paid_out === '0');
    return { isMoved: row.moved, isFree: row.surplus || isBack, amount: BigInt(row.amount) };
  }

  /** What moved a user's balance, newest first. */
  history(userId: number, beforeId: number | undefined, limit: number): Promise<MoneyRow[]> {
    return this.database.query<MoneyRow>(
      `SELECT m.id, m.cause, m.credit, m.held, p.public_id AS payment_id, m.created_at
       FROM money_transactions m LEFT JOIN payments p ON p.id = m.payment_id
       WHERE m.user_id = $1 AND m.id < coalesce($2::bigint, 9223372036854775807) ORDER BY m.id DESC LIMIT $3`,
      [userId, beforeId ?? null, limit],
    );
  }
}

/** An amount column as decimal text of USDT, for audit rows and mails. */
export function usdtText(column: string): string {
  return usdtOf(BigInt(column));
}
