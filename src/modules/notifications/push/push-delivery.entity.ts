/**
 * One notification on its way to one phone.
 * Keeps: one row for each pair; `SENT` waits for its receipt and has a ticket; `DELIVERED` and `DEAD` are final.
 */
import { Check, Entity, ForeignKey, Index } from 'typeorm';
import { IdColumn, oneOf, RefColumn, TextColumn, TimeColumn } from '../../../platform/database/columns.js';

export const PUSH_STATUSES = ['PENDING', 'SENT', 'DELIVERED', 'DEAD'] as const;
export type PushStatus = (typeof PUSH_STATUSES)[number];

@Entity('push_deliveries')
@Check('ck_push_deliveries_status', oneOf('status', PUSH_STATUSES))
@Check('ck_push_deliveries_ticket', "status <> 'SENT' OR ticket IS NOT NULL")
@Index(['notificationId', 'deviceId'], { unique: true })
@Index(['deviceId'])
export class PushDelivery {
  @IdColumn()
  id: number;

  @ForeignKey('notifications', { onDelete: 'CASCADE' })
  @RefColumn()
  notificationId: number;

  @ForeignKey('device_tokens', { onDelete: 'CASCADE' })
  @RefColumn()
  deviceId: number;

  @TextColumn({ default: 'PENDING' })
  status: PushStatus;

  /** What the provider calls it. */
  @TextColumn({ nullable: true })
  ticket: string | null;

  @TextColumn({ nullable: true })
  lastError: string | null;

  @TimeColumn({ nullable: true })
  sentAt: Date | null;

  @TimeColumn()
  createdAt: Date;
}
