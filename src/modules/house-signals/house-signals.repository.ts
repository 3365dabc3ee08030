/**
 * Reads the signals of the house's bots, and what following each exactly has come to.
 * Keeps: reads only; a percentage is that of the price, without leverage. Of the quantity each target takes an equal share
 * at the price at which it was hit, the end of the signal takes the rest at the market's price of that moment.
 */
import { Injectable } from '@nestjs/common';
import { EXPIRED_REASON, type HousePositionStatus, type HouseStatus } from '../../domain/signal/house.js';
import type { Side } from '../../domain/instrument/side.js';
import type { SignalEventType, SignalStatus } from '../../domain/signal/signal.js';
import { HAPPENED, movedPercent, resultPercent } from '../signals/signal-results.repository.js';
import { Database } from '../../platform/database/database.js';

export interface HouseSignalRow {
  id: number;
  code: string;
  symbol: string;
  side: Side;
  entry: string;
  stop_loss: string;
  target_prices: string[];
  confidence: number;
  status: SignalStatus;
  close_reason: string | null;
  meta: Record<string, unknown>;
  created_at: Date;
  closed_at: Date | null;
}

export interface HousePositionRow extends HouseSignalRow {
  target_hit_at: (Date | null)[];
  exit_price: string | null;
  /** Highest profit, and lowest (0 or below), that is known to have been reached, in percent. */
  mfe: string;
  mae: string;
  pnl_pct: string;
}

/** An event of a signal, of whichever source. */
export interface HouseEventRow {
  signal_id: number;
  code: string;
  ref: string | null;
  type: SignalEventType;
  target_index: number | null;
  price: string | null;
  reason: string | null;
}

export interface HouseFilter {
  readonly statuses: readonly (HouseStatus | HousePositionStatus)[];
  /** Of one bot, or of all. */
  readonly codes: readonly string[];
  readonly limit: number;
  readonly offset: number;
}

const LIVE = `s.status IN ('NEW', 'OPENED', 'PARTIAL')`;
const EXPIRED = `coalesce(s.close_reason, '') = '${EXPIRED_REASON}'`;

const CONDITIONS: Readonly<Record<HouseStatus | HousePositionStatus, string>> = {
  ACTIVE: LIVE,
  OPEN: LIVE,
  CLOSED: `s.status IN ('CLOSED', 'STOPPED')`,
  TP_HIT: `s.status = 'CLOSED'`,
  SL_HIT: `s.status = 'STOPPED'`,
  CANCELLED: `s.status = 'CANCELLED' AND NOT ${EXPIRED}`,
  EXPIRED: `s.status = 'CANCELLED' AND ${EXPIRED}`,
};

const COLUMNS = `s.id, o.code, s.symbol, s.side, s.entry, s.stop_loss, s.target_prices, s.confidence, s.status, s.close_reason,
  s.meta, s.created_at, s.closed_at`;

const FROM = `FROM signals s JOIN sources o ON o.id = s.source_id WHERE s.source_id = ANY ($1::bigint[])`;

@Injectable()
export class HouseSignalsRepository {
  constructor(private readonly database: Database) {}

  /** Live ones that were posted since, newest first. */
  live(sourceIds: readonly number[], since: Date, limit: number): Promise<HouseSignalRow[]> {
    const sql = `SELECT ${COLUMNS} ${FROM} AND ${LIVE} AND s.created_at >= $2 ORDER BY s.id DESC LIMIT $3`;
    return this.database.query<HouseSignalRow>(sql, [sourceIds, since, limit]);
  }

  event(id: number): Promise<HouseEventRow | undefined> {
    return this.database.first<HouseEventRow>(
      `SELECT e.signal_id, o.code, s.ref, e.type, e.target_index, e.price, e.detail ->> 'reason' AS reason
       FROM signal_events e JOIN signals s ON s.id = e.signal_id JOIN sources o ON o.id = s.source_id WHERE e.id = $1`,
      [id],
    );
  }

  /** Newest first. */
  signals(sourceIds: readonly number[], filter: HouseFilter): Promise<HouseSignalRow[]> {
    const sql = `SELECT ${COLUMNS} ${FROM} AND (${conditionOf(filter)}) ORDER BY s.id DESC LIMIT $2 OFFSET $3`;
    return this.database.query<HouseSignalRow>(sql, [sourceIds, filter.limit, filter.offset]);
  }

  async count(sourceIds: readonly number[], filter: HouseFilter): Promise<number> {
    const sql = `SELECT count(*) AS total ${FROM} AND (${conditionOf(filter)})`;
    return (await this.database.first<{ total: number }>(sql, [sourceIds]))?.total ?? 0;
  }

  /** The same with what each has come to; what is open at the market's last price. */
  positions(sourceIds: readonly number[], filter: HouseFilter): Promise<HousePositionRow[]> {
    const market = `coalesce(m.price, s.entry)`;
    const rest = `coalesce(h.ended_at, ${market})`;
    const now = `CASE WHEN s.closed_at IS NULL AND s.opened_at IS NOT NULL THEN ${market} ELSE s.entry END`;
    return this.database.query<HousePositionRow>(
      `WITH page AS MATERIALIZED (
         SELECT ${COLUMNS}, s.target_hit_at, s.opened_at ${FROM} AND (${conditionOf(filter)})
         ORDER BY s.id DESC LIMIT $2 OFFSET $3)
       SELECT s.*, CASE WHEN s.closed_at IS NOT NULL THEN coalesce(h.ended_at, h.last_hit) END AS exit_price,
         ${resultPercent(rest)} AS pnl_pct, round(greatest(0, up.best, up.worst), 4) AS mfe,
         round(least(0, up.best, up.worst), 4) AS mae
       FROM page s LEFT JOIN LATERAL (${HAPPENED}) AS h ON true LEFT JOIN market_prices m ON m.symbol = s.symbol
         LEFT JOIN signal_extremes x ON x.signal_id = s.id,
         LATERAL (SELECT ${movedPercent(`greatest(h.highest, x.high, ${now})`)} AS best, ${movedPercent(`least(h.lowest, x.low, ${now})`)} AS worst) AS up
       ORDER BY s.id DESC`,
      [sourceIds, filter.limit, filter.offset],
    );
  }
}

function conditionOf({ statuses }: HouseFilter): string {
  return statuses.length === 0 ? 'true' : statuses.map((status) => `(${CONDITIONS[status]})`).join(' OR ');
}
