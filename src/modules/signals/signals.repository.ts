/**
 * Stores and reads signals and their sources. Signals are public to every signed-in user, so reads take no owner;
 * decisions are read for one user, or for all by staff.
 */
import { Injectable } from '@nestjs/common';
import type { SignalDraft } from '../../domain/signal/check-signal.js';
import type { SignalStatus } from '../../domain/signal/signal.js';
import type { Side } from '../../domain/instrument/side.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import type { SourceKind } from './source.entity.js';

export interface SignalRow {
  id: number;
  symbol: string;
  side: Side;
  trade_type: 'FUTURES' | 'SPOT';
  duration: 'SHORT' | 'LONG';
  entry: string;
  stop_loss: string;
  target_prices: string[];
  target_hit_at: (Date | null)[];
  leverage: number;
  confidence: number;
  status: SignalStatus;
  close_reason: string | null;
  meta: Record<string, unknown>;
  source: string;
  created_at: Date;
  closed_at: Date | null;
}

export interface SignalFilter {
  readonly statuses: readonly string[] | null;
  readonly symbol: string | null;
  readonly side: string | null;
  readonly source: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly beforeId: number | null;
  readonly limit: number;
}

export interface DecisionRow {
  user_id: number;
  verdict: 'OPENED' | 'REFUSED';
  reason: string | null;
  detail: Record<string, unknown>;
  position_id: number | null;
  created_at: Date;
}

const SELECT = `
  SELECT s.id, s.symbol, s.side, s.trade_type, s.duration, s.entry, s.stop_loss, s.target_prices, s.target_hit_at, s.leverage,
         s.confidence, s.status, s.close_reason, s.meta, source.code AS source, s.created_at, s.closed_at
  FROM signals s JOIN sources source ON source.id = s.source_id`;

const LIST = `${SELECT}
  WHERE s.id < $1 AND ($2::text[] IS NULL OR s.status = ANY ($2))
    AND ($3::text IS NULL OR s.symbol = $3) AND ($4::text IS NULL OR s.side = $4)
    AND ($5::text IS NULL OR source.code = $5)
    AND ($6::timestamptz IS NULL OR s.created_at >= $6) AND ($7::timestamptz IS NULL OR s.created_at < $7)
  ORDER BY s.id DESC LIMIT $8`;

@Injectable()
export class SignalsRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  list(filter: SignalFilter): Promise<SignalRow[]> {
    const { beforeId, statuses, symbol, side, source, from, to, limit } = filter;
    const params = [beforeId ?? Number.MAX_SAFE_INTEGER, statuses, symbol, side, source, from, to, limit];
    return this.database.query<SignalRow>(LIST, params);
  }

  find(id: number): Promise<SignalRow | undefined> {
    return this.database.first<SignalRow>(`${SELECT} WHERE s.id = $1`, [id]);
  }

  /** Makes posts of one symbol and side wait for each other until the transaction ends. */
  async serialise(symbol: string, side: Side): Promise<void> {
    await this.database.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 1))', [`${symbol}:${side}`]);
  }

  async postedSince(symbol: string, side: Side, since: Date): Promise<boolean> {
    const row = await this.database.first(
      'SELECT 1 FROM signals WHERE symbol = $1 AND side = $2 AND created_at > $3 LIMIT 1',
      [symbol, side, since],
    );
    return row !== undefined;
  }

  findByKey(sourceId: number, key: string): Promise<SignalRow | undefined> {
    return this.database.first<SignalRow>(`${SELECT} WHERE s.source_id = $1 AND s.idempotency_key = $2`, [
      sourceId,
      key,
    ]);
  }

  /** The source with this code, made when it is new. */
  async sourceId(code: string, kind: SourceKind, name: string, ownerId: number | null): Promise<number> {
    const row = await this.database.first<{ id: number }>(
      `INSERT INTO sources (code, kind, name, owner_id, created_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (code) DO UPDATE SET code = excluded.code RETURNING id`,
      [code, kind, name, ownerId, this.clock.now()],
    );
    if (row === undefined) throw new Error(`the source ${code} could not be stored`);
    return row.id;
  }

  async insert(draft: SignalDraft, sourceId: number, actorId: number | null, key: string | null): Promise<number> {
    const row = await this.database.first<{ id: number }>(
      `INSERT INTO signals (source_id, created_by_id, idempotency_key, symbol, side, trade_type, duration, entry, stop_loss,
         target_prices, target_hit_at, leverage, confidence, status, meta, created_at, updated_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::numeric[],
         array_fill(NULL::timestamptz, ARRAY[cardinality($10::numeric[])]), $11, $12, 'NEW', $13, $14, $14)
       RETURNING id`,
      [
        sourceId,
        actorId,
        key,
        draft.symbol,
        draft.side,
        draft.tradeType,
        draft.duration,
        draft.entry,
        draft.stopLoss,
        draft.targets,
        draft.leverage,
        draft.confidence,
        JSON.stringify(draft.meta),
        this.clock.now(),
      ],
    );
    if (row === undefined) throw new Error('the signal could not be stored');
    return row.id;
  }

  /** How many followers opened, and were refused for what. */
  decisionCounts(signalId: number): Promise<{ verdict: string; reason: string | null; count: number }[]> {
    return this.database.query(
      `SELECT verdict, reason, count(*) AS count FROM decisions WHERE signal_id = $1
       GROUP BY verdict, reason ORDER BY verdict, count(*) DESC`,
      [signalId],
    );
  }

  /** Decisions of one user, or of all (`null`, for staff), by ascending user id. */
  decisions(signalId: number, userId: number | null, afterUser: number, limit: number): Promise<DecisionRow[]> {
    return this.database.query<DecisionRow>(
      `SELECT user_id, verdict, reason, detail, position_id, created_at FROM decisions
       WHERE signal_id = $1 AND ($2::bigint IS NULL OR user_id = $2) AND user_id > $3 ORDER BY user_id LIMIT $4`,
      [signalId, userId, afterUser, limit],
    );
  }
}
