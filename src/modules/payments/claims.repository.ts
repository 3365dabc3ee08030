/**
 * What speaks for and against a customer who names a transaction. Keeps: reads only what was stored before the claim is
 * judged; every statement goes over an index.
 */
import { Injectable } from '@nestjs/common';
import { NEARLY } from '../../domain/payment/transfer-claim.js';
import { Database } from '../../platform/database/database.js';
import type { ChainTransfer } from '../../ports/payment-chain.js';
import { OPEN_PAYMENTS, type PaymentRow, SELECT_PAYMENTS } from './payments.repository.js';

@Injectable()
export class ClaimsRepository {
  constructor(private readonly database: Database) {}

  /** The invoices whose owners name this transaction, whoever was first; locked. */
  lockClaimants(txHash: string): Promise<PaymentRow[]> {
    return this.database.query<PaymentRow>(`${SELECT_PAYMENTS} WHERE p.claimed_hash = $1 ORDER BY p.id FOR UPDATE`, [
      txHash,
    ]);
  }

  /** Whether this claim stands: its invoice names the transaction since then. */
  async stands(paymentId: number, txHash: string, claimedAt: Date): Promise<boolean> {
    const sql = 'SELECT 1 FROM payments WHERE id = $1 AND claimed_hash = $2 AND claimed_at = $3';
    return (await this.database.first(sql, [paymentId, txHash, claimedAt])) !== undefined;
  }

  /** Whether transfers of an exact amount came from this address for this customer, and none for anybody else. */
  async isKnownSender(userId: number, address: string): Promise<boolean> {
    const row = await this.database.first<{ known: boolean }>(
      `SELECT coalesce(bool_and(p.user_id = $1) AND bool_or(t.amount = p.due), false) AS known
       FROM chain_transfers t JOIN payments p ON p.id = t.payment_id
       WHERE t.status = 'CREDITED' AND t.from_address = $2
         AND NOT EXISTS (SELECT FROM money_transactions m WHERE m.cause = 'MOVED_OUT' AND m.reference = t.tx_hash)`,
      [userId, address],
    );
    return row?.known === true;
  }

  /** Whether somebody else's invoice, unpaid to this day, asked for about this amount when the transfer was made. */
  async couldBeOthers(userId: number, { amount, at }: ChainTransfer): Promise<boolean> {
    const sql = `SELECT 1 FROM payments p WHERE p.user_id <> $1 AND p.due > 0 AND p.due BETWEEN $2 AND $3
      AND (${OPEN_PAYMENTS} OR p.status IN ('EXPIRED', 'REVIEW')) AND p.created_at <= $4 AND p.expires_at >= $4 LIMIT 1`;
    const row = await this.database.first(sql, [userId, String(amount - NEARLY), String(amount + NEARLY), at]);
    return row !== undefined;
  }
}
