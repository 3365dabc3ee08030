/**
 * Reads positions for people: their own, or anybody's for admins. Writes nothing.
 * Keeps: every read names the owner, or says that it is for everybody's; lists are keyset pages in one statement, with the last market price joined.
 * Reads archived positions like the others; a page reads no more than a page of either side.
 */
import { Injectable } from '@nestjs/common';
import type { Side } from '../../domain/instrument/side.js';
import { isTerminalPosition, type PositionStatus } from '../../domain/position/position-status.js';
import { Database } from '../../platform/database/database.js';
import { EXPORT_PAGE } from '../../platform/http/csv-download.js';
import { MAX_PAGE } from '../../platform/http/paging.js';

export interface PositionListRow {
  id: number;
  user_id: number;
  signal_id: number | null;
  symbol: string;
  side: Side;
  mode: string;
  exchange: string;
  status: PositionStatus;
  leverage: number;
  planned_qty: string;
  qty: string;
  remaining_qty: string;
  entry_price: string;
  exit_price: string | null;
  stop_loss: string | null;
  target_prices: string[];
  target_qtys: string[];
  target_hit_at: (Date | null)[];
  realised_pnl: string;
  fees: string;
  funding: string;
  close_reason: string | null;
  created_at: Date;
  opened_at: Date | null;
  closed_at: Date | null;
  updated_at: Date;
  current_price: string | null;
  cost: string;
  detached_at: Date | null;
  account_id: number;
  is_cross: boolean;
  plan_id: number | null;
  leg_prices: string[];
  leg_qtys: string[];
  leg_filled: string[];
  safety_legs: number;
  entries_closed: boolean;
  trail_percent: string | null;
  trail_peak: string | null;
  trail_since: Date | null;
  trail_takes_profit: boolean;
  entry_expires_at: Date | null;
  exit_at: Date | null;
}

export interface PositionFilter {
  /** null: all. */
  readonly statuses: readonly PositionStatus[] | null;
  readonly symbol: string | null;
  readonly signalId: number | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly beforeId: number | null;
  readonly limit: number;
}

export interface PositionHistory {
  orders: Record<string, unknown>[];
  fills: Record<string, unknown>[];
  log: Record<string, unknown>[];
}

const select = (positions: 'positions' | 'all_positions') => `
  SELECT p.id, p.user_id, p.account_id, p.is_cross, p.signal_id, p.symbol, p.side, p.mode, p.exchange, p.status, p.leverage, p.planned_qty, p.qty,
         p.remaining_qty, p.entry_price, p.exit_price, p.stop_loss, p.cost, p.detached_at, p.plan_id, p.leg_prices, p.leg_qtys, p.leg_filled, p.safety_legs,
         p.entries_closed, p.trail_percent, p.trail_peak, p.trail_since, p.trail_takes_profit, p.entry_expires_at, p.exit_at, p.target_prices, p.target_qtys, p.target_hit_at,
         p.realised_pnl, p.fees, p.funding, p.close_reason, p.created_at, p.opened_at, p.closed_at, p.updated_at,
         m.price AS current_price
  FROM ${positions} p LEFT JOIN market_prices m ON m.symbol = p.symbol`;

const LIVE = 'p.closed_at IS NULL AND';

/** Rows that a list statement reads at most. Written into it, because a plan for any limit at all is a plan for a tenth of all rows. */
const READ_STEPS = [21, 51, 101, MAX_PAGE + 1, EXPORT_PAGE + 1];

interface ListStatement {
  readonly name: string;
  readonly sql: string;
  readonly params: readonly unknown[];
}

/**
 * Only the filters that are asked for stand in the statement, so that its plan is made once. What is live is never
 * archived, and found by an index of its own.
 */
export function positionsList(userId: number | null, filter: PositionFilter): ListStatement {
  const isLive = filter.statuses !== null && !filter.statuses.some(isTerminalPosition);
  const given = (
    [
      ['user', 'p.user_id = ?', userId],
      ['status', 'p.status = ANY (?::text[])', filter.statuses],
      ['symbol', 'p.symbol = ?', filter.symbol],
      ['signal', 'p.signal_id = ?', filter.signalId],
      ['from', 'p.created_at >= ?::timestamptz', filter.from],
      ['to', 'p.created_at < ?::timestamptz', filter.to],
    ] as const
  ).filter(([, , value]) => value !== null);
  const conditions = given.map(([, condition], index) => ` AND ${condition.replace('?', `$${index + 2}`)}`);
  const read = READ_STEPS.find((step) => step > filter.limit) ?? filter.limit + 1;
  return {
    name: ['positions', isLive ? 'live' : 'all', read, ...given.map(([name]) => name)].join('_'),
    sql: `${select(isLive ? 'positions' : 'all_positions')}
      WHERE ${isLive ? LIVE : ''} p.id < $1${conditions.join('')} ORDER BY p.id DESC LIMIT ${read}`,
    params: [filter.beforeId ?? Number.MAX_SAFE_INTEGER, ...given.map(([, , value]) => value)],
  };
}

const HISTORY = `
  SELECT
    (SELECT coalesce(json_agg(o ORDER BY o.id), '[]') FROM (
       SELECT id, client_order_id, leg, side, type, reduce_only, price, qty, filled_qty, average_price, status, created_at
       FROM all_orders WHERE position_id = $1) AS o) AS orders,
    (SELECT coalesce(json_agg(f ORDER BY f.id), '[]') FROM (
       SELECT id, order_id, effect, price, qty, fee, liquidity, realised_pnl, created_at
       FROM all_fills WHERE position_id = $1) AS f) AS fills,
    (SELECT coalesce(json_agg(l ORDER BY l.id), '[]') FROM (
       SELECT id, type, message, meta, created_at FROM all_trade_log WHERE position_id = $1) AS l) AS log`;

@Injectable()
export class PositionsRepository {
  constructor(private readonly database: Database) {}

  /** At least one row more than `filter.limit`, where there is one. Of everybody for `null`. */
  list(userId: number | null, filter: PositionFilter): Promise<PositionListRow[]> {
    const { name, sql, params } = positionsList(userId, filter);
    return this.database.query<PositionListRow>(sql, params, { name });
  }

  /** One position of `userId`, or of anybody for `null`. */
  find(userId: number | null, id: number): Promise<PositionListRow | undefined> {
    return this.database.first<PositionListRow>(
      `${select('all_positions')} WHERE p.id = $1 AND ($2::bigint IS NULL OR p.user_id = $2)`,
      [id, userId],
    );
  }

  /** The lot step of a symbol that is or was traded. */
  async lotStep(symbol: string): Promise<string> {
    const sql = 'SELECT lot_step FROM instruments WHERE symbol = $1';
    const row = await this.database.first<{ lot_step: string }>(sql, [symbol]);
    if (row === undefined) throw new Error(`there are no rules of ${symbol}`);
    return row.lot_step;
  }

  async history(id: number): Promise<PositionHistory> {
    return (await this.database.first<PositionHistory>(HISTORY, [id])) ?? { orders: [], fills: [], log: [] };
  }
}
