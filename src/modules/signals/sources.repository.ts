/**
 * Stores and reads the sources of signals.
 * Keeps: a source's code never changes, so what was read once is remembered for good.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import type { SourceKind } from './source.entity.js';

export interface NewSource {
  readonly code: string;
  readonly kind: SourceKind;
  readonly name: string;
  readonly ownerId: number | null;
}

@Injectable()
export class SourcesRepository {
  readonly #codes = new Map<number, string>();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** The id of the source with this code, made when it is new. */
  async ensure({ code, kind, name, ownerId }: NewSource): Promise<number> {
    const row = await this.database.first<{ id: number }>(
      `INSERT INTO sources (code, kind, name, owner_id, created_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (code) DO UPDATE SET code = excluded.code RETURNING id`,
      [code, kind, name, ownerId, this.clock.now()],
    );
    if (row === undefined) throw new Error(`the source ${code} could not be stored`);
    return row.id;
  }

  /** The codes of the sources with these ids. */
  async codes(ids: readonly number[]): Promise<ReadonlyMap<number, string>> {
    const missing = ids.filter((id) => !this.#codes.has(id));
    if (missing.length > 0) {
      const sql = 'SELECT id, code FROM sources WHERE id = ANY ($1::bigint[])';
      const rows = await this.database.query<{ id: number; code: string }>(sql, [missing]);
      for (const { id, code } of rows) this.#codes.set(id, code);
    }
    return this.#codes;
  }
}
