/**
 * One broadcast to one target on one channel, and how far it got.
 * Keeps: unique per (message, channel, target); `SENT` is final; `DEAD` is given up until an administrator tries
 * again. The work queue drives it.
 */
import { Check, Entity, ForeignKey, Index } from 'typeorm';
import { IdColumn, IntegerColumn, oneOf, RefColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';

export const DELIVERY_STATUSES = ['PENDING', 'SENT', 'DEAD'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

@Entity('deliveries')
@Check('ck_deliveries_status', oneOf('status', DELIVERY_STATUSES))
@Index(['messageId', 'channel', 'target'], { unique: true })
@Index('ix_deliveries_created_at', ['createdAt'])
@Index('ix_deliveries_given_up', ['createdAt'], { where: "status = 'DEAD'" })
export class Delivery {
  @IdColumn()
  id: number;

  @ForeignKey('broadcast_messages')
  @RefColumn()
  messageId: number;

  /** Plugin code of the notification channel. */
  @TextColumn()
  channel: string;

  /** The group it goes to: `VIP`, `TRIAL`, `ADMIN`. */
  @TextColumn()
  target: string;

  @TextColumn({ default: 'PENDING' })
  status: DeliveryStatus;

  @IntegerColumn({ default: 0 })
  attempts: number;

  @TextColumn({ nullable: true })
  providerMessageId: string | null;

  @TextColumn({ nullable: true })
  lastError: string | null;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn({ nullable: true })
  sentAt: Date | null;
}
