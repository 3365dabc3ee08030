/**
 * Stores what users were told, and what they read of it.
 * Keeps: telling the same thing again stores nothing; everybody sees and changes only their own; lists go by keyset.
 */
import { Injectable } from '@nestjs/common';
import type { Choices, NotificationEvent } from '../../domain/notification/events.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';

export interface NotificationRow {
  readonly id: number;
  readonly event: NotificationEvent;
  readonly title: string;
  readonly body: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly read_at: Date | null;
  readonly created_at: Date;
}

export interface NewNotification {
  readonly userId: number;
  readonly event: NotificationEvent;
  readonly key: string;
  readonly title: string;
  readonly body: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly isShown: boolean;
  readonly inDigest: boolean;
}

/** A user as far as telling needs to know. */
export interface Reader {
  readonly id: number;
  readonly email: string;
  readonly full_name: string;
  readonly is_enabled: boolean;
  readonly choices: Choices | null;
  readonly quiet_from: number | null;
  readonly quiet_until: number | null;
  readonly time_zone: string | null;
}

/** Beyond this the app says "99+" or the like. */
const MOST_COUNTED = 1_000;

@Injectable()
export class NotificationsRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Those among `userIds` who can be told anything. */
  readers(userIds: readonly number[]): Promise<Reader[]> {
    return this.database.query<Reader>(
      `SELECT u.id, u.email, u.full_name, u.notifications_enabled AS is_enabled, p.choices, p.quiet_from, p.quiet_until,
              p.time_zone
       FROM users u LEFT JOIN notification_preferences p ON p.user_id = u.id
       WHERE u.id = ANY ($1::bigint[]) AND u.disabled_at IS NULL`,
      [userIds],
    );
  }

  /** Stores what is new among `items`, in the running transaction; answers the ids of exactly these. */
  add(items: readonly NewNotification[]): Promise<{ id: number; user_id: number; key: string }[]> {
    return this.database.query(
      `INSERT INTO notifications (user_id, event, key, title, body, data, is_shown, in_digest, created_at)
       SELECT user_id, event, key, title, body, data, is_shown, in_digest, $9
       FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::boolean[], $8::boolean[])
         AS item (user_id, event, key, title, body, data, is_shown, in_digest)
       ON CONFLICT (user_id, key) DO NOTHING RETURNING id, user_id, key`,
      [
        items.map((item) => item.userId),
        items.map((item) => item.event),
        items.map((item) => item.key),
        items.map((item) => item.title),
        items.map((item) => item.body),
        items.map((item) => JSON.stringify(item.data)),
        items.map((item) => item.isShown),
        items.map((item) => item.inDigest),
        this.clock.now(),
      ],
    );
  }

  /** Newest first, one more than `limit`. */
  list(userId: number, onlyUnread: boolean, beforeId: number | undefined, limit: number): Promise<NotificationRow[]> {
    return this.database.query<NotificationRow>(
      `SELECT id, event, title, body, data, read_at, created_at FROM notifications
       WHERE user_id = $1 AND is_shown AND ($2::bigint IS NULL OR id < $2) ${onlyUnread ? 'AND read_at IS NULL' : ''}
       ORDER BY id DESC LIMIT $3`,
      [userId, beforeId ?? null, limit + 1],
    );
  }

  async unread(userId: number): Promise<number> {
    const row = await this.database.first<{ unread: number }>(
      `SELECT count(*) AS unread FROM (
         SELECT FROM notifications WHERE user_id = $1 AND is_shown AND read_at IS NULL LIMIT $2) AS found`,
      [userId, MOST_COUNTED],
    );
    return row?.unread ?? 0;
  }

  /** False when there is none of this id; true as well when it was read before. */
  async read(userId: number, id: number): Promise<boolean> {
    const touched = await this.database.execute(
      'UPDATE notifications SET read_at = coalesce(read_at, $3) WHERE user_id = $1 AND id = $2 AND is_shown',
      [userId, id, this.clock.now()],
    );
    return touched === 1;
  }

  /** Everything up to `upToId`, so that what came meanwhile stays unread; answers how many. */
  readAll(userId: number, upToId: number | undefined): Promise<number> {
    return this.database.execute(
      `UPDATE notifications SET read_at = $3
       WHERE user_id = $1 AND is_shown AND read_at IS NULL AND ($2::bigint IS NULL OR id <= $2)`,
      [userId, upToId ?? null, this.clock.now()],
    );
  }
}
