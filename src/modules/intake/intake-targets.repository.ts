/**
 * Stores which signals changes meant, and finds those that fit. Every method names the source first.
 * Keeps: what a key meant first is what it means.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';

@Injectable()
export class IntakeTargets {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Undefined for a key that is new. */
  async of(sourceId: number, key: string): Promise<readonly number[] | undefined> {
    const sql = 'SELECT signal_ids FROM intake_targets WHERE source_id = $1 AND key = $2';
    return (await this.database.first<{ signal_ids: number[] }>(sql, [sourceId, key]))?.signal_ids;
  }

  /** Answers what the key means from now on: somebody else may have been first. */
  async store(sourceId: number, key: string, signalIds: readonly number[]): Promise<readonly number[]> {
    await this.database.execute(
      `INSERT INTO intake_targets (source_id, key, signal_ids, created_at) VALUES ($1, $2, $3::bigint[], $4)
       ON CONFLICT (source_id, key) DO NOTHING`,
      [sourceId, key, signalIds, this.clock.now()],
    );
    return (await this.of(sourceId, key)) ?? signalIds;
  }
}
