/** Reads who does not want mails about an event. Their choices are written by the notifications module. */
import { Injectable } from '@nestjs/common';
import type { NotificationEvent } from '../../domain/notification/events.js';
import { Database } from '../../platform/database/database.js';

@Injectable()
export class MailChoicesRepository {
  constructor(private readonly database: Database) {}

  /** Those of `about`, as `USER:EVENT`, who get no mail of their own: none at all, or later in their digest. */
  async refusedBy(about: readonly { userId: number; event: NotificationEvent }[]): Promise<ReadonlySet<string>> {
    if (about.length === 0) return new Set();
    const rows = await this.database.query<{ refused: string }>(
      `SELECT item.user_id || ':' || item.event AS refused
       FROM unnest($1::bigint[], $2::text[]) AS item (user_id, event)
       JOIN users u ON u.id = item.user_id LEFT JOIN notification_preferences p ON p.user_id = item.user_id
       WHERE NOT u.notifications_enabled OR p.choices -> item.event ->> 'email' IN ('off', 'digest')`,
      [about.map(({ userId }) => userId), about.map(({ event }) => event)],
    );
    return new Set(rows.map(({ refused }) => refused));
  }
}
