/**
 * What was decided for one follower on one signal: opened, or refused and why. Exactly one per pair.
 */
import { Check, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { JsonColumn, oneOf, RefColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';

export const VERDICTS = ['OPENED', 'REFUSED'] as const;
export type Verdict = (typeof VERDICTS)[number];

@Entity('decisions')
@Check('ck_decisions_verdict', oneOf('verdict', VERDICTS))
@Index(['userId', 'signalId'])
export class Decision {
  @ForeignKey('signals')
  @PrimaryColumn('bigint')
  signalId: number;

  @ForeignKey('users')
  @PrimaryColumn('bigint')
  userId: number;

  @RefColumn({ nullable: true })
  positionId: number | null;

  @TextColumn()
  verdict: Verdict;

  /** Code of the refusal; null when opened. */
  @TextColumn({ nullable: true })
  reason: string | null;

  /** The values that the decision rested on. */
  @JsonColumn({ default: {} })
  detail: Record<string, unknown>;

  @TimeColumn()
  createdAt: Date;
}
