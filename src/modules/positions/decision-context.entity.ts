/**
 * What all followers of a signal shared when they were decided: the signal as planned, the instrument, platform limits.
 * Keeps: append-only; one row per distinct content of a signal, so that pages of different processes share it.
 */
import { Entity, ForeignKey, Index } from 'typeorm';
import { IdColumn, JsonColumn, RefColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';

@Entity('decision_contexts')
@Index(['signalId', 'digest'], { unique: true })
export class DecisionContext {
  @IdColumn()
  id: number;

  @ForeignKey('signals')
  @RefColumn()
  signalId: number;

  /** MD5 of the content as it was written. */
  @TextColumn()
  digest: string;

  @JsonColumn()
  context: Record<string, unknown>;

  @TimeColumn()
  createdAt: Date;
}
