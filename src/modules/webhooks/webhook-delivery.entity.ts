/**
 * One event on its way to one endpoint: the text that is signed and sent, the same at every attempt.
 * Keeps: one row for each pair; `DELIVERED` and `FAILED` are final unless its owner asks for it again.
 */
import { Check, Entity, ForeignKey, Index } from 'typeorm';
import { IdColumn, IntegerColumn, oneOf, RefColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';

export const WEBHOOK_DELIVERY_STATUSES = ['PENDING', 'DELIVERED', 'FAILED'] as const;
export type WebhookDeliveryStatus = (typeof WEBHOOK_DELIVERY_STATUSES)[number];

@Entity('webhook_deliveries')
@Check('ck_webhook_deliveries_status', oneOf('status', WEBHOOK_DELIVERY_STATUSES))
@Check('ck_webhook_deliveries_finished', "(status = 'PENDING') = (finished_at IS NULL)")
@Check('ck_webhook_deliveries_attempts_before', 'attempts_before BETWEEN 0 AND attempts')
@Index(['endpointId', 'eventId'], { unique: true })
@Index(['endpointId', 'id'])
@Index(['createdAt'])
export class WebhookDelivery {
  @IdColumn()
  id: number;

  @ForeignKey('webhook_endpoints', { onDelete: 'CASCADE' })
  @RefColumn()
  endpointId: number;

  @TextColumn()
  eventId: string;

  @TextColumn()
  event: string;

  @TextColumn()
  body: string;

  @TextColumn({ default: 'PENDING' })
  status: WebhookDeliveryStatus;

  @IntegerColumn({ default: 0 })
  attempts: number;

  /** Of these, those before its owner asked for it again. */
  @IntegerColumn({ default: 0 })
  attemptsBefore: number;

  /** Of the last attempt; null where none was answered. */
  @IntegerColumn({ nullable: true })
  responseStatus: number | null;

  @TextColumn({ default: '' })
  lastError: string;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn({ nullable: true })
  finishedAt: Date | null;
}
