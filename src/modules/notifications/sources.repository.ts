/**
 * Reads what happened from where it is stored anyway: events of signals, the log of trades, daily reports.
 * Keeps: nothing is added to what trading writes; rows are read once, in order of their ids and without gaps, whatever
 * the order in which their transactions ended (see `NotificationCursor`).
 */
import { Injectable } from '@nestjs/common';
import type { TradeLogType } from '../../domain/order/order.js';
import type { DailyFigures } from '../../domain/report/daily-report.js';
import type { SignalEventType } from '../../domain/signal/signal.js';
import type { PlanTier } from '../../domain/subscription/plans.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';

export const SOURCES = ['signal_events', 'trade_log', 'daily_reports'] as const;
export type Source = (typeof SOURCES)[number];

export interface CursorState {
  readonly source: Source;
  readonly last_id: number;
  readonly mark_id: number;
  readonly mark_xmax: string;
  readonly newest: number | null;
  /** The oldest transaction that has not ended, and the next one. */
  readonly xmin: string;
  readonly xmax: string;
  /** Pages of followers are being written. */
  readonly is_busy: boolean;
}

export interface SignalEventRow {
  readonly id: number;
  readonly key: string;
  readonly type: SignalEventType;
  readonly target_index: number | null;
  readonly price: string | null;
  readonly signal_id: number;
  readonly symbol: string;
  readonly side: string;
  readonly entry: string;
  readonly stop_loss: string;
  readonly target_prices: readonly string[];
  readonly created_at: Date;
}

export interface TradeRow {
  readonly id: number;
  readonly user_id: number;
  readonly type: TradeLogType;
  readonly message: string;
  readonly price: string | null;
  readonly position_id: number;
  readonly symbol: string;
  readonly side: string;
  readonly entry_price: string;
  readonly is_closed: boolean;
  readonly pnl: string;
  readonly pnl_percent: string;
  readonly created_at: Date;
}

export interface SummaryRow {
  readonly id: number;
  readonly user_id: number;
  readonly day: string;
  readonly report: DailyFigures;
}

const TOLD_LOG: readonly TradeLogType[] = ['OPEN', 'TP_HIT', 'SL_HIT', 'CLOSE', 'REVERSAL', 'LIQUIDATION'];

const STATES = `
  SELECT c.source, c.last_id, c.mark_id, c.mark_xmax,
    CASE c.source WHEN 'signal_events' THEN (SELECT max(id) FROM signal_events)
                  WHEN 'trade_log' THEN (SELECT max(id) FROM trade_log)
                  ELSE (SELECT max(id) FROM daily_reports) END AS newest,
    pg_snapshot_xmin(pg_current_snapshot())::text AS xmin, pg_snapshot_xmax(pg_current_snapshot())::text AS xmax,
    EXISTS (SELECT FROM work_items WHERE queue = $1 AND state = 'open') AS is_busy
  FROM notification_cursors c ORDER BY c.source`;

/** The plan that counts at $1. */
const COUNTING = (now: string) =>
  `CASE WHEN u.subscription_expires_at <= ${now}::timestamptz THEN 'FREE' ELSE u.subscription_type END`;

const TRADES = `
  SELECT l.id, l.user_id, l.type, l.message, l.meta ->> 'price' AS price, l.position_id, l.created_at, p.symbol, p.side,
    trim_scale(p.entry_price)::text AS entry_price, p.closed_at IS NOT NULL AS is_closed,
    trim_scale(round(p.realised_pnl, 4))::text AS pnl,
    trim_scale(round(p.realised_pnl * 100 * p.leverage / (p.planned_qty * p.entry_price), 2))::text AS pnl_percent
  FROM trade_log l JOIN users u ON u.id = l.user_id JOIN positions p ON p.id = l.position_id
  WHERE l.id > $1 AND l.id <= $2 AND l.type = ANY ($3::text[]) AND u.notifications_enabled AND u.disabled_at IS NULL
    AND ${COUNTING('$4')} = ANY ($5::text[])
  ORDER BY l.id`;

@Injectable()
export class SourcesRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** How far each source was told and what there is; `busyQueue` says whether trading is writing pages. */
  states(busyQueue: string): Promise<CursorState[]> {
    return this.database.query<CursorState>(STATES, [busyQueue]);
  }

  /** Notes the newest row together with the transactions that may still write rows before it. */
  async mark(source: Source, id: number, xmax: string): Promise<void> {
    await this.database.execute('UPDATE notification_cursors SET mark_id = $2, mark_xmax = $3 WHERE source = $1', [
      source,
      id,
      xmax,
    ]);
  }

  /** Locks a source for the running transaction; undefined while another process tells it. */
  async lock(source: Source): Promise<number | undefined> {
    const row = await this.database.first<{ last_id: number }>(
      'SELECT last_id FROM notification_cursors WHERE source = $1 FOR UPDATE SKIP LOCKED',
      [source],
    );
    return row?.last_id;
  }

  async advance(source: Source, lastId: number): Promise<void> {
    await this.database.execute('UPDATE notification_cursors SET last_id = $2 WHERE source = $1', [source, lastId]);
  }

  signalEvents(after: number, upTo: number, types: readonly SignalEventType[]): Promise<{ id: number; key: string }[]> {
    return this.database.query(
      'SELECT id, key FROM signal_events WHERE id > $1 AND id <= $2 AND type = ANY ($3::text[]) ORDER BY id',
      [after, upTo, types],
    );
  }

  signalEvent(id: number): Promise<SignalEventRow | undefined> {
    return this.database.first<SignalEventRow>(
      `SELECT e.id, e.key, e.type, e.target_index, trim_scale(e.price)::text AS price, e.created_at, s.id AS signal_id,
              s.symbol, s.side, trim_scale(s.entry)::text AS entry, trim_scale(s.stop_loss)::text AS stop_loss,
              s.target_prices
       FROM signal_events e JOIN signals s ON s.id = e.signal_id WHERE e.id = $1`,
      [id],
    );
  }

  /** Users whose plan at this moment is one of `tiers`, by id after `after`. */
  async subscribers(tiers: readonly PlanTier[], after: number, limit: number): Promise<number[]> {
    const rows = await this.database.query<{ id: number }>(
      `SELECT u.id FROM users u
       WHERE u.id > $1 AND u.notifications_enabled AND u.disabled_at IS NULL AND u.is_verified
         AND ${COUNTING('$2')} = ANY ($3::text[])
       ORDER BY u.id LIMIT $4`,
      [after, this.clock.now(), tiers, limit],
    );
    return rows.map(({ id }) => id);
  }

  /** What happened to trades whose owners have one of `tiers`, in order. */
  trades(after: number, upTo: number, tiers: readonly PlanTier[]): Promise<TradeRow[]> {
    return this.database.query<TradeRow>(TRADES, [after, upTo, TOLD_LOG, this.clock.now(), tiers]);
  }

  summaries(after: number, upTo: number): Promise<SummaryRow[]> {
    return this.database.query<SummaryRow>(
      `SELECT id, user_id, to_char(day, 'YYYY-MM-DD') AS day, report FROM daily_reports
       WHERE id > $1 AND id <= $2 AND user_id IS NOT NULL ORDER BY id`,
      [after, upTo],
    );
  }
}
