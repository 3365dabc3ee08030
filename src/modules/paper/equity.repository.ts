/**
 * Stores what accounts with open positions are worth at full hours, and reads an account's curve.
 * Keeps: an hour is recorded once, of one moment; hours older than `KEEP_HOURS_MS` are thinned to one a day (00:00 UTC).
 */
import { Injectable } from '@nestjs/common';
import {
  equityCurve,
  type EquityPoint,
  type Holding,
  momentsOf,
  type RecordedHour,
} from '../../domain/paper/equity-curve.js';
import { Decimal } from '../../domain/money/decimal.js';
import { Database } from '../../platform/database/database.js';

/** 90 days. */
const KEEP_HOURS_MS = 90 * 86_400_000;

/** How far back of that is looked, so that years of midnights are not read again every hour: 30 days. */
const THIN_BACK_MS = 30 * 86_400_000;

const RECORD = `
  INSERT INTO equity_snapshots (account_id, at, balance, unrealised)
  SELECT p.account_id, $1, a.balance,
         sum(CASE WHEN m.price IS NULL THEN 0 ELSE (m.price * p.remaining_qty - p.cost) * CASE p.side WHEN 'LONG' THEN 1 ELSE -1 END END)
  FROM positions p JOIN accounts a ON a.id = p.account_id LEFT JOIN market_prices m ON m.symbol = p.symbol
  WHERE p.status IN ('OPEN', 'PARTIAL') AND p.mode = 'paper'
  GROUP BY p.account_id, a.balance
  ON CONFLICT DO NOTHING`;

const RECORDED = `SELECT at, ran_at AS "takenAt" FROM paper_runs WHERE job = 'SNAPSHOT' AND at = ANY ($1::timestamptz[])`;

const HOLDINGS = `
  SELECT at, balance, unrealised FROM equity_snapshots WHERE account_id = $1 AND at = ANY ($2::timestamptz[])`;

/** By the first moment that is not before the movement; what comes after the last moment is in no slot. */
const MOVEMENTS = `
  SELECT width_bucket(created_at, $2::timestamptz[]) AS slot, sum(cash + margin) AS balance, -sum(deposits) AS deposits
  FROM all_ledger_transactions WHERE account_id = $1 GROUP BY 1`;

@Injectable()
export class EquityRepository {
  constructor(private readonly database: Database) {}

  /** Records the hour `at` as things are now; answers how many accounts hold something. */
  record(at: Date): Promise<number> {
    return this.database.execute(RECORD, [at]);
  }

  /** Deletes hours of the time before `now` that are too old to be kept, except midnights. */
  async thin(now: Date): Promise<void> {
    const before = new Date(now.getTime() - KEEP_HOURS_MS);
    for (const table of [`equity_snapshots WHERE true`, `paper_runs WHERE job = 'SNAPSHOT'`]) {
      await this.database.execute(
        `DELETE FROM ${table} AND at < $1 AND at > $2 AND extract(hour FROM at AT TIME ZONE 'UTC') <> 0`,
        [before, new Date(before.getTime() - THIN_BACK_MS)],
      );
    }
  }

  /** The account's equity at `times` (full hours, ascending). */
  async curve(accountId: number, times: readonly Date[]): Promise<EquityPoint[]> {
    if (times.length === 0) return [];
    const recorded = await this.database.query<RecordedHour>(RECORDED, [times]);
    const moments = momentsOf(times, recorded);
    const rows = await this.database.query<{ slot: number; balance: string; deposits: string }>(MOVEMENTS, [
      accountId,
      moments,
    ]);
    const bySlot = new Map(
      rows.map((row) => [row.slot, { balance: Decimal.of(row.balance), deposits: Decimal.of(row.deposits) }]),
    );
    const movements = times.map((_, index) => bySlot.get(index));
    return equityCurve(times, recorded, movements, await this.#holdings(accountId, times));
  }

  async #holdings(accountId: number, times: readonly Date[]): Promise<Map<number, Holding>> {
    const rows = await this.database.query<{ at: Date; balance: string; unrealised: string }>(HOLDINGS, [
      accountId,
      times,
    ]);
    return new Map(
      rows.map(({ at, balance, unrealised }) => [
        at.getTime(),
        { balance: Decimal.of(balance), unrealised: Decimal.of(unrealised) },
      ]),
    );
  }
}
