/**
 * Reads the log of alerts for staff, and keeps what came of an alert while it is carried out.
 * Keeps: a provider sees the alerts of the own sources only; pages are by id; a plan is stored before it is carried out and
 * never changed; what is settled stays as it is.
 */
import { Injectable } from '@nestjs/common';
import type { Alert } from '../../domain/alerts/alert.js';
import type { Held } from '../../domain/alerts/held.js';
import type { SaidPosition } from '../../domain/alerts/said-position.js';
import type { Intent } from '../../domain/intent/intent.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import type { AlertVerdict } from './alert.entity.js';
import { storable } from './alert-inbox.repository.js';
import type { Viewer } from './alert-tokens.repository.js';

export interface Reason {
  readonly code: string;
  readonly says: string;
}

/** What one alert of a body comes to. */
export interface AlertPlan {
  readonly steps: readonly object[];
  readonly gap: object | null;
  readonly reasons: readonly Reason[];
  readonly intents: readonly Intent[];
}

export interface AlertRow {
  id: number;
  source_id: number;
  source: string;
  received_at: Date;
  address: string;
  content_type: string;
  user_agent: string;
  body: string;
  dialect: string | null;
  symbols: string[];
  verdict: AlertVerdict;
  reasons: Reason[];
  alerts: Alert[];
  plans: AlertPlan[];
  results: object[];
  signal_ids: number[];
  repeat_of: number | null;
  replay_of: number | null;
  settled_at: Date | null;
}

export interface AlertFilter {
  readonly sourceId: number | null;
  readonly verdict: string | null;
  readonly symbol: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly beforeId: number | null;
  readonly limit: number;
}

export interface Outcome {
  readonly verdict: Extract<AlertVerdict, 'DONE' | 'NOTHING' | 'REFUSED' | 'FAILED'>;
  readonly reasons: readonly Reason[];
  readonly results: readonly object[];
  readonly signalIds: readonly number[];
}

const ROW = `
  SELECT a.id, a.source_id, s.code AS source, a.received_at, a.address, a.content_type, a.user_agent, a.body, a.dialect,
    a.symbols, a.verdict, a.reasons, a.alerts, a.plans, a.results, a.signal_ids, a.repeat_of, a.replay_of, a.settled_at
  FROM alerts a JOIN sources s ON s.id = a.source_id`;

@Injectable()
export class AlertsRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Newest first. */
  list({ ownerId }: Viewer, filter: AlertFilter): Promise<AlertRow[]> {
    return this.database.query<AlertRow>(
      `${ROW}
       WHERE a.source_id IN (SELECT id FROM sources WHERE ($1::bigint IS NULL OR owner_id = $1) AND ($2::bigint IS NULL OR id = $2))
         AND ($3::text IS NULL OR a.verdict = $3) AND ($4::jsonb IS NULL OR a.symbols @> $4)
         AND ($5::timestamptz IS NULL OR a.received_at >= $5) AND ($6::timestamptz IS NULL OR a.received_at < $6)
         AND a.id < coalesce($7::bigint, 9223372036854775807)
       ORDER BY a.id DESC LIMIT $8`,
      [
        ownerId,
        filter.sourceId,
        filter.verdict,
        filter.symbol === null ? null : JSON.stringify([filter.symbol]),
        filter.from,
        filter.to,
        filter.beforeId,
        filter.limit,
      ],
    );
  }

  find({ ownerId }: Viewer, id: number): Promise<AlertRow | undefined> {
    return this.database.first<AlertRow>(`${ROW} WHERE a.id = $2 AND ($1::bigint IS NULL OR s.owner_id = $1)`, [
      ownerId,
      id,
    ]);
  }

  /** What the source holds now, by its live signals, and what it last said that it holds. */
  async held(sourceId: number, symbol: string): Promise<Held> {
    const row = await this.database.first<{ live: 'LONG' | 'SHORT' | null; side: string | null; size: string | null }>(
      `SELECT p.side, p.size, (
         SELECT g.side FROM signals g WHERE g.source_id = $1 AND g.symbol = $2 AND g.status IN ('NEW', 'OPENED', 'PARTIAL')
           AND g.id > coalesce(p.closed_through, 0) ORDER BY g.id DESC LIMIT 1) AS live
       FROM (SELECT 1) AS one LEFT JOIN alert_positions p ON p.source_id = $1 AND p.symbol = $2`,
      [sourceId, symbol],
    );
    const side = row?.live === 'LONG' ? 'long' : row?.live === 'SHORT' ? 'short' : 'flat';
    const said = row?.side ?? null;
    return { side, said: said === null ? null : ({ side: said, size: row?.size ?? null } as SaidPosition) };
  }

  /** Before it is carried out; false where the alert is settled. */
  async addPlan(id: number, plan: AlertPlan): Promise<boolean> {
    const count = await this.database.execute(
      `UPDATE alerts SET plans = plans || $2::jsonb WHERE id = $1 AND verdict = 'QUEUED'`,
      [id, storable([plan])],
    );
    return count > 0;
  }

  /** What the source is believed to hold after an alert, in the running transaction. An older alert changes nothing. */
  async setPosition(
    alert: { id: number; source_id: number },
    symbol: string,
    said: SaidPosition | null,
    closedThrough: number,
  ): Promise<void> {
    await this.database.execute(
      `INSERT INTO alert_positions AS p (source_id, symbol, side, size, closed_through, alert_id, updated_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (source_id, symbol) DO UPDATE SET side = excluded.side, size = excluded.size,
         closed_through = greatest(p.closed_through, excluded.closed_through), alert_id = excluded.alert_id,
         updated_at = excluded.updated_at
       WHERE p.alert_id <= excluded.alert_id`,
      [alert.source_id, symbol, said?.side ?? null, said?.size ?? null, closedThrough, alert.id, this.clock.now()],
    );
  }

  async settle(id: number, { verdict, reasons, results, signalIds }: Outcome): Promise<void> {
    await this.database.execute(
      `UPDATE alerts SET verdict = $2, reasons = $3, results = $4, signal_ids = $5, settled_at = $6
       WHERE id = $1 AND verdict = 'QUEUED'`,
      [id, verdict, storable(reasons), storable(results), signalIds, this.clock.now()],
    );
  }

  /** Deletes what is settled and older than `before`, at most `limit` at a time. */
  purge(before: Date, limit: number): Promise<number> {
    return this.database.execute(
      `DELETE FROM alerts WHERE id = ANY (ARRAY (
         SELECT id FROM alerts WHERE received_at < $1 AND verdict <> 'QUEUED' ORDER BY received_at LIMIT $2))`,
      [before, limit],
    );
  }
}
