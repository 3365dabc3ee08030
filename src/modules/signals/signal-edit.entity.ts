/**
 * One version of a signal: what an edit changed, who asked for it, and what came of it for those who trade the signal.
 * Keeps: versions of a signal count from 1; what was asked never changes; once the edit is carried out neither do the
 * counts.
 */
import { Check, Entity, ForeignKey, Index } from 'typeorm';
import {
  IdColumn,
  IntegerColumn,
  JsonColumn,
  oneOf,
  RefColumn,
  TextColumn,
  TimeColumn,
} from '../../platform/database/columns.js';

@Entity('signal_edits')
@Check('ck_signal_edits_version', 'version > 0')
@Check('ck_signal_edits_actor_kind', oneOf('actor_kind', ['user', 'service']))
@Check('ck_signal_edits_counts', 'applied >= 0 AND partly >= 0 AND refused >= 0 AND unchanged >= 0 AND detached >= 0')
@Index(['signalId', 'version'], { unique: true })
@Index(['signalId', 'idempotencyKey'], { unique: true })
export class SignalEdit {
  @IdColumn()
  id: number;

  @ForeignKey('signals')
  @RefColumn()
  signalId: number;

  @IntegerColumn()
  version: number;

  @TextColumn({ nullable: true })
  idempotencyKey: string | null;

  @TextColumn()
  actorKind: 'user' | 'service';

  @ForeignKey('users', { onDelete: 'SET NULL' })
  @RefColumn({ nullable: true })
  actorId: number | null;

  /** As it was asked for. */
  @JsonColumn()
  request: Record<string, unknown>;

  /** By field, `{ from, to }`. */
  @JsonColumn()
  changes: Record<string, unknown>;

  /** What the signal itself refused: `[{ field, reason }]`. */
  @JsonColumn()
  refusedFields: unknown[];

  /** The signal's own layer of the plan after the edit. */
  @JsonColumn()
  plan: Record<string, unknown>;

  /** Positions with a higher id were planned by this version already. */
  @RefColumn()
  upToPosition: number;

  /** Positions by what came of it. */
  @IntegerColumn({ default: 0 })
  applied: number;

  @IntegerColumn({ default: 0 })
  partly: number;

  @IntegerColumn({ default: 0 })
  refused: number;

  @IntegerColumn({ default: 0 })
  unchanged: number;

  @IntegerColumn({ default: 0 })
  detached: number;

  /** Positions by `field:REASON`. */
  @JsonColumn({ default: {} })
  reasons: Record<string, number>;

  @TimeColumn()
  createdAt: Date;

  /** When the last position was met. */
  @TimeColumn({ nullable: true })
  finishedAt: Date | null;
}
