/**
 * Stores which notifications go to which phones and what became of them.
 * Keeps: a final status is never left; a token that its owner registered anew after it was found gone stays.
 */
import { Injectable } from '@nestjs/common';
import type { NotificationEvent } from '../../../domain/notification/events.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';
import type { PushStatus } from './push-delivery.entity.js';

export interface PendingPush {
  readonly id: number;
  readonly device_id: number;
  readonly token: string;
  readonly event: NotificationEvent;
  readonly title: string;
  readonly body: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly created_at: Date;
}

export interface SentPush {
  readonly id: number;
  readonly device_id: number;
  readonly token: string;
  readonly ticket: string;
  readonly sent_at: Date;
}

export interface PushOutcome {
  readonly id: number;
  readonly status: PushStatus;
  readonly ticket: string | null;
  readonly error: string | null;
}

@Injectable()
export class PushesRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** One delivery for each phone of the notifications' users, in the running transaction. */
  add(notificationIds: readonly number[]): Promise<{ id: number; notification_id: number }[]> {
    return this.database.query(
      `INSERT INTO push_deliveries (notification_id, device_id, created_at)
       SELECT n.id, d.id, $2 FROM notifications n JOIN device_tokens d ON d.user_id = n.user_id AND d.is_active
       WHERE n.id = ANY ($1::bigint[]) ORDER BY n.id, d.id
       ON CONFLICT (notification_id, device_id) DO NOTHING RETURNING id, notification_id`,
      [notificationIds, this.clock.now()],
    );
  }

  /** Those that still wait, to phones that are still registered by the same user who wants to hear. */
  pending(ids: readonly number[]): Promise<PendingPush[]> {
    return this.database.query<PendingPush>(
      `SELECT p.id, p.device_id, d.token, n.event, n.title, n.body, n.data, n.created_at
       FROM push_deliveries p JOIN notifications n ON n.id = p.notification_id
       JOIN device_tokens d ON d.id = p.device_id AND d.user_id = n.user_id AND d.is_active
       JOIN users u ON u.id = n.user_id
       WHERE p.id = ANY ($1::bigint[]) AND p.status = 'PENDING' AND u.notifications_enabled AND u.disabled_at IS NULL
       ORDER BY p.id`,
      [ids],
    );
  }

  /** Those that wait for their receipt. */
  sent(ids: readonly number[]): Promise<SentPush[]> {
    return this.database.query<SentPush>(
      `SELECT p.id, p.device_id, d.token, p.ticket, p.sent_at
       FROM push_deliveries p JOIN device_tokens d ON d.id = p.device_id
       WHERE p.id = ANY ($1::bigint[]) AND p.status = 'SENT' ORDER BY p.id`,
      [ids],
    );
  }

  async record(outcomes: readonly PushOutcome[]): Promise<void> {
    if (outcomes.length === 0) return;
    await this.database.execute(
      `UPDATE push_deliveries SET status = item.status, ticket = coalesce(item.ticket, push_deliveries.ticket),
         last_error = item.error, sent_at = CASE WHEN item.ticket IS NULL THEN sent_at ELSE $5::timestamptz END
       FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) AS item (id, status, ticket, error)
       WHERE push_deliveries.id = item.id AND push_deliveries.status IN ('PENDING', 'SENT')`,
      [
        outcomes.map(({ id }) => id),
        outcomes.map(({ status }) => status),
        outcomes.map(({ ticket }) => ticket),
        outcomes.map(({ error }) => error),
        this.clock.now(),
      ],
    );
  }

  /** Phones that are no more; answers how many were known as living. */
  forget(deviceIds: readonly number[], asOf: Date): Promise<number> {
    return this.database.execute(
      `UPDATE device_tokens SET is_active = false, updated_at = $3
       WHERE id = ANY ($1::bigint[]) AND is_active AND updated_at <= $2`,
      [deviceIds, asOf, this.clock.now()],
    );
  }

  /** What still waits is given up. */
  async giveUp(ids: readonly number[], reason: string): Promise<void> {
    await this.database.execute(
      `UPDATE push_deliveries SET status = 'DEAD', last_error = $2 WHERE id = ANY ($1::bigint[]) AND status = 'PENDING'`,
      [ids, reason],
    );
  }
}
