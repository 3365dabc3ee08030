/**
 * An invoice: a plan that somebody wants to buy, the amount that tells it apart, and how far its payment has come.
 * Keeps: no two open invoices wait for the same amount; a transaction is named by one invoice only; the status moves as
 * `domain/payment/payment-status` says. Amounts are whole millionths of a USDT.
 */
import { Check, Entity, ForeignKey, Index } from 'typeorm';
import { OPEN_STATUSES, PAYMENT_STATUSES, type PaymentStatus } from '../../domain/payment/payment-status.js';
import type { Tier } from '../../domain/subscription/plans.js';
import {
  IdColumn,
  IntegerColumn,
  MoneyColumn,
  oneOf,
  RefColumn,
  TextColumn,
  TimeColumn,
} from '../../platform/database/columns.js';

const IS_OPEN = oneOf('status', OPEN_STATUSES);

@Entity('payments')
@Check('ck_payments_status', oneOf('status', PAYMENT_STATUSES))
@Check('ck_payments_tier', oneOf('tier', ['VIP', 'PREMIUM']))
@Check(
  'ck_payments_whole',
  'amount = trunc(amount) AND due = trunc(due) AND net = trunc(net) AND received = trunc(received)',
)
@Check(
  'ck_payments_amounts',
  'list_price >= 0 AND discount BETWEEN 0 AND list_price AND prorata >= 0 AND credit_used >= 0 AND received >= 0',
)
@Check('ck_payments_net', 'net = list_price - discount - prorata')
@Check('ck_payments_hash', "tx_hash ~ '^[0-9a-f]{64}$'")
@Check('ck_payments_paid', "(paid_at IS NOT NULL) = (status IN ('PAID', 'REFUNDED') AND period_id IS NOT NULL)")
@Index(['publicId'], { unique: true })
@Index(['userId', 'id'])
@Index('uq_payments_open_due', ['due'], { unique: true, where: `${IS_OPEN} AND due > 0` })
@Index('uq_payments_tx_hash', ['txHash'], { unique: true, where: 'tx_hash IS NOT NULL' })
@Index('ix_payments_open_end', ['expiresAt'], { where: IS_OPEN })
@Index('ix_payments_waiting', ['id'], { where: oneOf('status', [...OPEN_STATUSES, 'REVIEW']) })
@Check(
  'ck_payments_claim',
  '(claimed_hash IS NULL) = (claimed_at IS NULL) AND (tx_hash IS NULL OR (claimed_hash IS NOT NULL AND claimed_hash = tx_hash))',
)
@Index(['due', 'expiresAt'])
@Index(['amount', 'expiresAt'])
@Index('ix_payments_claimed_hash', ['claimedHash'], { where: 'claimed_hash IS NOT NULL' })
export class Payment {
  @IdColumn()
  id: number;

  /** As people see it: `VZK-` and 12 hexadecimal capitals. */
  @TextColumn()
  publicId: string;

  @ForeignKey('users')
  @RefColumn()
  userId: number;

  @TextColumn()
  tier: Tier;

  @IntegerColumn()
  planVersion: number;

  @IntegerColumn()
  days: number;

  @MoneyColumn()
  listPrice: string;

  /** Of a coupon, or what an administrator waived. */
  @MoneyColumn({ default: '0' })
  discount: string;

  /** What the unused rest of another plan is worth, taken off the price. */
  @MoneyColumn({ default: '0' })
  prorata: string;

  /** What the plan costs after both; below zero where the old plan's rest is worth more. */
  @MoneyColumn()
  net: string;

  /** Balance that was set aside for it. */
  @MoneyColumn({ default: '0' })
  creditUsed: string;

  /** What the invoice asked for at first, with the mark that tells it apart. */
  @MoneyColumn()
  amount: string;

  /** What it waits for now. */
  @MoneyColumn()
  due: string;

  /** What verified transfers, or an administrator's word, have brought. */
  @MoneyColumn({ default: '0' })
  received: string;

  @ForeignKey('coupons')
  @RefColumn({ nullable: true })
  couponId: number | null;

  @TextColumn({ default: 'PENDING' })
  status: PaymentStatus;

  /** The wallet that it asked to pay to. */
  @TextColumn()
  wallet: string;

  /** The transaction that its owner named, before anybody else did. */
  @TextColumn({ nullable: true })
  txHash: string | null;

  /** The transaction that its owner named, although another invoice may have named it before. */
  @TextColumn({ nullable: true })
  claimedHash: string | null;

  @TimeColumn({ nullable: true })
  claimedAt: Date | null;

  /** The last thing to be told about it, for its owner. */
  @TextColumn({ default: '' })
  note: string;

  /** The period that it bought. */
  @ForeignKey('subscription_periods')
  @RefColumn({ nullable: true })
  periodId: number | null;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  expiresAt: Date;

  @TimeColumn({ nullable: true })
  paidAt: Date | null;

  @TimeColumn()
  updatedAt: Date;
}
