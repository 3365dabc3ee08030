/**
 * Stores what the chain showed, and how far the watcher has come.
 * Keeps: one row per hash; the cursor moves only forward, in the transaction that stores what was listed.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import type { ChainCursor, ChainTransfer } from '../../ports/payment-chain.js';
import type { TransferStatus } from './chain-transfer.entity.js';

export interface TransferRow {
  id: number;
  tx_hash: string;
  status: TransferStatus;
  amount: string | null;
  payment_id: number | null;
  note: string;
  created_at: Date;
}

/** When it was noted first, or again after it had been given up. */
export type NotedTransfer = Pick<TransferRow, 'tx_hash' | 'created_at'>;

export interface UnmatchedRow extends TransferRow {
  from_address: string;
  block_at: Date;
  /** The payments whose owners name it, the first first. */
  claimed_by: string[];
}

const COLUMNS = 'id, tx_hash, status, amount, payment_id, note, created_at';

/** The note of a hash that no source knew; should one come to know it, it is looked at again. */
export const NOT_FOUND = 'NOT_FOUND';

@Injectable()
export class TransfersRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Notes hashes; answers those that are to be verified: new ones, those that were not known, those that wait for it. */
  async note(txHashes: readonly string[]): Promise<NotedTransfer[]> {
    if (txHashes.length === 0) return [];
    return this.database.query<NotedTransfer>(
      `WITH noted AS (
         INSERT INTO chain_transfers (tx_hash, created_at, updated_at)
         SELECT DISTINCT hash, $2::timestamptz, $2::timestamptz FROM unnest($1::text[]) AS seen (hash) ORDER BY hash
         ON CONFLICT (tx_hash) DO UPDATE SET status = 'SEEN', note = '', created_at = $2, updated_at = $2
           WHERE chain_transfers.status = 'REFUSED' AND chain_transfers.note = '${NOT_FOUND}'
         RETURNING tx_hash, created_at)
       SELECT tx_hash, created_at FROM noted
       UNION ALL SELECT tx_hash, created_at FROM chain_transfers WHERE tx_hash = ANY ($1) AND status = 'SEEN'`,
      [txHashes, this.clock.now()],
    );
  }

  find(txHash: string): Promise<TransferRow | undefined> {
    return this.database.first<TransferRow>(`SELECT ${COLUMNS} FROM chain_transfers WHERE tx_hash = $1`, [txHash]);
  }

  lock(txHash: string): Promise<TransferRow | undefined> {
    const sql = `SELECT ${COLUMNS} FROM chain_transfers WHERE tx_hash = $1 FOR UPDATE`;
    return this.database.first<TransferRow>(sql, [txHash]);
  }

  /** What verification found, of a locked row; `paymentId` is the invoice it was credited for. */
  async verified(transfer: ChainTransfer, paymentId: number | null): Promise<void> {
    await this.database.execute(
      `UPDATE chain_transfers SET status = $2, amount = $3, from_address = $4, block = $5, block_at = $6, payment_id = $7,
         note = '', updated_at = $8 WHERE tx_hash = $1`,
      [
        transfer.txHash,
        paymentId === null ? 'UNMATCHED' : 'CREDITED',
        String(transfer.amount),
        transfer.from,
        transfer.block,
        transfer.at,
        paymentId,
        this.clock.now(),
      ],
    );
  }

  /** A verified transfer of nobody's is this invoice's. False when it was credited, or never verified. */
  async assign(txHash: string, paymentId: number): Promise<boolean> {
    const sql = `UPDATE chain_transfers SET status = 'CREDITED', payment_id = $2, updated_at = $3
      WHERE tx_hash = $1 AND status = 'UNMATCHED'`;
    return (await this.database.execute(sql, [txHash, paymentId, this.clock.now()])) === 1;
  }

  async refused(txHash: string, note: string): Promise<void> {
    const sql = `UPDATE chain_transfers SET status = 'REFUSED', note = $2, updated_at = $3 WHERE tx_hash = $1 AND status = 'SEEN'`;
    await this.database.execute(sql, [txHash, note.slice(0, 500), this.clock.now()]);
  }

  /** An administrator's word for a hash; false when it was credited before. */
  async byHand(txHash: string, amount: string, paymentId: number): Promise<boolean> {
    const changed = await this.database.execute(
      `INSERT INTO chain_transfers (tx_hash, status, amount, payment_id, created_at, updated_at)
       VALUES ($1, 'BY_HAND', $2, $3, $4, $4)
       ON CONFLICT (tx_hash) DO UPDATE SET status = 'BY_HAND', amount = $2, payment_id = $3, updated_at = $4
         WHERE chain_transfers.status NOT IN ('CREDITED', 'BY_HAND')`,
      [txHash, amount, paymentId, this.clock.now()],
    );
    return changed === 1;
  }

  /** Verified transfers that belong to no invoice, newest first. */
  unmatched(limit: number): Promise<UnmatchedRow[]> {
    return this.database.query<UnmatchedRow>(
      `SELECT ${COLUMNS}, from_address, block_at, ARRAY(SELECT p.public_id FROM payments p
         WHERE p.claimed_hash = chain_transfers.tx_hash ORDER BY p.claimed_at, p.id) AS claimed_by FROM chain_transfers WHERE status = 'UNMATCHED' ORDER BY id DESC LIMIT $1`,
      [limit],
    );
  }

  async cursor(chain: string): Promise<ChainCursor | undefined> {
    return this.database.first<ChainCursor>('SELECT block, at FROM chain_cursors WHERE chain = $1', [chain]);
  }

  async moveCursor(chain: string, { block, at }: ChainCursor): Promise<void> {
    await this.database.execute(
      `INSERT INTO chain_cursors (chain, block, at) VALUES ($1, $2, $3)
       ON CONFLICT (chain) DO UPDATE SET block = $2, at = $3 WHERE chain_cursors.at < $3`,
      [chain, block, at],
    );
  }
}
