/**
 * Stores and reads the versions of signals.
 * Keeps: a version is written under the signal's row lock, in the transaction that changes the signal; counts are added
 * in the transaction that changes the positions counted.
 */
import { Injectable } from '@nestjs/common';
import { planText } from '../../domain/plan/parse-plan.js';
import type { RefusedField, SignalChanges } from '../../domain/signal/edit-signal.js';
import type { SignalDraft } from '../../domain/signal/check-signal.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';

export interface SignalEditRow {
  id: number;
  signal_id: number;
  version: number;
  actor_kind: 'user' | 'service';
  actor_id: number | null;
  request: Record<string, unknown>;
  changes: SignalChanges;
  refused_fields: RefusedField[];
  plan: Record<string, unknown>;
  up_to_position: number;
  applied: number;
  partly: number;
  refused: number;
  unchanged: number;
  detached: number;
  reasons: Record<string, number>;
  created_at: Date;
  finished_at: Date | null;
}

export interface NewSignalEdit {
  readonly signalId: number;
  readonly version: number;
  readonly key: string | null;
  readonly actorKind: 'user' | 'service';
  readonly actorId: number | null;
  readonly request: object;
  readonly changes: SignalChanges;
  readonly refused: readonly RefusedField[];
}

/** Positions by what an edit came to for them. */
export interface EditCounts {
  readonly applied: number;
  readonly partly: number;
  readonly refused: number;
  readonly unchanged: number;
  readonly detached: number;
  readonly reasons: Readonly<Record<string, number>>;
}

const SELECT = `
  SELECT id, signal_id, version, actor_kind, actor_id, request, changes, refused_fields, plan, up_to_position, applied, partly,
         refused, unchanged, detached, reasons, created_at, finished_at
  FROM signal_edits`;

/** What the signal's positions were planned by is known by their ids: a later page waits for the signal's row. */
const INSERT = `
  INSERT INTO signal_edits (signal_id, version, idempotency_key, actor_kind, actor_id, request, changes, refused_fields, plan,
    up_to_position, created_at)
  SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, CASE WHEN is_called THEN last_value ELSE 0 END, $10 FROM positions_id_seq`;

const CHANGE_SIGNAL = `
  UPDATE signals SET entry = $2, stop_loss = $3, target_prices = $4::numeric[], leverage = $5, confidence = $6, duration = $7,
    meta = $8, plan = $9, edit_version = $10, updated_at = $11,
    target_hit_at = (SELECT array_agg(target_hit_at[place] ORDER BY place) FROM generate_series(1, cardinality($4::numeric[])) AS place)
  WHERE id = $1`;

const COUNT = `
  UPDATE signal_edits SET applied = applied + $2, partly = partly + $3, refused = refused + $4, unchanged = unchanged + $5,
    detached = detached + $6, reasons = (
      SELECT coalesce(jsonb_object_agg(reason, positions), '{}') FROM (
        SELECT reason, sum(positions) AS positions
        FROM (SELECT key AS reason, value::bigint AS positions FROM jsonb_each_text(reasons)
              UNION ALL SELECT key, value::bigint FROM jsonb_each_text($7::jsonb)) AS part
        GROUP BY reason) AS total)
  WHERE id = $1`;

@Injectable()
export class SignalEditsRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async insert(edit: NewSignalEdit, after: SignalDraft): Promise<void> {
    const now = this.clock.now();
    const plan = JSON.stringify(planText(after.plan));
    await this.database.execute(INSERT, [
      edit.signalId,
      edit.version,
      edit.key,
      edit.actorKind,
      edit.actorId,
      JSON.stringify(edit.request),
      JSON.stringify(edit.changes),
      JSON.stringify(edit.refused),
      plan,
      now,
    ]);
    await this.database.execute(CHANGE_SIGNAL, [
      edit.signalId,
      after.entry,
      after.stopLoss,
      after.targets,
      after.leverage,
      after.confidence,
      after.duration,
      JSON.stringify(after.meta),
      plan,
      edit.version,
      now,
    ]);
  }

  find(signalId: number, version: number): Promise<SignalEditRow | undefined> {
    return this.database.first<SignalEditRow>(`${SELECT} WHERE signal_id = $1 AND version = $2`, [signalId, version]);
  }

  findByKey(signalId: number, key: string): Promise<SignalEditRow | undefined> {
    const sql = `${SELECT} WHERE signal_id = $1 AND idempotency_key = $2`;
    return this.database.first<SignalEditRow>(sql, [signalId, key]);
  }

  /** Newest first. */
  of(signalId: number, beforeVersion: number, limit: number): Promise<SignalEditRow[]> {
    const sql = `${SELECT} WHERE signal_id = $1 AND version < $2 ORDER BY version DESC LIMIT $3`;
    return this.database.query<SignalEditRow>(sql, [signalId, beforeVersion, limit]);
  }

  async count(id: number, counts: EditCounts): Promise<void> {
    const { applied, partly, refused, unchanged, detached, reasons } = counts;
    await this.database.execute(COUNT, [id, applied, partly, refused, unchanged, detached, JSON.stringify(reasons)]);
  }

  async finish(id: number): Promise<void> {
    const sql = 'UPDATE signal_edits SET finished_at = $2 WHERE id = $1 AND finished_at IS NULL';
    await this.database.execute(sql, [id, this.clock.now()]);
  }
}
