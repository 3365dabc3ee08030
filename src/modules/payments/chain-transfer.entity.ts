/**
 * A transaction on the chain that may have brought something: seen by the watcher or named by a customer.
 * Keeps: one row per hash; it is credited at most once, in the transaction that marks it so. Never deleted.
 */
import { Check, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { IdColumn, MoneyColumn, oneOf, RefColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';

/** SEEN waits for its verification; UNMATCHED is verified and belongs to no invoice yet; REFUSED is no payment to us. */
export const TRANSFER_STATUSES = ['SEEN', 'CREDITED', 'UNMATCHED', 'REFUSED', 'BY_HAND'] as const;
export type TransferStatus = (typeof TRANSFER_STATUSES)[number];

@Entity('chain_transfers')
@Check('ck_chain_transfers_status', oneOf('status', TRANSFER_STATUSES))
@Check('ck_chain_transfers_hash', "tx_hash ~ '^[0-9a-f]{64}$'")
@Check('ck_chain_transfers_credited', "(payment_id IS NOT NULL) = (status IN ('CREDITED', 'BY_HAND'))")
@Check('ck_chain_transfers_amount', "(status IN ('SEEN', 'REFUSED')) = (amount IS NULL)")
@Index(['txHash'], { unique: true })
@Index(['paymentId'])
@Index('ix_chain_transfers_sender', ['fromAddress'], { where: "status = 'CREDITED'" })
@Index('ix_chain_transfers_open', ['id'], { where: "status IN ('SEEN', 'UNMATCHED')" })
export class ChainTransferRow {
  @IdColumn()
  id: number;

  @TextColumn()
  txHash: string;

  @TextColumn({ default: 'SEEN' })
  status: TransferStatus;

  /** Millionths of a USDT, once verified. */
  @MoneyColumn({ nullable: true })
  amount: string | null;

  @TextColumn({ default: '' })
  fromAddress: string;

  @RefColumn({ nullable: true })
  block: number | null;

  /** When its block was made. */
  @TimeColumn({ nullable: true })
  blockAt: Date | null;

  @ForeignKey('payments')
  @RefColumn({ nullable: true })
  paymentId: number | null;

  /** Why it was refused, or what it waits for. */
  @TextColumn({ default: '' })
  note: string;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  updatedAt: Date;
}

/** How far the watcher of a chain has come. Moved only forward, together with storing what was listed. */
@Entity('chain_cursors')
export class ChainCursorRow {
  @PrimaryColumn('text')
  chain: string;

  @RefColumn()
  block: number;

  @TimeColumn()
  at: Date;
}
