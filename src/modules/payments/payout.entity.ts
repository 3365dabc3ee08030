/**
 * A wish to be paid the balance out, and what an administrator did about it.
 * Keeps: one open wish per user; its money is set aside from the moment it is made.
 */
import { Check, Entity, ForeignKey, Index } from 'typeorm';
import { IdColumn, MoneyColumn, oneOf, RefColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';

export const PAYOUT_STATUSES = ['REQUESTED', 'PAID', 'REJECTED'] as const;
export type PayoutStatus = (typeof PAYOUT_STATUSES)[number];

@Entity('payouts')
@Check('ck_payouts_status', oneOf('status', PAYOUT_STATUSES))
@Check('ck_payouts_amount', 'amount > 0 AND fee >= 0 AND fee < amount')
@Check('ck_payouts_decided', "(status = 'REQUESTED') = (decided_at IS NULL)")
@Index(['userId', 'id'])
@Index('uq_payouts_open', ['userId'], { unique: true, where: "status = 'REQUESTED'" })
@Index('uq_payouts_tx_hash', ['txHash'], { unique: true, where: 'tx_hash IS NOT NULL' })
export class Payout {
  @IdColumn()
  id: number;

  @ForeignKey('users')
  @RefColumn()
  userId: number;

  @TextColumn()
  walletAddress: string;

  /** Millionths of a USDT taken from the balance; the address gets `amount - fee`. */
  @MoneyColumn()
  amount: string;

  @MoneyColumn()
  fee: string;

  @TextColumn({ default: 'REQUESTED' })
  status: PayoutStatus;

  /** The transaction that paid it. */
  @TextColumn({ nullable: true })
  txHash: string | null;

  @TextColumn({ default: '' })
  note: string;

  @ForeignKey('users', { onDelete: 'SET NULL' })
  @RefColumn({ nullable: true })
  decidedById: number | null;

  @TimeColumn({ nullable: true })
  decidedAt: Date | null;

  @TimeColumn()
  createdAt: Date;
}
