/**
 * Reads and resets the paper account of one user.
 * Keeps: every read names the owner; a reset is booked under the account's lock and only while nothing is held or
 * waits, so that it can neither lose a margin nor pass an entry that is being opened.
 */
import { Injectable } from '@nestjs/common';
import { resetOf } from '../../domain/ledger/ledger.js';
import { Decimal } from '../../domain/money/decimal.js';
import { LIVE_POSITION_STATUSES } from '../../domain/position/position-status.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';

export interface PaperAccountRow {
  id: number;
  balance: string;
  margin_used: string;
  open_positions: number;
  created_at: Date;
}

/** Sums since the account was opened or last reset, in USDT. */
export interface PaperTotals {
  /** The time of the opening or of the last reset. */
  since: Date;
  starting_balance: string;
  fees: string;
  /** Received; negative when paid. */
  funding: string;
  /** Of price moves alone. */
  realised: string;
  liquidation: string;
  unrealised: string;
}

const FIND = `SELECT id, balance, margin_used, open_positions, created_at FROM accounts`;

const TOTALS = `
  WITH begun AS (
    SELECT coalesce(max(id), 0) AS id, max(created_at) AS at FROM all_ledger_transactions WHERE account_id = $1 AND cause = 'RESET'
  )
  SELECT coalesce(begun.at, account.created_at) AS since,
         coalesce(sum(CASE WHEN l.id > begun.id THEN -l.deposits ELSE l.cash + l.margin END), 0) AS starting_balance,
         coalesce(sum(l.fees) FILTER (WHERE l.id > begun.id), 0) AS fees,
         -coalesce(sum(l.funding) FILTER (WHERE l.id > begun.id), 0) AS funding,
         -coalesce(sum(l.realised) FILTER (WHERE l.id > begun.id), 0) AS realised,
         -coalesce(sum(l.liquidation) FILTER (WHERE l.id > begun.id), 0) AS liquidation,
         (SELECT coalesce(sum((m.price * p.remaining_qty - p.cost) * CASE p.side WHEN 'LONG' THEN 1 ELSE -1 END), 0)
          FROM positions p JOIN market_prices m ON m.symbol = p.symbol
          WHERE p.user_id = $2 AND p.account_id = $1 AND p.closed_at IS NULL AND p.status <> 'PENDING') AS unrealised
  FROM accounts account CROSS JOIN begun LEFT JOIN all_ledger_transactions l ON l.account_id = account.id
  WHERE account.id = $1 AND account.user_id = $2
  GROUP BY begun.id, begun.at, account.created_at`;

/** The limits' counters begin anew as well: what was lost before does not count against the new balance. */
const RESET = `
  UPDATE accounts SET balance = balance + $2, drawdown = 0, losing_streak = 0, last_loss_at = NULL, day_ends_at = NULL,
    day_trades = 0, day_realised = 0, day_start_balance = balance + $2, updated_at = $3
  WHERE id = $1`;

@Injectable()
export class PaperAccountsRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  find(userId: number): Promise<PaperAccountRow | undefined> {
    return this.database.first<PaperAccountRow>(`${FIND} WHERE user_id = $1 AND exchange = 'paper'`, [userId]);
  }

  totals(userId: number, accountId: number): Promise<PaperTotals | undefined> {
    return this.database.first<PaperTotals>(TOTALS, [accountId, userId]);
  }

  /** Ids of the account's live positions, ascending. */
  async livePositions(userId: number, accountId: number): Promise<number[]> {
    const rows = await this.database.query<{ id: number }>(
      `SELECT id FROM positions WHERE user_id = $1 AND account_id = $2 AND status = ANY ($3::text[]) ORDER BY id`,
      [userId, accountId, LIVE_POSITION_STATUSES],
    );
    return rows.map((row) => row.id);
  }

  /** Sets the balance to `target`, in the running transaction. False, and nothing done, while positions are live. */
  async reset(userId: number, target: Decimal): Promise<boolean> {
    const account = await this.database.first<PaperAccountRow>(
      `${FIND} WHERE user_id = $1 AND exchange = 'paper' FOR UPDATE`,
      [userId],
    );
    if (account === undefined || account.open_positions > 0) return false;
    const { cause, postings } = resetOf(Decimal.of(account.balance), target);
    const now = this.clock.now();
    await this.database.execute(
      `INSERT INTO ledger_transactions (account_id, cause, cash, deposits, created_at) VALUES ($1, $2, $3, $4, $5)`,
      [account.id, cause, postings.cash.toString(), postings.deposits.toString(), now],
    );
    await this.database.execute(RESET, [account.id, postings.cash.toString(), now]);
    return true;
  }
}
