/**
 * Reads positions as the domain sees them, under lock when they are about to change.
 * Keeps: a locked read is the only basis for a change; rows are locked in order of their ids, and always before the rows
 * of their accounts, so that a price, a command and a fan-out page never wait for each other in a circle.
 */
import { Injectable } from '@nestjs/common';
import type { EntryType, Side } from '../../../domain/instrument/side.js';
import { Decimal } from '../../../domain/money/decimal.js';
import {
  LIVE_POSITION_STATUSES,
  type CloseReason,
  type PositionStatus,
} from '../../../domain/position/position-status.js';
import { planOfOld, type PositionPlan } from '../../../domain/plan/position-plan.js';
import type { OppositeSettings, PositionMode } from '../../../domain/position/opposite.js';
import type { PositionState, Trail } from '../../../domain/position/position.js';
import { Database } from '../../../platform/database/database.js';
import { TradePlansRepository } from '../../trade-plans/trade-plans.repository.js';

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
  cost: string;
  stop_loss: string | null;
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
  rules_fired: number;
  entry_expires_at: Date | null;
  exit_at: Date | null;
  is_detached: boolean;
  is_cross: boolean;
  part_price: string | null;
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

const COLUMNS = `id, user_id, account_id, signal_id, symbol, side, leverage, status, entry_type, planned_qty, qty,
  remaining_qty, entry_price, cost, exit_price, stop_loss, plan_id, leg_prices, leg_qtys, leg_filled, safety_legs,
  entries_closed, trail_percent, trail_peak, trail_since, trail_takes_profit, rules_fired, entry_expires_at, exit_at,
  is_detached, is_cross, part_price, target_prices, target_qtys, target_hit_at, margin, realised_pnl, fees, close_reason, opened_at, closed_at`;

/** Where another table stands beside it. */
const OF_POSITIONS = COLUMNS.split(',')
  .map((column) => `positions.${column.trim()}`)
  .join(', ');

/** As the indexes of them say it: asked every second, and planned over nothing but these, whatever is known of live positions. */
const EXPIRES = '(CASE WHEN closed_at IS NULL THEN entry_expires_at END)';
const EXITS = '(CASE WHEN closed_at IS NULL THEN exit_at END)';

export const DUE = `
  (SELECT id, symbol, true AS expires FROM positions WHERE ${EXPIRES} <= $1 ORDER BY ${EXPIRES} LIMIT $2)
  UNION
  (SELECT id, symbol, false FROM positions WHERE ${EXITS} <= $1 ORDER BY ${EXITS} LIMIT $2)`;

const LIVE = `status IN (${LIVE_POSITION_STATUSES.map((status) => `'${status}'`).join(', ')})`;

/** A position on the other side of a signal, and the settings of its owner. */
export interface OppositeHolding {
  readonly position: PositionState;
  readonly settings: OppositeSettings;
}

export interface DuePosition {
  readonly id: number;
  readonly symbol: string;
  /** Its entries expire, which needs no price. */
  readonly expires: boolean;
}

@Injectable()
export class PositionStateRepository {
  constructor(
    private readonly database: Database,
    private readonly plans: TradePlansRepository,
  ) {}

  /** Locks and reads those of `ids` that are live. */
  async lockLive(ids: readonly number[]): Promise<PositionState[]> {
    const rows = await this.database.query<PositionRow>(
      `SELECT ${COLUMNS} FROM positions WHERE id = ANY ($1::bigint[]) AND ${LIVE} ORDER BY id FOR UPDATE`,
      [ids],
      { name: 'positions_lock_live' },
    );
    return this.#states(rows);
  }

  /** Locks and reads all live cross positions of these accounts. */
  async lockCross(accountIds: readonly number[]): Promise<PositionState[]> {
    const rows = await this.database.query<PositionRow>(
      `SELECT ${COLUMNS} FROM positions WHERE account_id = ANY ($1::bigint[]) AND is_cross AND ${LIVE} ORDER BY id FOR UPDATE`,
      [accountIds],
      { name: 'positions_lock_cross' },
    );
    return this.#states(rows);
  }

  /**
   * Locks and reads what the users of this range hold live on `side` of `symbol`, and what they want of such. Their settings
   * are held too, so that nobody leaves hedge mode while the other side is being opened.
   */
  async lockOpposite(fromUser: number, toUser: number, symbol: string, side: Side): Promise<OppositeHolding[]> {
    const rows = await this.database.query<
      PositionRow & { position_mode: PositionMode; auto_reversal_enabled: boolean }
    >(
      `SELECT ${OF_POSITIONS}, owner.position_mode, owner.auto_reversal_enabled
       FROM positions JOIN user_settings AS owner ON owner.user_id = positions.user_id
       WHERE symbol = $3 AND side = $4 AND ${LIVE} AND closed_at IS NULL AND positions.user_id BETWEEN $1 AND $2
       ORDER BY positions.id FOR UPDATE OF positions FOR SHARE OF owner`,
      [fromUser, toUser, symbol, side],
      { name: 'positions_lock_opposite' },
    );
    const states = await this.#states(rows);
    return rows.map(({ position_mode: mode, auto_reversal_enabled: allowsReversal }, index) => ({
      position: states[index] as PositionState,
      settings: { mode, allowsReversal },
    }));
  }

  /** Those of locked positions that had an order of this leg. */
  async withOrder(positions: readonly PositionState[], leg: string): Promise<ReadonlySet<number>> {
    const sql = 'SELECT position_id AS id FROM orders WHERE position_id = ANY ($1::bigint[]) AND leg = $2';
    const rows = await this.database.query<{ id: number }>(sql, [positions.map(({ id }) => id), leg]);
    return new Set(rows.map(({ id }) => id));
  }

  /** Whether anybody holds `symbol` live on `side`: a cheap question before the page asks for its own. */
  async anyLive(symbol: string, side: Side): Promise<boolean> {
    const row = await this.database.first(
      `SELECT 1 AS found FROM positions WHERE symbol = $1 AND side = $2 AND ${LIVE} LIMIT 1`,
      [symbol, side],
      { name: 'positions_any_live' },
    );
    return row !== undefined;
  }

  /** Whether anybody holds `symbol` on `side`, more than an entry that waits. */
  async anyHeld(symbol: string, side: Side): Promise<boolean> {
    const row = await this.database.first(
      `SELECT 1 AS found FROM positions WHERE symbol = $1 AND side = $2 AND status IN ('OPEN', 'PARTIAL') AND ${LIVE} LIMIT 1`,
      [symbol, side],
      { name: 'positions_any_held' },
    );
    return row !== undefined;
  }

  /** Whether anybody who follows a signal still holds something of it, more than an entry that waits. */
  async anyHeldOf(signalId: number): Promise<boolean> {
    const row = await this.database.first(
      `SELECT 1 AS found FROM positions
       WHERE signal_id = $1 AND status IN ('OPEN', 'PARTIAL') AND NOT is_detached AND ${LIVE} LIMIT 1`,
      [signalId],
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

  /** Ids of a symbol's live positions on `side` above `afterId` and up to `newestId`, ascending. */
  async liveIdsOfSymbol(
    symbol: string,
    side: Side,
    newestId: number,
    afterId: number,
    limit: number,
  ): Promise<number[]> {
    const rows = await this.database.query<{ id: number }>(
      `SELECT id FROM positions WHERE symbol = $1 AND side = $2 AND id <= $3 AND id > $4 AND ${LIVE} ORDER BY id LIMIT $5`,
      [symbol, side, newestId, afterId, limit],
    );
    return rows.map((row) => row.id);
  }

  /** Live positions above `afterId`, ascending, not locked: for filling the trigger books. */
  async live(afterId: number, limit: number): Promise<PositionState[]> {
    const rows = await this.database.query<PositionRow>(
      `SELECT ${COLUMNS} FROM positions WHERE id > $1 AND ${LIVE} ORDER BY id LIMIT $2`,
      [afterId, limit],
    );
    return this.#states(rows);
  }

  /** Ids of live positions from `first` to `last`. */
  liveIdsBetween(first: number, last: number): Promise<{ id: number }[]> {
    return this.database.query<{ id: number }>(`SELECT id FROM positions WHERE id BETWEEN $1 AND $2 AND ${LIVE}`, [
      first,
      last,
    ]);
  }

  /** Ids of all live positions of these signals. */
  liveIdsOfSignals(signalIds: readonly number[]): Promise<{ id: number }[]> {
    const sql = `SELECT id FROM positions WHERE signal_id = ANY ($1::bigint[]) AND ${LIVE}`;
    return this.database.query<{ id: number }>(sql, [signalIds]);
  }

  /** Those of `ids` that are live, not locked. */
  async liveOf(ids: readonly number[]): Promise<PositionState[]> {
    if (ids.length === 0) return [];
    const rows = await this.database.query<PositionRow>(
      `SELECT ${COLUMNS} FROM positions WHERE id = ANY ($1::bigint[]) AND ${LIVE} ORDER BY id`,
      [ids],
    );
    return this.#states(rows);
  }

  /** Live positions that time alone changes by `now`, oldest first: because entries expire, or by their exit. */
  due(now: Date, limit: number): Promise<DuePosition[]> {
    return this.database.query<DuePosition>(DUE, [now, limit]);
  }

  /** Positions of one signal share most of their prices: each text is read once. */
  async #states(rows: readonly PositionRow[]): Promise<PositionState[]> {
    const plans = await this.plans.rulesOf(rows.flatMap((row) => (row.plan_id === null ? [] : [row.plan_id])));
    const known = new Map<string, Decimal>();
    const decimal = (text: string): Decimal => {
      let value = known.get(text);
      if (value === undefined) known.set(text, (value = Decimal.of(text)));
      return value;
    };
    return rows.map((row) => toState(row, decimal, plans.get(row.plan_id ?? 0) ?? planOfOld(row.target_prices.length)));
  }
}

function toState(row: PositionRow, decimal: (text: string) => Decimal, plan: PositionPlan): PositionState {
  const isSingle = row.leg_qtys.length === 0;
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
    legPrices: isSingle ? [decimal(row.entry_price)] : row.leg_prices.map(decimal),
    safetyLegs: row.safety_legs,
    legQtys: isSingle ? [decimal(row.planned_qty)] : row.leg_qtys.map(decimal),
    legFilled: isSingle ? [decimal(row.qty)] : row.leg_filled.map(decimal),
    entriesClosed: row.entries_closed,
    entryPrice: decimal(row.entry_price),
    cost: decimal(row.cost),
    exitPrice: row.exit_price === null ? null : decimal(row.exit_price),
    stopLoss: row.stop_loss === null ? null : decimal(row.stop_loss),
    trail: trailOf(row, decimal),
    rulesFired: row.rules_fired,
    targetPrices: row.target_prices.map(decimal),
    targetQtys: row.target_qtys.map(decimal),
    targetHitAt: row.target_hit_at,
    margin: decimal(row.margin),
    realisedPnl: decimal(row.realised_pnl),
    fees: decimal(row.fees),
    closeReason: row.close_reason,
    openedAt: row.opened_at,
    closedAt: row.closed_at,
    entryExpiresAt: row.entry_expires_at,
    exitAt: row.exit_at,
    isDetached: row.is_detached,
    isCross: row.is_cross,
    partPrice: row.part_price === null ? null : decimal(row.part_price),
    plan,
  };
}

function trailOf(row: PositionRow, decimal: (text: string) => Decimal): Trail | null {
  const { trail_percent, trail_peak, trail_since } = row;
  if (trail_percent === null || trail_peak === null || trail_since === null) return null;
  return {
    percent: decimal(trail_percent),
    peak: decimal(trail_peak),
    since: trail_since,
    takesProfit: row.trail_takes_profit,
  };
}
