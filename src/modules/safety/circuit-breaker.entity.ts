/**
 * The circuit breaker of one account or of the platform, once it has left its first state.
 * Keeps: an open one names why and since when; its results are read from positions, so it can be derived again.
 */
import { Check, Entity, ForeignKey, Index } from 'typeorm';
import {
  BREAKER_STATES,
  TRIP_REASONS,
  type BreakerStatus,
  type TripReason,
} from '../../domain/safety/circuit-breaker.js';
import { IdColumn, oneOf, RefColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';

@Entity('circuit_breakers')
@Check('ck_circuit_breakers_scope', "(scope = 'platform' AND value = '') OR (scope = 'account' AND value <> '')")
@Check('ck_circuit_breakers_state', oneOf('state', BREAKER_STATES))
@Check('ck_circuit_breakers_reason', oneOf('reason', TRIP_REASONS))
@Check('ck_circuit_breakers_open', "(state = 'closed') = (reason IS NULL) AND (reason IS NULL) = (tripped_at IS NULL)")
@Index(['scope', 'value'], { unique: true })
@Index('ix_circuit_breakers_tripped', ['scope', 'value'], { where: "state <> 'closed'" })
@Index(['userId'])
export class CircuitBreaker {
  @IdColumn()
  id: number;

  @TextColumn()
  scope: 'platform' | 'account';

  /** Id of the account; empty for the platform. */
  @TextColumn({ default: '' })
  value: string;

  @ForeignKey('users', { onDelete: 'CASCADE' })
  @RefColumn({ nullable: true })
  userId: number | null;

  @TextColumn()
  state: BreakerStatus;

  @TextColumn({ nullable: true })
  reason: TripReason | null;

  @TimeColumn({ nullable: true })
  trippedAt: Date | null;

  /** When half-open begins; null while open means: only by hand. */
  @TimeColumn({ nullable: true })
  until: Date | null;

  /** Signals admitted since half-open began. */
  @RefColumn({ array: true, default: () => "'{}'" })
  admitted: number[];

  /** Only results after this time count. */
  @TimeColumn({ nullable: true })
  countFrom: Date | null;

  @TimeColumn()
  updatedAt: Date;
}
