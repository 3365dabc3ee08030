/**
 * What a user was told, once each.
 * Keeps: unique by user and key, so whoever tells again tells nothing; read once is read.
 */
import { Check, Entity, ForeignKey, Index } from 'typeorm';
import { NOTIFICATION_EVENTS, type NotificationEvent } from '../../domain/notification/events.js';
import {
  FlagColumn,
  IdColumn,
  JsonColumn,
  oneOf,
  RefColumn,
  TextColumn,
  TimeColumn,
} from '../../platform/database/columns.js';

@Entity('notifications')
@Check('ck_notifications_event', oneOf('event', NOTIFICATION_EVENTS))
@Index(['userId', 'key'], { unique: true })
@Index('ix_notifications_shown', ['userId', 'id'], { where: 'is_shown' })
@Index('ix_notifications_unread', ['userId', 'id'], { where: 'is_shown AND read_at IS NULL' })
@Index('ix_notifications_digest', ['userId', 'id'], { where: 'in_digest' })
@Index(['createdAt'])
@Index('ix_notifications_announcement', ['key'], { where: "event = 'announcement'" })
export class Notification {
  @IdColumn()
  id: number;

  @ForeignKey('users', { onDelete: 'CASCADE' })
  @RefColumn()
  userId: number;

  @TextColumn()
  event: NotificationEvent;

  /** What it tells of, such as `signal:17:POSTED`. */
  @TextColumn()
  key: string;

  @TextColumn()
  title: string;

  @TextColumn()
  body: string;

  /** For programs; decimals as text. */
  @JsonColumn({ default: {} })
  data: Record<string, unknown>;

  /** Stands in the app's list. */
  @FlagColumn(true)
  isShown: boolean;

  /** Waits for the user's next digest. */
  @FlagColumn(false)
  inDigest: boolean;

  @TimeColumn({ nullable: true })
  readAt: Date | null;

  @TimeColumn()
  createdAt: Date;
}
