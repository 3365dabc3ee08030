/**
 * Computes and stores daily reports: the platform's and one for each follower who closed a trade.
 * Keeps: sums are exact, in SQL; a report is stored once per day and person. A trade counts when it ended in the window
 * and something of it was filled; its profit percentage is realised PnL over the margin at entry.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import type { DailyFigures } from '../../domain/report/daily-report.js';
import type { ReportWindow } from './report-window.js';

export interface StoredReport {
  readonly id: number;
  readonly day: string;
  readonly user_id: number | null;
  readonly report: DailyFigures;
  readonly created_at: Date;
}

const TRADES = `
  trade AS MATERIALIZED (
    SELECT id, user_id, symbol, side, realised_pnl AS pnl, fees,
           round(realised_pnl * 100 * leverage / (planned_qty * entry_price), 4) AS pct,
           (SELECT count(*) FROM unnest(target_hit_at) AS hit WHERE hit IS NOT NULL) AS tp_hits,
           (close_reason = 'STOP')::int AS sl_hits
    FROM positions
    WHERE closed_at >= $1 AND closed_at < $2 AND qty > 0 AND ($3::bigint IS NULL OR user_id = $3)
  )`;

const ROW = `jsonb_build_object('position_id', id, 'symbol', symbol, 'side', side, 'pnl_usdt', trim_scale(pnl)::text,
  'profit_pct', trim_scale(pct)::text)`;

/** Figures over the rows of `trade`; `who` groups them, or is empty for one row. */
function figures(condition: string): string {
  return `
  SELECT jsonb_build_object(
    'total_trades', count(*),
    'winning_trades', count(*) FILTER (WHERE pnl > 0),
    'losing_trades', count(*) FILTER (WHERE pnl < 0),
    'win_rate_pct', trim_scale(round(100.0 * count(*) FILTER (WHERE pnl > 0) / greatest(count(*), 1), 2))::text,
    'total_pnl_usdt', trim_scale(coalesce(sum(pnl), 0))::text,
    'total_profit_pct', trim_scale(round(coalesce(sum(pct), 0), 2))::text,
    'average_profit_pct', trim_scale(round(coalesce(avg(pct), 0), 2))::text,
    'fees_usdt', trim_scale(coalesce(sum(fees), 0))::text,
    'tp_hits', coalesce(sum(tp_hits), 0), 'sl_hits', coalesce(sum(sl_hits), 0),
    'best', (array_agg(${ROW} ORDER BY pct DESC, id))[1],
    'worst', (array_agg(${ROW} ORDER BY pct, id))[1],
    'symbols', coalesce((SELECT jsonb_agg(s ORDER BY s.symbol) FROM (
       SELECT symbol, count(*) AS trades, trim_scale(sum(pnl))::text AS pnl_usdt,
              trim_scale(round(sum(pct), 2))::text AS profit_pct
       FROM trade AS inner_trade WHERE ${condition} GROUP BY symbol) AS s), '[]'::jsonb)) AS report`;
}

const COMPUTE = `WITH ${TRADES} ${figures('true')} FROM trade`;

const STORE_PLATFORM = `
  WITH ${TRADES}
  INSERT INTO daily_reports (day, user_id, report, created_at)
  SELECT $4::date, NULL, report, $5 FROM (${figures('true')} FROM trade) AS made
  ON CONFLICT (day) WHERE user_id IS NULL DO NOTHING RETURNING id`;

const STORE_USERS = `
  WITH ${TRADES}
  INSERT INTO daily_reports (day, user_id, report, created_at)
  SELECT $4::date, user_id, report, $5
  FROM (${figures('inner_trade.user_id = trade.user_id')}, user_id FROM trade GROUP BY user_id) AS made
  ON CONFLICT (day, user_id) WHERE user_id IS NOT NULL DO NOTHING`;

const STORED = `SELECT id, to_char(day, 'YYYY-MM-DD') AS day, user_id, report, created_at FROM daily_reports`;

@Injectable()
export class ReportsRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Figures of one user, or of the platform (`null`), without storing them. */
  async compute(userId: number | null, window: Pick<ReportWindow, 'from' | 'to'>): Promise<DailyFigures> {
    const row = await this.database.first<{ report: DailyFigures }>(COMPUTE, [window.from, window.to, userId]);
    if (row === undefined) throw new Error('a report without figures');
    return row.report;
  }

  /** Stores all reports of a window, in the running transaction. False when the platform's was there already. */
  async store(window: ReportWindow): Promise<boolean> {
    const params = [window.from, window.to, null, window.day, this.clock.now()];
    const made = await this.database.query(STORE_PLATFORM, params);
    await this.database.execute(STORE_USERS, params);
    return made.length === 1;
  }

  find(userId: number | null, day: string): Promise<StoredReport | undefined> {
    return this.database.first<StoredReport>(`${STORED} WHERE day = $1::date AND user_id IS NOT DISTINCT FROM $2`, [
      day,
      userId,
    ]);
  }

  list(userId: number | null, beforeId: number, limit: number): Promise<StoredReport[]> {
    return this.database.query<StoredReport>(
      `${STORED} WHERE user_id IS NOT DISTINCT FROM $1 AND id < $2 ORDER BY id DESC LIMIT $3`,
      [userId, beforeId, limit],
    );
  }
}
