/**
 * Stores how users want to be told, and finds whose digest is due.
 * Keeps: a change names only what changes; the next digest is always set where digests are on.
 */
import { Injectable } from '@nestjs/common';
import type { Choices, NotificationEvent } from '../../domain/notification/events.js';
import type { DigestPeriod } from '../../domain/notification/quiet-hours.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';

export interface Preferences {
  readonly choices: Choices;
  readonly quiet_from: number | null;
  readonly quiet_until: number | null;
  readonly time_zone: string;
  readonly digest: DigestPeriod;
  readonly digest_minute: number;
}

export const NO_PREFERENCES: Preferences = {
  choices: {},
  quiet_from: null,
  quiet_until: null,
  time_zone: 'UTC',
  digest: 'off',
  digest_minute: 480,
};

export interface DueDigest {
  readonly user_id: number;
  readonly email: string;
  readonly full_name: string;
  readonly is_reached: boolean;
  readonly time_zone: string;
  readonly digest: DigestPeriod;
  readonly digest_minute: number;
  readonly choices: Choices;
}

export interface DigestItem {
  readonly id: number;
  readonly user_id: number;
  readonly title: string;
  readonly body: string;
}

@Injectable()
export class PreferencesRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async find(userId: number): Promise<Preferences> {
    const row = await this.database.first<Preferences>(
      `SELECT choices, quiet_from, quiet_until, time_zone, digest, digest_minute
       FROM notification_preferences WHERE user_id = $1`,
      [userId],
    );
    return row ?? NO_PREFERENCES;
  }

  /** In the running transaction: nobody else changes them until it ends. */
  async lock(userId: number): Promise<Preferences> {
    await this.database.execute(
      `INSERT INTO notification_preferences (user_id, updated_at)
       SELECT id, $2 FROM users WHERE id = $1 ON CONFLICT (user_id) DO NOTHING`,
      [userId, this.clock.now()],
    );
    await this.database.query('SELECT 1 FROM notification_preferences WHERE user_id = $1 FOR UPDATE', [userId]);
    return this.find(userId);
  }

  async store(userId: number, preferences: Preferences, nextDigestAt: Date | null): Promise<void> {
    await this.database.execute(
      `UPDATE notification_preferences SET choices = $2, quiet_from = $3, quiet_until = $4, time_zone = $5, digest = $6,
         digest_minute = $7, next_digest_at = $8, updated_at = $9 WHERE user_id = $1`,
      [
        userId,
        JSON.stringify(preferences.choices),
        preferences.quiet_from,
        preferences.quiet_until,
        preferences.time_zone,
        preferences.digest,
        preferences.digest_minute,
        nextDigestAt,
        this.clock.now(),
      ],
    );
  }

  /** Switches the mail about one event off. */
  async stopMail(userId: number, event: NotificationEvent): Promise<void> {
    const { choices } = await this.lock(userId);
    const changed = { ...choices, [event]: { ...choices[event], email: 'off' } };
    await this.database.execute(
      'UPDATE notification_preferences SET choices = $2, updated_at = $3 WHERE user_id = $1',
      [userId, JSON.stringify(changed), this.clock.now()],
    );
  }

  async stopDigest(userId: number): Promise<void> {
    await this.database.execute(
      `UPDATE notification_preferences SET digest = 'off', next_digest_at = NULL, updated_at = $2 WHERE user_id = $1`,
      [userId, this.clock.now()],
    );
  }

  /** Locks whose digest is due; others that lock them meanwhile are passed over. */
  due(limit: number): Promise<DueDigest[]> {
    return this.database.query<DueDigest>(
      `SELECT p.user_id, u.email, u.full_name, u.disabled_at IS NULL AND u.notifications_enabled AS is_reached,
              p.time_zone, p.digest, p.digest_minute, p.choices
       FROM notification_preferences p JOIN users u ON u.id = p.user_id
       WHERE p.next_digest_at <= $1 ORDER BY p.next_digest_at LIMIT $2 FOR UPDATE OF p SKIP LOCKED`,
      [this.clock.now(), limit],
    );
  }

  /** What waits for the digests of these users, at most `each` of everybody; it waits no more. */
  takeDigests(userIds: readonly number[], each: number): Promise<DigestItem[]> {
    return this.database.query<DigestItem>(
      `WITH taken AS (
         UPDATE notifications SET in_digest = false WHERE user_id = ANY ($1::bigint[]) AND in_digest
         RETURNING id, user_id, title, body
       )
       SELECT id, user_id, title, body FROM (
         SELECT *, row_number() OVER (PARTITION BY user_id ORDER BY id DESC) AS place FROM taken) AS placed
       WHERE place <= $2 ORDER BY user_id, id`,
      [userIds, each],
    );
  }

  async schedule(next: readonly { userId: number; at: Date | null }[]): Promise<void> {
    await this.database.execute(
      `UPDATE notification_preferences SET next_digest_at = item.at
       FROM unnest($1::bigint[], $2::timestamptz[]) AS item (user_id, at)
       WHERE notification_preferences.user_id = item.user_id`,
      [next.map(({ userId }) => userId), next.map(({ at }) => at)],
    );
  }
}
