/**
 * What edits need of positions beside their state: which of them an edit has not met yet, and by which plan each goes on.
 * Keeps: a position is marked with the version in the transaction that changes it, so no version reaches it twice.
 */
import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import type { SignalEditRow } from '../signals/signal-edits.repository.js';

@Injectable()
export class PositionEditsRepository {
  constructor(private readonly database: Database) {}

  /** Live positions above `afterId` that were planned before the edit and have not met it; ids ascending. */
  async toMeet(edit: SignalEditRow, afterId: number, limit: number): Promise<number[]> {
    const rows = await this.database.query<{ id: number }>(
      `SELECT id FROM positions
       WHERE signal_id = $1 AND id > $2 AND id <= $3 AND edit_version < $4 AND status IN ('PENDING', 'OPEN', 'PARTIAL')
       ORDER BY id LIMIT $5`,
      [edit.signal_id, afterId, edit.up_to_position, edit.version, limit],
    );
    return rows.map((row) => row.id);
  }

  /** The plan of each of these positions that has one. */
  async planIds(ids: readonly number[]): Promise<ReadonlyMap<number, number>> {
    const rows = await this.database.query<{ id: number; plan_id: number }>(
      'SELECT id, plan_id FROM positions WHERE id = ANY ($1::bigint[]) AND plan_id IS NOT NULL',
      [ids],
    );
    return new Map(rows.map(({ id, plan_id }) => [id, plan_id]));
  }

  /** Notes that the positions have met `version`; where it is null, none of a signal. */
  async mark(ids: readonly number[], version: number | null, plans: ReadonlyMap<number, number>): Promise<void> {
    if (ids.length === 0) return;
    await this.database.execute(
      `UPDATE positions SET edit_version = coalesce($3, edit_version), plan_id = coalesce(item.plan_id, positions.plan_id)
       FROM unnest($1::bigint[], $2::bigint[]) AS item (id, plan_id) WHERE positions.id = item.id`,
      [ids, ids.map((id) => plans.get(id) ?? null), version],
    );
  }
}
