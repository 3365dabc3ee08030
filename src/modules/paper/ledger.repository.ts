/**
 * Reads the ledger of accounts.
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

export const LEDGER_LIST = `
  SELECT l.id, l.position_id, p.symbol, l.cause, l.cash, l.margin, l.fees, l.funding, l.realised, l.deposits, l.liquidation,
         l.funding_at, l.created_at
  FROM all_ledger_transactions l LEFT JOIN all_positions p ON p.id = l.position_id
  WHERE l.account_id = $1 AND l.id < $2
    AND ($3::timestamptz IS NULL OR l.created_at >= $3) AND ($4::timestamptz IS NULL OR l.created_at < $4)
    AND ($5::bigint IS NULL OR l.position_id = $5)
    AND CASE $6::text WHEN 'MARGIN_RESERVE' THEN l.margin > 0 WHEN 'MARGIN_RELEASE' THEN l.margin < 0
          WHEN 'FEE' THEN l.fees <> 0 WHEN 'REALISED_PNL' THEN l.realised <> 0 ELSE $6 IS NULL OR l.cause = $6 END
  ORDER BY l.id DESC LIMIT $7`;

@Injectable()
export class LedgerRepository {
  constructor(private readonly database: Database) {}

  /** The ledger of one account, newest first. */
  list(accountId: number, filter: LedgerFilter): Promise<LedgerRow[]> {
    const { kind, from, to, positionId, beforeId, limit } = filter;
    const params = [accountId, beforeId, from, to, positionId, kind, limit];
    return this.database.query<LedgerRow>(LEDGER_LIST, params, { name: 'ledger_list' });
  }
}
