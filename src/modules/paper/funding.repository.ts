/**
 * Books funding: who held what at a funding time, the rates it used, and one ledger transaction for each position.
 * Keeps: a position pays a funding time once, however often this runs; the quantity is the one held at that moment, so
 * positions that changed or ended since pay for what they held, unless their account began anew in between; positions are
 * locked before accounts, ids ascending.
 */
import { Injectable } from '@nestjs/common';
import type { DecimalText } from '../../domain/money/decimal.js';
import { Database } from '../../platform/database/database.js';
import { accountBooking } from '../trading/changes/account-counters.repository.js';

export interface HeldSymbol {
  readonly symbol: string;
  /** Ids of the positions that held something at the time, ascending. */
  readonly ids: number[];
}

/** SPOT trades pay no funding. */
const HELD = `
  WITH held AS (
    SELECT id, symbol, signal_id FROM positions
    WHERE status IN ('OPEN', 'PARTIAL') AND mode = 'paper' AND opened_at <= $1
    UNION ALL
    SELECT id, symbol, signal_id FROM positions WHERE closed_at > $1 AND mode = 'paper' AND opened_at <= $1
  )
  SELECT held.symbol, array_agg(held.id ORDER BY held.id) AS ids
  FROM held LEFT JOIN signals ON signals.id = held.signal_id
  WHERE signals.trade_type IS DISTINCT FROM 'SPOT' GROUP BY held.symbol ORDER BY held.symbol`;

/** The newest price there is: at the time itself that of the moment, after a standstill the last one known. */
const FIX_RATES = `
  INSERT INTO funding_rates (funding_at, symbol, rate_percent, price)
  SELECT $1, item.symbol, item.rate, market_prices.price
  FROM unnest($2::text[], $3::numeric[]) AS item (symbol, rate) JOIN market_prices ON market_prices.symbol = item.symbol
  ON CONFLICT DO NOTHING`;

const LOCK_POSITIONS = `SELECT account_id FROM positions WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE`;

const LOCK_ACCOUNTS = `SELECT id FROM accounts WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE`;

const CHARGE = `
  WITH held AS (
    SELECT p.id, p.account_id, p.symbol, CASE p.side WHEN 'LONG' THEN 1 ELSE -1 END AS direction,
           p.remaining_qty - coalesce((SELECT sum(CASE f.effect WHEN 'ENTRY' THEN f.qty ELSE -f.qty END)
             FROM fills f WHERE f.position_id = p.id AND f.created_at > $2), 0) AS qty
    FROM positions p WHERE p.id = ANY ($1::bigint[]) AND (p.closed_at IS NULL OR NOT EXISTS (
      SELECT FROM ledger_transactions l
      WHERE l.account_id = p.account_id AND l.cause = 'RESET' AND l.created_at >= p.closed_at))
  ), booked AS (
    INSERT INTO ledger_transactions (account_id, position_id, cause, cash, funding, funding_at, created_at)
    SELECT account_id, held.id, 'FUNDING', -payment, payment, $2, $3
    FROM held JOIN funding_rates rate ON rate.funding_at = $2 AND rate.symbol = held.symbol
      CROSS JOIN LATERAL (SELECT held.qty * rate.price * rate.rate_percent * 0.01 * direction AS payment) AS due
    WHERE held.qty > 0 AND payment <> 0
    ORDER BY held.id
    ON CONFLICT (position_id, funding_at) WHERE funding_at IS NOT NULL DO NOTHING
    RETURNING account_id, position_id, funding AS payment
  ), charged AS (
    UPDATE positions SET funding = funding - payment, realised_pnl = realised_pnl - payment, updated_at = $3
    FROM booked WHERE positions.id = booked.position_id
  ), moved AS (
    UPDATE accounts SET ${accountBooking({ now: '$3::timestamptz', delta: '-due.payment', trades: '0' })}, updated_at = $3
    FROM (SELECT account_id, sum(payment) AS payment FROM booked GROUP BY account_id) AS due
    WHERE accounts.id = due.account_id
  )
  SELECT count(*) AS charged FROM booked`;

@Injectable()
export class FundingRepository {
  constructor(private readonly database: Database) {}

  /** What was held at `at`, by symbol. */
  held(at: Date): Promise<HeldSymbol[]> {
    return this.database.query<HeldSymbol>(HELD, [at]);
  }

  /** Fixes rate and price of the symbols for `at`, where they are not; one without any price is left out. */
  async fixRates(at: Date, rates: readonly { symbol: string; ratePercent: DecimalText }[]): Promise<void> {
    await this.database.execute(FIX_RATES, [
      at,
      rates.map(({ symbol }) => symbol),
      rates.map(({ ratePercent }) => ratePercent),
    ]);
  }

  /** Charges these positions for `at`, in the running transaction. Answers how many had not paid yet. */
  async charge(at: Date, ids: readonly number[], now: Date): Promise<number> {
    const locked = await this.database.query<{ account_id: number }>(LOCK_POSITIONS, [ids]);
    await this.database.query(LOCK_ACCOUNTS, [[...new Set(locked.map((row) => row.account_id))]]);
    const row = await this.database.first<{ charged: number }>(CHARGE, [ids, at, now]);
    return row?.charged ?? 0;
  }
}
