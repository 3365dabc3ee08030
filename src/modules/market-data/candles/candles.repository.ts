/**
 * Stores and reads candles of one minute, and longer ones made of them.
 * Keeps: a candle that is stored again unchanged is not touched, and one that differs leaves what it was behind; a longer
 * candle is told only when its last minute is over. Set-based; the rows belong to no user.
 */
import { Injectable } from '@nestjs/common';
import type { MinuteCandle } from '../../../domain/candles/minute-candle.js';
import { TIMEFRAME_ORIGIN_MS } from '../../../domain/candles/candle-length.js';
import { Database } from '../../../platform/database/database.js';

export interface SeriesRow {
  id: number;
  symbol: string;
  source: string;
  first_candle_at: Date | null;
  last_candle_at: Date | null;
  failures: number;
  last_error: string | null;
}

export interface CandleOfMinutes {
  readonly symbol: string;
  readonly at: Date;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
  /** Minutes in it that are stored. */
  readonly minutes: number;
}

export interface CandleRange {
  readonly source: string;
  readonly symbols: readonly string[];
  /** Length of each candle. */
  readonly minutes: number;
  /** Both a beginning of such a candle; `to` is not included. */
  readonly from: Date;
  readonly to: Date;
}

export interface Asked {
  readonly seriesId: number;
  readonly failures: number;
  readonly error: string | null;
}

const STORE = `
  WITH given AS (
    SELECT * FROM unnest($2::timestamptz[], $3::numeric[], $4::numeric[], $5::numeric[], $6::numeric[], $7::numeric[])
      AS item (open_time, open, high, low, close, volume)),
  stored AS (
    INSERT INTO candles AS c (series_id, open_time, open, high, low, close, volume, stored_at)
    SELECT $1, open_time, open, high, low, close, volume, $8 FROM given
    ON CONFLICT (series_id, open_time) DO UPDATE SET open = excluded.open, high = excluded.high, low = excluded.low,
      close = excluded.close, volume = excluded.volume, stored_at = excluded.stored_at
    WHERE (c.open, c.high, c.low, c.close, c.volume) IS DISTINCT FROM
      (excluded.open, excluded.high, excluded.low, excluded.close, excluded.volume))
  UPDATE candle_series SET first_candle_at = least(first_candle_at, ends.first), last_candle_at = greatest(last_candle_at, ends.last)
  FROM (SELECT min(open_time) AS first, max(open_time) AS last FROM given) AS ends
  WHERE id = $1 AND ends.first IS NOT NULL`;

/** Several symbols at once; the window of every one is the same. */
const LONGER = `
  SELECT s.symbol, date_bin($3::interval, c.open_time, $6::timestamptz) AS at,
    (array_agg(c.open ORDER BY c.open_time))[1] AS open, max(c.high) AS high, min(c.low) AS low,
    (array_agg(c.close ORDER BY c.open_time DESC))[1] AS close, sum(c.volume) AS volume, count(*) AS minutes
  FROM candle_series s JOIN candles c ON c.series_id = s.id
  WHERE s.source = $1 AND s.symbol = ANY ($2::text[]) AND c.open_time >= $4 AND c.open_time < $5
  GROUP BY s.symbol, at
  HAVING date_bin($3::interval, c.open_time, $6::timestamptz) + $3::interval
    <= max(s.last_candle_at) + interval '1 minute'
  ORDER BY s.symbol, at`;

/** Holes between candles: after which candle each begins, and before which it ends. */
const GAPS = `
  SELECT series_id, after, before FROM (
    SELECT series_id, open_time AS after, lead(open_time) OVER (PARTITION BY series_id ORDER BY open_time) AS before
    FROM candles WHERE series_id = ANY ($1::bigint[]) AND open_time >= $2) AS pairs
  WHERE before > after + interval '1 minute' ORDER BY series_id, after LIMIT $3`;

@Injectable()
export class CandlesRepository {
  constructor(private readonly database: Database) {}

  /** The series of these symbols, made where there are none. */
  async ensure(source: string, symbols: readonly string[]): Promise<SeriesRow[]> {
    const sorted = [...symbols].sort();
    const read = () =>
      this.database.query<SeriesRow>(
        `SELECT id, symbol, source, first_candle_at, last_candle_at, failures, last_error FROM candle_series
         WHERE source = $1 AND symbol = ANY ($2::text[])`,
        [source, sorted],
      );
    const found = await read();
    if (found.length === sorted.length) return found;
    await this.database.execute(
      `INSERT INTO candle_series (source, symbol) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING`,
      [source, sorted],
    );
    return read();
  }

  /** Closed candles of one series; their months must have partitions. */
  async store(seriesId: number, candles: readonly MinuteCandle[], now: Date): Promise<void> {
    if (candles.length === 0) return;
    await this.database.execute(STORE, [
      seriesId,
      candles.map(({ openMs }) => new Date(openMs)),
      candles.map(({ open }) => open),
      candles.map(({ high }) => high),
      candles.map(({ low }) => low),
      candles.map(({ close }) => close),
      candles.map(({ volume }) => volume),
      now,
    ]);
  }

  /** Notes how asking went. */
  async noteAsked(asked: readonly Asked[], now: Date): Promise<void> {
    if (asked.length === 0) return;
    await this.database.execute(
      `UPDATE candle_series s SET failures = item.failures, last_error = item.error, asked_at = $4
       FROM unnest($1::bigint[], $2::int[], $3::text[]) AS item (id, failures, error) WHERE s.id = item.id`,
      [
        asked.map(({ seriesId }) => seriesId),
        asked.map(({ failures }) => failures),
        asked.map(({ error }) => error),
        now,
      ],
    );
  }

  gaps(seriesIds: readonly number[], since: Date, limit: number) {
    return this.database.query<{ series_id: number; after: Date; before: Date }>(GAPS, [seriesIds, since, limit]);
  }

  /** Closed candles of any length, by symbol, oldest first. */
  longer({ source, symbols, minutes, from, to }: CandleRange): Promise<CandleOfMinutes[]> {
    return this.database.query<CandleOfMinutes>(LONGER, [
      source,
      symbols,
      `${minutes} minutes`,
      from,
      to,
      new Date(TIMEFRAME_ORIGIN_MS),
    ]);
  }

  /** Of one source: how far each symbol of `symbols` is known, and how asking went. */
  series(source: string, symbols: readonly string[]): Promise<SeriesRow[]> {
    return this.database.query<SeriesRow>(
      `SELECT id, symbol, source, first_candle_at, last_candle_at, failures, last_error FROM candle_series
       WHERE source = $1 AND symbol = ANY ($2::text[]) ORDER BY symbol`,
      [source, symbols],
    );
  }
}
