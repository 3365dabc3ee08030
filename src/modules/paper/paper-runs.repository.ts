/**
 * Which ticks of the paper jobs were carried out.
 * Keeps: one row per job and tick; rows go when nothing can ask for them any more.
 */
import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import type { PaperJob } from './paper-run.entity.js';

@Injectable()
export class PaperRunsRepository {
  constructor(private readonly database: Database) {}

  async last(job: PaperJob): Promise<Date | undefined> {
    const row = await this.database.first<{ at: Date | null }>('SELECT max(at) AS at FROM paper_runs WHERE job = $1', [
      job,
    ]);
    return row?.at ?? undefined;
  }

  /** False when the tick was carried out before. */
  async note(job: PaperJob, at: Date, ranAt: Date): Promise<boolean> {
    const sql = 'INSERT INTO paper_runs (job, at, ran_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING';
    return (await this.database.execute(sql, [job, at, ranAt])) === 1;
  }
}
