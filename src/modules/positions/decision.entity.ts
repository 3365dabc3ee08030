/**
 * What was decided for one follower on one signal: opened, or refused and why. Exactly one per pair.
 * Keeps: the receipt (every gate with input, limit and verdict) is derived from `facts`, the shared context and
 * `created_at` by the rules of `rules_version`, and says the same as `verdict` and `reason`.
 */
import { Check, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import {
  IntegerColumn,
  JsonColumn,
  oneOf,
  RefColumn,
  TextColumn,
  TimeColumn,
} from '../../platform/database/columns.js';

export const VERDICTS = ['OPENED', 'REFUSED'] as const;
export type Verdict = (typeof VERDICTS)[number];

@Entity('decisions')
@Check('ck_decisions_verdict', oneOf('verdict', VERDICTS))
@Check('ck_decisions_facts', '(facts IS NULL) = (context_id IS NULL) AND (facts IS NULL) = (rules_version IS NULL)')
@Index(['userId', 'signalId'])
export class Decision {
  @ForeignKey('signals', 'tradingId')
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

  /** What all followers of the signal shared; null where nothing could be decided. */
  @ForeignKey('decision_contexts')
  @RefColumn({ nullable: true })
  contextId: number | null;

  /** Of the gates that decided. */
  @IntegerColumn({ nullable: true })
  rulesVersion: number | null;

  /** The follower's own facts, as an array whose order the rules of the version know. */
  @JsonColumn({ nullable: true })
  facts: unknown[] | null;

  /** The `now` of the gates. */
  @TimeColumn()
  createdAt: Date;
}
