/**
 * Reads what stands for the cross positions of accounts, and what they hold: one statement, one moment.
 * Keeps: read only, by account; finds cross positions by an index that holds no others. What decides is asked again under lock.
 */
import { Injectable } from '@nestjs/common';
import type { Side } from '../../domain/instrument/side.js';
import type { CrossPosition } from '../../domain/position/account-liquidation.js';
import { Decimal } from '../../domain/money/decimal.js';
import { Database } from '../../platform/database/database.js';

/** An account with live cross positions. */
export interface CrossFacts {
  readonly accountId: number;
  /** USDT that it has not in use. */
  readonly cash: Decimal;
  readonly positions: readonly (CrossPosition & { readonly id: number })[];
  readonly newestPosition: number;
  /** The last price stored of each symbol; the entry price where there is none. */
  readonly storedMarks: ReadonlyMap<string, Decimal>;
}

interface Row {
  id: number;
  account_id: number;
  cash: string;
  symbol: string;
  side: Side;
  cost: string;
  remaining_qty: string;
  margin: string;
  mark: string;
}

const LIVE = `status IN ('PENDING', 'OPEN', 'PARTIAL')`;

const FACTS = `
  SELECT p.id, p.account_id, a.balance - a.margin_used AS cash, p.symbol, p.side, p.cost, p.remaining_qty, p.margin,
         coalesce(m.price, p.entry_price) AS mark
  FROM positions p JOIN accounts a ON a.id = p.account_id LEFT JOIN market_prices m ON m.symbol = p.symbol
  WHERE p.account_id = ANY ($1::bigint[]) AND p.is_cross AND p.${LIVE} ORDER BY p.account_id, p.id`;

@Injectable()
export class CrossAccountsRepository {
  constructor(private readonly database: Database) {}

  /** Of those accounts that have any. */
  async of(accountIds: readonly number[]): Promise<CrossFacts[]> {
    const rows = await this.database.query<Row>(FACTS, [accountIds], { name: 'cross_accounts' });
    const accounts = new Map<number, Row[]>();
    for (const row of rows) {
      const own = accounts.get(row.account_id);
      if (own === undefined) accounts.set(row.account_id, [row]);
      else own.push(row);
    }
    return [...accounts].map(([accountId, own]) => ({
      accountId,
      cash: Decimal.of((own[0] as Row).cash),
      positions: own.map(({ id, symbol, side, cost, remaining_qty, margin }) => ({
        id,
        symbol,
        side,
        cost: Decimal.of(cost),
        remainingQty: Decimal.of(remaining_qty),
        margin: Decimal.of(margin),
      })),
      newestPosition: (own.at(-1) as Row).id,
      storedMarks: new Map(own.map(({ symbol, mark }) => [symbol, Decimal.of(mark)])),
    }));
  }

  /** Locks the accounts, whose live cross positions the caller has locked: what each has not in use, and how many those are. */
  async lock(accountIds: readonly number[]): Promise<ReadonlyMap<number, { cash: Decimal; positions: number }>> {
    const locked = await this.database.query<{ id: number; cash: string }>(
      'SELECT id, balance - margin_used AS cash FROM accounts WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE',
      [accountIds],
    );
    const counts = await this.database.query<{ account_id: number; n: number }>(
      `SELECT account_id, count(*) AS n FROM positions
       WHERE account_id = ANY ($1::bigint[]) AND is_cross AND ${LIVE} GROUP BY account_id`,
      [accountIds],
    );
    const positions = new Map(counts.map(({ account_id, n }) => [account_id, n]));
    return new Map(locked.map(({ id, cash }) => [id, { cash: Decimal.of(cash), positions: positions.get(id) ?? 0 }]));
  }

  /** Accounts with live cross positions on which anything was booked since `since`. */
  async bookedSince(since: Date): Promise<number[]> {
    const rows = await this.database.query<{ id: number }>(
      `SELECT id FROM accounts WHERE updated_at >= $1
         AND id IN (SELECT account_id FROM positions WHERE is_cross AND ${LIVE})`,
      [since],
    );
    return rows.map(({ id }) => id);
  }

  /** Accounts with live cross positions on `symbol`. */
  async holding(symbol: string): Promise<number[]> {
    const rows = await this.database.query<{ account_id: number }>(
      `SELECT DISTINCT account_id FROM positions WHERE symbol = $1 AND is_cross AND ${LIVE} ORDER BY account_id`,
      [symbol],
    );
    return rows.map((row) => row.account_id);
  }
}
