/**
 * What a bot would have traded, and what came of it.
 * Keeps: one row for each thing that a bot saw, by its name; whether it was posted is decided once.
 */
import { Check, Entity, Index, JoinColumn, ManyToOne } from 'typeorm';
import type { EnterIntent } from '../../domain/intent/intent.js';
import type { Side } from '../../domain/instrument/side.js';
import {
  IdColumn,
  IntegerColumn,
  JsonColumn,
  oneOf,
  RefColumn,
  TextColumn,
  TimeColumn,
} from '../../platform/database/columns.js';
import { Signal } from '../signals/signal.entity.js';

/** APPROVED: chosen, and about to be posted. */
export const VERDICTS = ['PENDING', 'APPROVED', 'PUBLISHED', 'REJECTED'] as const;
export type Verdict = (typeof VERDICTS)[number];

@Entity('house_candidates')
@Check('ck_house_candidates_verdict', oneOf('verdict', VERDICTS))
@Check('ck_house_candidates_side', oneOf('side', ['LONG', 'SHORT']))
@Check('ck_house_candidates_published', `(verdict = 'PUBLISHED') = (signal_id IS NOT NULL)`)
@Check('ck_house_candidates_reason', `(verdict = 'REJECTED') = (reason IS NOT NULL)`)
@Check('ck_house_candidates_judged', `(verdict = 'PENDING') = (judged_at IS NULL)`)
@Check('ck_house_candidates_approved', `verdict NOT IN ('APPROVED', 'PUBLISHED') OR approved_for IS NOT NULL`)
@Index('ux_house_candidates_ref', ['ref'], { unique: true })
@Index('ix_house_candidates_bot_id', ['bot', 'id'])
@Index('ix_house_candidates_open', ['id'], { where: `verdict IN ('PENDING', 'APPROVED')` })
@Index('ix_house_candidates_approved_for', ['approvedFor'], { where: `verdict IN ('APPROVED', 'PUBLISHED')` })
@Index('ix_house_candidates_signal_id', ['signalId'], { where: 'signal_id IS NOT NULL' })
@Index('ix_house_candidates_created_at', ['createdAt'])
export class HouseCandidate {
  @IdColumn()
  id: number;

  /** `SCALPER` */
  @TextColumn()
  bot: string;

  /** Its name: bot, symbol and close. */
  @TextColumn()
  ref: string;

  @TextColumn()
  symbol: string;

  @TextColumn()
  side: Side;

  @IntegerColumn()
  confidence: number;

  @JsonColumn()
  intent: EnterIntent;

  /** When the candle closed on which it was seen. */
  @TimeColumn()
  seenAt: Date;

  @TimeColumn()
  createdAt: Date;

  @TextColumn()
  verdict: Verdict;

  /** Code of why it was not posted. */
  @TextColumn({ nullable: true })
  reason: string | null;

  @TextColumn({ nullable: true })
  message: string | null;

  /** The moment of the market for which it was chosen. */
  @TimeColumn({ nullable: true })
  approvedFor: Date | null;

  @TimeColumn({ nullable: true })
  judgedAt: Date | null;

  @RefColumn({ nullable: true })
  signalId: number | null;

  @ManyToOne(() => Signal)
  @JoinColumn({ name: 'signal_id' })
  signal?: Signal;
}
