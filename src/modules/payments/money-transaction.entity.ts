/**
 * One transaction of customers' money: what each account of the books receives. Append-only; whole millionths of a USDT.
 * Keeps: the amounts of a row sum to zero; a cause happens once per reference. A trigger adds `credit` to the customer's
 * balance in the same statement, and refuses what would put it below zero.
 */
import { Check, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { MONEY_CAUSES, type MoneyCause } from '../../domain/payment/money-entry.js';
import { IdColumn, MoneyColumn, oneOf, RefColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';

@Entity('money_transactions')
@Check('ck_money_transactions_balanced', 'received + credit + held + revenue + bonuses + paid_out + fees = 0')
@Check('ck_money_transactions_cause', oneOf('cause', MONEY_CAUSES))
@Check(
  'ck_money_transactions_received',
  "CASE cause WHEN 'MOVED_OUT' THEN received > 0 ELSE received <= 0 AND (received = 0 OR cause IN ('TRANSFER', 'BY_HAND', 'MOVED_IN')) END",
)
@Check(
  'ck_money_transactions_bonus_base',
  "CASE cause WHEN 'BONUS' THEN bonus_base >= 0 WHEN 'BONUS_BACK' THEN bonus_base <= 0 ELSE bonus_base = 0 END",
)
@Index(['cause', 'reference'], { unique: true })
@Index(['userId', 'id'])
@Index(['paymentId'])
@Index(['createdAt'])
export class MoneyTransaction {
  @IdColumn()
  id: number;

  @ForeignKey('users')
  @RefColumn()
  userId: number;

  @ForeignKey('payments')
  @RefColumn({ nullable: true })
  paymentId: number | null;

  @ForeignKey('payouts')
  @RefColumn({ nullable: true })
  payoutId: number | null;

  @TextColumn()
  cause: MoneyCause;

  /** What caused it, once per cause: a transaction hash, `payment:17`, `payout:3`. */
  @TextColumn()
  reference: string;

  /** The house's wallet: negative for what came in, positive where it turned out to be another customer's. */
  @MoneyColumn({ default: '0' })
  received: string;

  /** The customer's free balance. */
  @MoneyColumn({ default: '0' })
  credit: string;

  /** The customer's money set aside. */
  @MoneyColumn({ default: '0' })
  held: string;

  @MoneyColumn({ default: '0' })
  revenue: string;

  @MoneyColumn({ default: '0' })
  bonuses: string;

  @MoneyColumn({ default: '0' })
  paidOut: string;

  @MoneyColumn({ default: '0' })
  fees: string;

  /** The customer's money that a referral bonus is reckoned on; below zero where one is taken back. No account. */
  @MoneyColumn({ default: '0' })
  bonusBase: string;

  @TimeColumn()
  createdAt: Date;
}

/** A customer's free balance: the sum of `credit`. Written by the trigger only. */
@Entity('customer_balances')
@Check('ck_customer_balances_credit', 'credit >= 0')
export class CustomerBalance {
  @ForeignKey('users')
  @PrimaryColumn('bigint')
  userId: number;

  @MoneyColumn({ default: '0' })
  credit: string;
}
