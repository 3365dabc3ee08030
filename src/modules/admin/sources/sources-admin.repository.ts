/**
 * Sources as administrators keep them: with what they are worth, made and changed.
 * Keeps: a page is one statement of one moment; a source is never deleted and its code never changes, because signals and
 * their history name it.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';
import type { SourceKind } from '../../signals/source.entity.js';

export interface SourceRow {
  id: number;
  code: string;
  kind: SourceKind;
  name: string;
  owner_id: number | null;
  is_enabled: boolean;
  created_at: Date;
  /** Tokens in force. */
  tokens: number;
  followers: number;
  signals: number;
  live_signals: number;
  trades: number;
  wins: number;
  losses: number;
  volume_usdt: string;
  realised_pnl_usdt: string;
  best_trade_usdt: string | null;
  worst_trade_usdt: string | null;
  last_signal_at: Date | null;
  /** Its text profile. */
  text: Record<string, unknown> | null;
}

export type StoredSource = Pick<SourceRow, 'code' | 'name' | 'is_enabled' | 'text'>;

/** Trades by when they ended; one that was never filled is none. Positions that hit nothing but costs are losses. */
const PAGE = `
  WITH page AS MATERIALIZED (SELECT * FROM sources WHERE id < $2 ORDER BY id DESC LIMIT $3)
  SELECT s.id, s.code, s.kind, s.name, s.owner_id, s.is_enabled, s.created_at, s.settings->'text' AS text,
    (SELECT count(*) FROM access_tokens t WHERE t.source_id = s.id AND t.revoked_at IS NULL
       AND (t.expires_at IS NULL OR t.expires_at > $4)) AS tokens,
    coalesce(signalled.signals, 0) AS signals, coalesce(signalled.live, 0) AS live_signals, signalled.last_signal_at,
    (SELECT count(*) FROM users u WHERE u.auto_trade_enabled AND u.disabled_at IS NULL AND NOT EXISTS (
       SELECT FROM source_subscriptions x WHERE x.user_id = u.id AND x.source_id = s.id AND NOT x.is_enabled)) AS followers,
    coalesce(traded.trades, 0) AS trades, coalesce(traded.wins, 0) AS wins, coalesce(traded.losses, 0) AS losses,
    coalesce(traded.volume, 0) AS volume_usdt, coalesce(traded.pnl, 0) AS realised_pnl_usdt,
    traded.best AS best_trade_usdt, traded.worst AS worst_trade_usdt
  FROM page s
  LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE g.created_at >= $1) AS signals,
      count(*) FILTER (WHERE g.status IN ('NEW', 'OPENED', 'PARTIAL')) AS live, max(g.created_at) AS last_signal_at
    FROM signals g WHERE g.source_id = s.id) AS signalled ON true
  LEFT JOIN (
    SELECT g.source_id, count(*) AS trades, count(*) FILTER (WHERE p.realised_pnl > 0) AS wins,
      count(*) FILTER (WHERE p.realised_pnl < 0) AS losses, sum(p.qty * p.entry_price) AS volume, sum(p.realised_pnl) AS pnl,
      max(p.realised_pnl) AS best, min(p.realised_pnl) AS worst
    FROM all_positions p JOIN signals g ON g.id = p.signal_id
    WHERE p.closed_at >= $1 AND p.status IN ('CLOSED', 'STOPPED', 'CANCELLED') AND p.qty > 0
      AND g.source_id IN (SELECT id FROM page)
    GROUP BY g.source_id) AS traded ON traded.source_id = s.id
  ORDER BY s.id DESC`;

@Injectable()
export class SourcesAdminRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Newest first: what each has posted since `since`, and how its trades that ended since then did. */
  page(since: Date, beforeId: number, limit: number): Promise<SourceRow[]> {
    return this.database.query<SourceRow>(PAGE, [since, beforeId, limit, this.clock.now()]);
  }

  async find(since: Date, id: number): Promise<SourceRow | undefined> {
    const [row] = await this.page(since, id + 1, 1);
    return row?.id === id ? row : undefined;
  }

  /** Its id; undefined where the code is taken. */
  async add(code: string, kind: SourceKind, name: string): Promise<number | undefined> {
    const row = await this.database.first<{ id: number }>(
      `INSERT INTO sources (code, kind, name, created_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (code) DO NOTHING RETURNING id`,
      [code, kind, name, this.clock.now()],
    );
    return row?.id;
  }

  /** In the running transaction: waits for a post that is under way, and lets the next one wait. */
  lock(id: number): Promise<StoredSource | undefined> {
    const sql = `SELECT code, name, is_enabled, settings->'text' AS text FROM sources WHERE id = $1 FOR NO KEY UPDATE`;
    return this.database.first<StoredSource>(sql, [id]);
  }

  async change(id: number, { name, is_enabled, text }: Omit<StoredSource, 'code'>): Promise<void> {
    await this.database.execute(
      `UPDATE sources SET name = $2, is_enabled = $3, settings = CASE WHEN $4::jsonb IS NULL THEN settings - 'text'
         ELSE jsonb_set(settings, '{text}', $4::jsonb) END WHERE id = $1`,
      [id, name, is_enabled, text === null ? null : JSON.stringify(text)],
    );
  }
}
