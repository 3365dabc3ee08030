/**
 * Stores wishes to be paid out. Keeps: one open per user; decided once, by a statement that says it was open.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { Database, violatedConstraint } from '../../platform/database/database.js';
import { paymentError } from './payments.errors.js';
import type { PayoutStatus } from './payout.entity.js';

/** Amounts are whole millionths of a USDT, as text. */
export interface PayoutRow {
  id: number;
  user_id: number;
  wallet_address: string;
  amount: string;
  fee: string;
  status: PayoutStatus;
  tx_hash: string | null;
  note: string;
  created_at: Date;
  decided_at: Date | null;
}

const COLUMNS = 'id, user_id, wallet_address, amount, fee, status, tx_hash, note, created_at, decided_at';

@Injectable()
export class PayoutsRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Throws 409 while another one of the user is open. */
  async add(userId: number, walletAddress: string, amount: bigint, fee: bigint): Promise<PayoutRow> {
    try {
      const row = await this.database.first<PayoutRow>(
        `INSERT INTO payouts (user_id, wallet_address, amount, fee, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING ${COLUMNS}`,
        [userId, walletAddress, String(amount), String(fee), this.clock.now()],
      );
      if (row === undefined) throw new Error('the payout could not be stored');
      return row;
    } catch (error) {
      if (violatedConstraint(error) === 'uq_payouts_open') throw paymentError('PAYOUT_OPEN');
      throw error;
    }
  }

  find(id: number): Promise<PayoutRow | undefined> {
    return this.database.first<PayoutRow>(`SELECT ${COLUMNS} FROM payouts WHERE id = $1`, [id]);
  }

  async openOf(userId: number): Promise<PayoutRow | undefined> {
    const sql = `SELECT ${COLUMNS} FROM payouts WHERE user_id = $1 AND status = 'REQUESTED'`;
    return this.database.first<PayoutRow>(sql, [userId]);
  }

  list(status: PayoutStatus | null, beforeId: number | undefined, limit: number): Promise<PayoutRow[]> {
    return this.database.query<PayoutRow>(
      `SELECT ${COLUMNS} FROM payouts WHERE ($1::text IS NULL OR status = $1)
         AND id < coalesce($2::bigint, 9223372036854775807) ORDER BY id DESC LIMIT $3`,
      [status, beforeId ?? null, limit],
    );
  }

  /** Undefined when it was decided before, or there is none. Throws 409 for a transaction that paid another one. */
  async decide(
    id: number,
    adminId: number,
    decision: { readonly status: 'PAID' | 'REJECTED'; readonly txHash: string | null; readonly note: string },
  ): Promise<PayoutRow | undefined> {
    try {
      return await this.database.first<PayoutRow>(
        `UPDATE payouts SET status = $2, tx_hash = $3, note = $4, decided_by_id = $5, decided_at = $6
         WHERE id = $1 AND status = 'REQUESTED' RETURNING ${COLUMNS}`,
        [id, decision.status, decision.txHash, decision.note, adminId, this.clock.now()],
      );
    } catch (error) {
      if (violatedConstraint(error) === 'uq_payouts_tx_hash') throw paymentError('HASH_CLAIMED');
      throw error;
    }
  }
}
