/**
 * A tick of a paper job that was carried out: funding at its times, equity snapshots at full hours.
 * Keeps: one row per job and tick, whichever replica ran it; outlives the work item, so what was missed is known.
 */
import { Check, Entity, PrimaryColumn } from 'typeorm';
import { oneOf, TimeColumn } from '../../platform/database/columns.js';

export const PAPER_JOBS = ['FUNDING', 'SNAPSHOT'] as const;
export type PaperJob = (typeof PAPER_JOBS)[number];

@Entity('paper_runs')
@Check('ck_paper_runs_job', oneOf('job', PAPER_JOBS))
export class PaperRun {
  @PrimaryColumn('text')
  job: PaperJob;

  /** The time the run is for. */
  @PrimaryColumn('timestamptz', { precision: 3 })
  at: Date;

  /** When it was carried out; of a snapshot, the moment of its figures. */
  @TimeColumn()
  ranAt: Date;
}
