/**
 * A switch that stops trading in a scope, and when it was cleared.
 * Keeps: at most one that is not cleared per (scope, value); a cleared one is history and never changes (trigger).
 */
import { Check, Entity, ForeignKey, Index } from 'typeorm';
import { SWITCH_MODES, SWITCH_SCOPES, type SwitchMode, type SwitchScope } from '../../domain/safety/switches.js';
import {
  FlagColumn,
  IdColumn,
  IntegerColumn,
  oneOf,
  RefColumn,
  TextColumn,
  TimeColumn,
} from '../../platform/database/columns.js';

@Entity('safety_switches')
@Check('ck_safety_switches_scope', oneOf('scope', SWITCH_SCOPES))
@Check('ck_safety_switches_mode', oneOf('mode', SWITCH_MODES))
@Check('ck_safety_switches_value', "(scope = 'platform') = (value = '')")
@Check('ck_safety_switches_owner', "(scope IN ('user', 'account')) = (user_id IS NOT NULL)")
@Index('uq_safety_switches_active', ['scope', 'value'], { unique: true, where: 'cleared_at IS NULL' })
@Index('ix_safety_switches_expiring', ['expiresAt'], { where: 'cleared_at IS NULL AND expires_at IS NOT NULL' })
@Index(['userId', 'id'])
export class SafetySwitch {
  @IdColumn()
  id: number;

  @TextColumn()
  scope: SwitchScope;

  /** Id of the source, user or account, or the symbol; empty for the platform. */
  @TextColumn({ default: '' })
  value: string;

  /** Whom a user or account scope belongs to. */
  @ForeignKey('users', { onDelete: 'CASCADE' })
  @RefColumn({ nullable: true })
  userId: number | null;

  @TextColumn()
  mode: SwitchMode;

  @TextColumn({ default: '' })
  reason: string;

  @ForeignKey('users', { onDelete: 'SET NULL' })
  @RefColumn({ nullable: true })
  setById: number | null;

  /** Set by staff: its owner may not clear it. */
  @FlagColumn(false)
  byStaff: boolean;

  @TimeColumn()
  setAt: Date;

  /** The end of a pause. */
  @TimeColumn({ nullable: true })
  expiresAt: Date | null;

  @TimeColumn({ nullable: true })
  clearedAt: Date | null;

  @RefColumn({ nullable: true })
  clearedById: number | null;

  /** `cleared`, `expired` or `replaced`. */
  @TextColumn({ nullable: true })
  clearedHow: string | null;

  /** Positions in its scope when flattening began; null before, and for other modes. */
  @IntegerColumn({ nullable: true })
  flattenFound: number | null;

  @IntegerColumn({ default: 0 })
  flattenClosed: number;

  @TimeColumn({ nullable: true })
  flattenDoneAt: Date | null;
}
