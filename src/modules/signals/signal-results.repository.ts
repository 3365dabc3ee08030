/**
 * What following signals exactly has come to, by their events: for the figures of sources.
 * Keeps: a percentage is that of the price, without leverage and fees. Of the quantity each target takes an equal share at the
 * price at which it was hit, the end takes the rest at its price; what was never entered counts nowhere.
 */
import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';

export interface SourceFigures {
  readonly source_id: number;
  readonly code: string;
  readonly signals: number;
  readonly live: number;
  /** Entered and ended. */
  readonly closed: number;
  readonly wins: number;
  readonly losses: number;
  readonly stopped: number;
  readonly targets_hit: number;
  /** Percent; sum, best and worst over what is closed. */
  readonly pnl_pct: string;
  readonly best_pct: string | null;
  readonly worst_pct: string | null;
  readonly minutes: string | null;
}

/** The prices of a symbol within a time. */
export interface PriceWindow {
  readonly symbol: string;
  readonly high: string;
  readonly low: string;
  readonly since: Date;
}

/** What has happened to the signal `s`, by its events: one row. */
export const HAPPENED = `
  SELECT sum(e.price) FILTER (WHERE e.type = 'TARGET') AS hit_prices, count(*) FILTER (WHERE e.type = 'TARGET') AS hits,
    (array_agg(e.price ORDER BY e.id DESC) FILTER (WHERE e.type = 'TARGET'))[1] AS last_hit,
    max(e.price) FILTER (WHERE e.type IN ('STOP', 'CANCELLED', 'CLOSED')) AS ended_at,
    max(e.price) FILTER (WHERE e.type <> 'POSTED') AS highest, min(e.price) FILTER (WHERE e.type <> 'POSTED') AS lowest
  FROM signal_events e WHERE e.signal_id = s.id AND e.price IS NOT NULL`;

/** How far `price` is from the entry of `s`, in percent toward profit. */
export const movedPercent = (price: string): string =>
  `(CASE s.side WHEN 'LONG' THEN 1 ELSE -1 END * (${price} - s.entry) / s.entry * 100)`;

/** What `s` has come to with what happened as `h`, in percent; `rest` is the price of what no target has taken. */
export const resultPercent = (rest: string): string => `
  CASE WHEN s.opened_at IS NULL THEN 0 ELSE round(${movedPercent(
    `(coalesce(h.hit_prices, 0) + (cardinality(s.target_prices) - h.hits) * ${rest}) / cardinality(s.target_prices)`,
  )}, 4) END`;

const FIGURES = `
  WITH signal AS (
    SELECT s.source_id, s.status, s.closed_at IS NULL AS is_live, h.hits,
      CASE WHEN s.closed_at IS NOT NULL AND s.opened_at IS NOT NULL THEN ${resultPercent('coalesce(h.ended_at, s.entry)')}
        END AS pnl,
      CASE WHEN s.opened_at IS NOT NULL THEN extract(epoch FROM s.closed_at - s.opened_at) / 60 END AS minutes
    FROM signals s LEFT JOIN LATERAL (${HAPPENED}) AS h ON s.closed_at IS NOT NULL
    WHERE s.source_id = ANY ($1::bigint[]) AND ($2::timestamptz IS NULL OR s.created_at >= $2))
  SELECT o.id AS source_id, o.code, count(*) AS signals, count(*) FILTER (WHERE is_live) AS live, count(pnl) AS closed,
    count(*) FILTER (WHERE pnl > 0) AS wins, count(*) FILTER (WHERE pnl < 0) AS losses,
    count(pnl) FILTER (WHERE status = 'STOPPED') AS stopped, coalesce(sum(hits), 0)::bigint AS targets_hit,
    coalesce(sum(pnl), 0) AS pnl_pct, max(pnl) AS best_pct, min(pnl) AS worst_pct,
    round(avg(minutes) FILTER (WHERE pnl IS NOT NULL), 1) AS minutes
  FROM signal JOIN sources o ON o.id = signal.source_id GROUP BY o.id, o.code ORDER BY o.id`;

const WIDEN = `
  INSERT INTO signal_extremes AS kept (signal_id, high, low)
  SELECT s.id, w.high, w.low
  FROM unnest($1::text[], $2::numeric[], $3::numeric[], $4::timestamptz[]) AS w (symbol, high, low, since)
  JOIN signals s ON s.symbol = w.symbol AND s.opened_at <= w.since
  WHERE s.status IN ('OPENED', 'PARTIAL')
  ON CONFLICT (signal_id) DO UPDATE SET high = greatest(kept.high, excluded.high), low = least(kept.low, excluded.low)
  WHERE excluded.high > kept.high OR excluded.low < kept.low`;

@Injectable()
export class SignalResultsRepository {
  constructor(private readonly database: Database) {}

  /** Of signals that were posted since, or ever; a source that has posted nothing is missing. */
  figures(sourceIds: readonly number[], since: Date | null): Promise<SourceFigures[]> {
    return this.database.query<SourceFigures>(FIGURES, [sourceIds, since]);
  }

  /** Lets the extremes of signals that were entered before each window reach as far as its prices. */
  async widen(windows: readonly PriceWindow[]): Promise<void> {
    if (windows.length === 0) return;
    await this.database.execute(WIDEN, [
      windows.map(({ symbol }) => symbol),
      windows.map(({ high }) => high),
      windows.map(({ low }) => low),
      windows.map(({ since }) => since),
    ]);
  }
}
