/**
 * Reads the ledger of accounts: its lines, its sums, and whether accounts and positions still are its sums.
 * Keeps: read only; every read of one person's ledger names the account; lists are keyset pages.
 */
import { Injectable } from '@nestjs/common';
import type { LedgerCause, LedgerKind } from '../../domain/ledger/ledger.js';
import { Database } from '../../platform/database/database.js';

export interface LedgerRow {
  id: number;
  position_id: number | null;
  symbol: string | null;
  cause: LedgerCause;
  cash: string;
  margin: string;
  fees: string;
  funding: string;
  realised: string;
  deposits: string;
  liquidation: string;
  funding_at: Date | null;
  created_at: Date;
}

export interface LedgerFilter {
  readonly kind: LedgerKind | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly positionId: number | null;
  readonly beforeId: number;
  readonly limit: number;
}

/** An account or position whose own figures are not the sums of its ledger. */
export interface Discrepancy {
  readonly subject: string;
  readonly figure: string;
  readonly stored: string;
  readonly ledger: string;
}

const LIST = `
  SELECT l.id, l.position_id, p.symbol, l.cause, l.cash, l.margin, l.fees, l.funding, l.realised, l.deposits, l.liquidation,
         l.funding_at, l.created_at
  FROM ledger_transactions l LEFT JOIN positions p ON p.id = l.position_id
  WHERE l.account_id = $1 AND l.id < $2
    AND ($3::timestamptz IS NULL OR l.created_at >= $3) AND ($4::timestamptz IS NULL OR l.created_at < $4)
    AND ($5::bigint IS NULL OR l.position_id = $5)
    AND CASE $6::text WHEN 'MARGIN_RESERVE' THEN l.margin > 0 WHEN 'MARGIN_RELEASE' THEN l.margin < 0
          WHEN 'FEE' THEN l.fees <> 0 WHEN 'REALISED_PNL' THEN l.realised <> 0 ELSE $6 IS NULL OR l.cause = $6 END
  ORDER BY l.id DESC LIMIT $7`;

/** Accounts and positions whose stored figures differ from the ledger. One statement, so one moment. */
const DISCREPANCIES = `
  WITH account AS (
    SELECT a.id, a.balance, a.margin_used, coalesce(sum(l.cash + l.margin), 0) AS ledger_balance,
           coalesce(sum(l.margin), 0) AS ledger_margin
    FROM accounts a LEFT JOIN ledger_transactions l ON l.account_id = a.id GROUP BY a.id
  ), position AS (
    SELECT p.id, p.margin, p.fees, p.funding, p.realised_pnl, coalesce(sum(l.margin), 0) AS ledger_margin,
           coalesce(sum(l.fees), 0) AS ledger_fees, -coalesce(sum(l.funding), 0) AS ledger_funding,
           coalesce(sum(l.cash + l.margin), 0) AS ledger_pnl
    FROM positions p LEFT JOIN ledger_transactions l ON l.position_id = p.id GROUP BY p.id
  ), compared AS (
    SELECT 'account:' || id AS subject, figure, stored, ledger
    FROM account CROSS JOIN LATERAL (VALUES ('balance', balance, ledger_balance), ('margin_used', margin_used, ledger_margin))
      AS pair (figure, stored, ledger)
    UNION ALL
    SELECT 'position:' || id, figure, stored, ledger
    FROM position CROSS JOIN LATERAL (VALUES ('margin', margin, ledger_margin), ('fees', fees, ledger_fees),
      ('funding', funding, ledger_funding), ('realised_pnl', realised_pnl, ledger_pnl)) AS pair (figure, stored, ledger)
  )
  SELECT subject, figure, trim_scale(stored)::text AS stored, trim_scale(ledger)::text AS ledger
  FROM compared WHERE stored <> ledger ORDER BY subject, figure LIMIT $1`;

@Injectable()
export class LedgerRepository {
  constructor(private readonly database: Database) {}

  /** The ledger of one account, newest first. */
  list(accountId: number, filter: LedgerFilter): Promise<LedgerRow[]> {
    const { kind, from, to, positionId, beforeId, limit } = filter;
    const params = [accountId, beforeId, from, to, positionId, kind, limit];
    return this.database.query<LedgerRow>(LIST, params, { name: 'ledger_list' });
  }

  /** What does not agree, at most `limit` of it. Reads the whole ledger: for tests and for the operator. */
  discrepancies(limit = 20): Promise<Discrepancy[]> {
    return this.database.query<Discrepancy>(DISCREPANCIES, [limit]);
  }
}
