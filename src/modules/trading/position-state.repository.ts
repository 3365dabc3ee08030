/**
 * Reads positions as the domain sees them, under lock when they are about to change.
 * Keeps: a locked read is the only basis for a change; rows are locked in order of their ids, and always before the rows
 * of their accounts, so that a price, a command and a fan-out page never wait for each other in a circle.
 */
import { Injectable } from '@nestjs/common';
import type { EntryType, Side } from '../../domain/instrument/side.js';
import { Decimal } from '../../domain/money/decimal.js';
import {
  LIVE_POSITION_STATUSES,
  type CloseReason,
  type PositionStatus,
} from '../../domain/position/position-status.js';
import type { PositionState } from '../../domain/position/position.js';
import { Database } from '../../platform/database/database.js';

interface PositionRow {
  id: number;
  user_id: number;
  account_id: number;
  signal_id: number | null;
  symbol: string;
  side: Side;
  leverage: number;
  status: PositionStatus;
  entry_type: EntryType;
  planned_qty: string;
  qty: string;
  remaining_qty: string;
  entry_price: string;
  exit_price: string | null;
  stop_loss: string;
  target_prices: string[];
  target_qtys: string[];
  target_hit_at: (Date | null)[];
  margin: string;
  realised_pnl: string;
  fees: string;
  close_reason: CloseReason | null;
  opened_at: Date | null;
  closed_at: Date | null;
}

/** What the trigger book needs of a live position. */
export interface ArmedPosition {
  readonly id: number;
  readonly symbol: string;
  readonly side: Side;
  readonly status: PositionStatus;
  readonly entry_price: string;
  readonly remaining_qty: string;
  readonly leverage: number;
  readonly stop_loss: string;
  readonly target_prices: string[];
  readonly target_hit_at: (Date | null)[];
}

const COLUMNS = `id, user_id, account_id, signal_id, symbol, side, leverage, status, entry_type, planned_qty, qty,
  remaining_qty, entry_price, exit_price, stop_loss, target_prices, target_qtys, target_hit_at, margin, realised_pnl,
  fees, close_reason, opened_at, closed_at`;

const ARMED = 'id, symbol, side, status, entry_price, remaining_qty, leverage, stop_loss, target_prices, target_hit_at';

const LIVE = `status IN (${LIVE_POSITION_STATUSES.map((status) => `'${status}'`).join(', ')})`;

@Injectable()
export class PositionStateRepository {
  constructor(private readonly database: Database) {}

  /** Locks and reads those of `ids` that are live. */
  async lockLive(ids: readonly number[]): Promise<PositionState[]> {
    const rows = await this.database.query<PositionRow>(
      `SELECT ${COLUMNS} FROM positions WHERE id = ANY ($1::bigint[]) AND ${LIVE} ORDER BY id FOR UPDATE`,
      [ids],
      { name: 'positions_lock_live' },
    );
    return toStates(rows);
  }

  /** Locks and reads what the users of this range who want reversals hold live on `side` of `symbol`. */
  async lockForReversal(fromUser: number, toUser: number, symbol: string, side: Side): Promise<PositionState[]> {
    const rows = await this.database.query<PositionRow>(
      `SELECT ${COLUMNS} FROM positions
       WHERE symbol = $3 AND side = $4 AND ${LIVE} AND user_id IN (
         SELECT user_id FROM user_settings WHERE user_id BETWEEN $1 AND $2 AND auto_reversal_enabled)
       ORDER BY id FOR UPDATE`,
      [fromUser, toUser, symbol, side],
      { name: 'positions_lock_for_reversal' },
    );
    return toStates(rows);
  }

  /** Whether anybody holds `symbol` live on `side`: a cheap question before the page asks for its own. */
  async anyLive(symbol: string, side: Side): Promise<boolean> {
    const row = await this.database.first(
      `SELECT 1 AS found FROM positions WHERE symbol = $1 AND side = $2 AND ${LIVE} LIMIT 1`,
      [symbol, side],
    );
    return row !== undefined;
  }

  /** Ids of a signal's live positions above `afterId`, ascending. */
  async liveIdsOfSignal(signalId: number, afterId: number, limit: number): Promise<number[]> {
    const rows = await this.database.query<{ id: number }>(
      `SELECT id FROM positions WHERE signal_id = $1 AND id > $2 AND ${LIVE} ORDER BY id LIMIT $3`,
      [signalId, afterId, limit],
    );
    return rows.map((row) => row.id);
  }

  /** Ids of a symbol's live positions above `afterId` and up to `newestId`, ascending. */
  async liveIdsOfSymbol(symbol: string, newestId: number, afterId: number, limit: number): Promise<number[]> {
    const rows = await this.database.query<{ id: number }>(
      `SELECT id FROM positions WHERE symbol = $1 AND id <= $2 AND id > $3 AND ${LIVE} ORDER BY id LIMIT $4`,
      [symbol, newestId, afterId, limit],
    );
    return rows.map((row) => row.id);
  }

  /** Live positions above `afterId`, for filling the trigger books. */
  armed(afterId: number, limit: number): Promise<ArmedPosition[]> {
    return this.database.query<ArmedPosition>(
      `SELECT ${ARMED} FROM positions WHERE id > $1 AND ${LIVE} ORDER BY id LIMIT $2`,
      [afterId, limit],
    );
  }

  armedOfPage(signalId: number, fromUser: number, toUser: number): Promise<ArmedPosition[]> {
    return this.database.query<ArmedPosition>(
      `SELECT ${ARMED} FROM positions WHERE signal_id = $1 AND user_id BETWEEN $2 AND $3 AND ${LIVE}`,
      [signalId, fromUser, toUser],
    );
  }
}

/** Positions of one signal share most of their prices: each text is read once. */
function toStates(rows: readonly PositionRow[]): PositionState[] {
  const known = new Map<string, Decimal>();
  const decimal = (text: string): Decimal => {
    let value = known.get(text);
    if (value === undefined) known.set(text, (value = Decimal.of(text)));
    return value;
  };
  return rows.map((row) => toState(row, decimal));
}

function toState(row: PositionRow, decimal: (text: string) => Decimal): PositionState {
  return {
    id: row.id,
    userId: row.user_id,
    accountId: row.account_id,
    signalId: row.signal_id,
    symbol: row.symbol,
    side: row.side,
    leverage: row.leverage,
    status: row.status,
    entryType: row.entry_type,
    plannedQty: decimal(row.planned_qty),
    qty: decimal(row.qty),
    remainingQty: decimal(row.remaining_qty),
    entryPrice: decimal(row.entry_price),
    exitPrice: row.exit_price === null ? null : decimal(row.exit_price),
    stopLoss: decimal(row.stop_loss),
    targetPrices: row.target_prices.map(decimal),
    targetQtys: row.target_qtys.map(decimal),
    targetHitAt: row.target_hit_at,
    margin: decimal(row.margin),
    realisedPnl: decimal(row.realised_pnl),
    fees: decimal(row.fees),
    closeReason: row.close_reason,
    openedAt: row.opened_at,
    closedAt: row.closed_at,
  };
}
