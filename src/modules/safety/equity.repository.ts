/**
 * Measures the equity of all accounts and keeps a point of it for each minute.
 * Keeps: balance, open and realised results are read in one statement, so they agree; a result is whatever moves a balance
 * and is neither deposit nor reset, so that funding and liquidations count like trades; the ledger is summed up once, except
 * its newest transactions, whose neighbours may still be committing.
 */
import { Injectable } from '@nestjs/common';
import { type EquityPoint, nextIndex } from '../../domain/safety/drawdown.js';
import { Decimal } from '../../domain/money/decimal.js';
import { Database } from '../../platform/database/database.js';

interface StoredPoint extends EquityPoint {
  readonly settled_transaction_id: number;
  readonly settled_result: string;
}

interface Measured {
  readonly balance: string;
  readonly open_result: string;
  readonly fresh_result: string;
  readonly settled_transaction_id: number;
  readonly settled_result: string;
}

/** Transactions younger than this are summed up again the next time. */
const SETTLE_MS = 10_000;

const KEEP_MS = 8 * 86_400_000;

const MEASURE = `
  WITH fresh AS MATERIALIZED (
    SELECT id, cash + margin + deposits AS result, created_at FROM all_ledger_transactions WHERE id > $1
  ), edge AS (
    SELECT coalesce(min(id) FILTER (WHERE created_at > $2) - 1, max(id), $1) AS id FROM fresh
  )
  SELECT (SELECT coalesce(sum(balance), 0) FROM accounts) AS balance,
    (SELECT coalesce(sum((m.price - p.entry_price) * CASE p.side WHEN 'LONG' THEN p.remaining_qty ELSE -p.remaining_qty END), 0)
     FROM positions p JOIN market_prices m ON m.symbol = p.symbol WHERE p.status IN ('OPEN', 'PARTIAL')) AS open_result,
    (SELECT coalesce(sum(result), 0) FROM fresh) AS fresh_result, edge.id AS settled_transaction_id,
    (SELECT coalesce(sum(result), 0) FROM fresh WHERE id <= edge.id) AS settled_result
  FROM edge`;

@Injectable()
export class EquityRepository {
  constructor(private readonly database: Database) {}

  /** Adds the point of `now` and drops those of more than eight days ago. Once per minute, by one worker at a time. */
  async measure(now: Date): Promise<EquityPoint> {
    const before = await this.#last();
    const settledId = before?.settled_transaction_id ?? (await this.#newestTransaction());
    const measured = await this.database.first<Measured>(MEASURE, [settledId, new Date(now.getTime() - SETTLE_MS)]);
    if (measured === undefined) throw new Error('equity could not be measured');
    const settled = Decimal.of(before?.settled_result ?? '0');
    const open = Decimal.of(measured.open_result);
    const result = settled.plus(Decimal.of(measured.fresh_result)).plus(open).toString();
    const point: EquityPoint = {
      equity: Decimal.of(measured.balance).plus(open).toString(),
      result,
      index: nextIndex(before, result),
    };
    await this.database.execute(
      `INSERT INTO equity_points (at, equity, result, index, settled_transaction_id, settled_result)
       VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (at) DO NOTHING`,
      [
        now,
        point.equity,
        point.result,
        point.index,
        measured.settled_transaction_id,
        settled.plus(Decimal.of(measured.settled_result)).toString(),
      ],
    );
    await this.database.execute('DELETE FROM equity_points WHERE at < $1', [new Date(now.getTime() - KEEP_MS)]);
    return point;
  }

  /** The highest index since `since`; undefined when there is no point. */
  async peak(since: Date): Promise<string | undefined> {
    const row = await this.database.first<{ peak: string | null }>(
      'SELECT max(index) AS peak FROM equity_points WHERE at >= $1',
      [since],
    );
    return row?.peak ?? undefined;
  }

  #last(): Promise<StoredPoint | undefined> {
    return this.database.first<StoredPoint>(
      'SELECT equity, result, index, settled_transaction_id, settled_result FROM equity_points ORDER BY at DESC LIMIT 1',
    );
  }

  async #newestTransaction(): Promise<number> {
    const row = await this.database.first<{ id: number }>(
      'SELECT coalesce(max(id), 0) AS id FROM all_ledger_transactions',
    );
    return row?.id ?? 0;
  }
}
