/**
 * How the alerts of a source are read and followed, and what it is believed to hold.
 * Keeps: a source without a row of rules has the usual ones; a position is written with the alert that it comes from.
 */
import { Check, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { ON_GAP, ON_OPPOSITE, ON_SAME_SIDE } from '../../domain/alerts/held.js';
import {
  IntegerColumn,
  MoneyColumn,
  oneOf,
  RefColumn,
  TextColumn,
  TimeColumn,
} from '../../platform/database/columns.js';

@Entity('alert_rules')
@Check('ck_alert_rules_on_opposite', oneOf('on_opposite', ON_OPPOSITE))
@Check('ck_alert_rules_on_same_side', oneOf('on_same_side', ON_SAME_SIDE))
@Check('ck_alert_rules_on_gap', oneOf('on_gap', ON_GAP))
@Check('ck_alert_rules_max_lag', 'max_lag_seconds BETWEEN 1 AND 86400')
@Check('ck_alert_rules_repeat', 'repeat_seconds BETWEEN 0 AND 3600')
export class AlertRulesRow {
  @ForeignKey('sources', { onDelete: 'CASCADE' })
  @PrimaryColumn('bigint')
  sourceId: number;

  /** Null: found out for each alert. */
  @TextColumn({ nullable: true })
  dialect: string | null;

  /** For alerts that name none. */
  @TextColumn({ nullable: true })
  symbol: string | null;

  @IntegerColumn({ nullable: true })
  maxLagSeconds: number | null;

  /** How long an equal body without a time or id counts as the same alert. */
  @IntegerColumn()
  repeatSeconds: number;

  @TextColumn()
  onOpposite: string;

  @TextColumn()
  onSameSide: string;

  @TextColumn()
  onGap: string;

  @TimeColumn()
  updatedAt: Date;
}

/** What a source said last that it holds of a symbol. */
@Entity('alert_positions')
@Check('ck_alert_positions_side', oneOf('side', ['long', 'short', 'flat']))
@Check('ck_alert_positions_size', 'size >= 0')
export class AlertPosition {
  @ForeignKey('sources', { onDelete: 'CASCADE' })
  @PrimaryColumn('bigint')
  sourceId: number;

  @PrimaryColumn('text')
  symbol: string;

  /** Null where its alerts never told. */
  @TextColumn({ nullable: true })
  side: string | null;

  @MoneyColumn({ nullable: true })
  size: string | null;

  /** Signals up to this one were closed by alerts: what is still on its way out is not held. */
  @RefColumn({ default: '0' })
  closedThrough: number;

  @RefColumn()
  alertId: number;

  @TimeColumn()
  updatedAt: Date;
}
