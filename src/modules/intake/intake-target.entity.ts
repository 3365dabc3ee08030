/**
 * Which signals a change meant when it was first carried out: by its key, for good.
 * Keeps: written before anything is done, so that a second try after a crash means the same signals and never one that was
 * posted since.
 */
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { TimeColumn } from '../../platform/database/columns.js';

@Entity('intake_targets')
@Index(['createdAt'])
export class IntakeTarget {
  @ForeignKey('sources')
  @PrimaryColumn('bigint')
  sourceId: number;

  @PrimaryColumn('text')
  key: string;

  /** None where none or several fitted. */
  @Column('bigint', { array: true })
  signalIds: number[];

  @TimeColumn()
  createdAt: Date;
}
