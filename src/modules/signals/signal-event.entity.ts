/**
 * What happened to a signal, once each: posted, entry reached, target n hit, stopped, cancelled, closed, version n.
 * Keeps: `key` is unique, so an event that is found twice is written, and told, once. Append-only.
 */
import { Check, Entity, ForeignKey, Index } from 'typeorm';
import {
  IdColumn,
  IntegerColumn,
  JsonColumn,
  MoneyColumn,
  oneOf,
  RefColumn,
  TextColumn,
  TimeColumn,
} from '../../platform/database/columns.js';
import { SIGNAL_EVENT_TYPES, type SignalEventType } from '../../domain/signal/signal.js';

@Entity('signal_events')
@Check('ck_signal_events_type', oneOf('type', SIGNAL_EVENT_TYPES))
@Index(['key'], { unique: true })
@Index(['signalId', 'id'])
export class SignalEvent {
  @IdColumn()
  id: number;

  @ForeignKey('signals')
  @RefColumn()
  signalId: number;

  @TextColumn()
  type: SignalEventType;

  @IntegerColumn({ nullable: true })
  targetIndex: number | null;

  @MoneyColumn({ nullable: true })
  price: string | null;

  /** `signal:<id>:<type>[:<target or version>]`. */
  @TextColumn()
  key: string;

  @ForeignKey('users', { onDelete: 'SET NULL' })
  @RefColumn({ nullable: true })
  actorId: number | null;

  @JsonColumn({ default: {} })
  detail: Record<string, unknown>;

  @TimeColumn()
  createdAt: Date;
}
