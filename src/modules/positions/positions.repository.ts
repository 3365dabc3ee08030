/**
 * Reads positions for people: their own, or anybody's for admins. Writes nothing.
 * Keeps: every read names the owner first; lists are keyset pages in one statement, with the last market price joined.
 * Reads archived positions like the others; a page reads no more than a page of either side.
 */
import { Injectable } from '@nestjs/common';
import type { Side } from '../../domain/instrument/side.js';
import { isTerminalPosition, type PositionStatus } from '../../domain/position/position-status.js';
import { Database } from '../../platform/database/database.js';

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
  readonly statuses: readonly PositionStatus[];
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
  SELECT p.id, p.user_id, p.signal_id, p.symbol, p.side, p.mode, p.exchange, p.status, p.leverage, p.planned_qty, p.qty,
         p.remaining_qty, p.entry_price, p.exit_price, p.stop_loss, p.cost, p.detached_at, p.plan_id, p.leg_prices, p.leg_qtys, p.leg_filled, p.safety_legs,
         p.entries_closed, p.trail_percent, p.trail_peak, p.trail_since, p.trail_takes_profit, p.entry_expires_at, p.exit_at, p.target_prices, p.target_qtys, p.target_hit_at,
         p.realised_pnl, p.fees, p.funding, p.close_reason, p.created_at, p.opened_at, p.closed_at, p.updated_at,
         m.price AS current_price
  FROM ${positions} p LEFT JOIN market_prices m ON m.symbol = p.symbol`;

const list = (positions: 'positions' | 'all_positions', condition: string) => `${select(positions)}
  WHERE ${condition} p.user_id = $1 AND p.id < $2 AND p.status = ANY ($3::text[])
    AND ($4::text IS NULL OR p.symbol = $4) AND ($5::bigint IS NULL OR p.signal_id = $5)
    AND ($6::timestamptz IS NULL OR p.created_at >= $6) AND ($7::timestamptz IS NULL OR p.created_at < $7)
  ORDER BY p.id DESC LIMIT $8`;

export const POSITIONS_LIST = list('all_positions', '');

/** What is live is never archived, and found by an index of its own. */
export const LIVE_POSITIONS_LIST = list('positions', `p.status IN ('PENDING', 'OPEN', 'PARTIAL') AND `);

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

  list(userId: number, filter: PositionFilter): Promise<PositionListRow[]> {
    const { beforeId, statuses, symbol, signalId, from, to, limit } = filter;
    const params = [userId, beforeId ?? Number.MAX_SAFE_INTEGER, statuses, symbol, signalId, from, to, limit];
    return statuses.some(isTerminalPosition)
      ? this.database.query<PositionListRow>(POSITIONS_LIST, params, { name: 'positions_list' })
      : this.database.query<PositionListRow>(LIVE_POSITIONS_LIST, params, { name: 'positions_live_list' });
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
