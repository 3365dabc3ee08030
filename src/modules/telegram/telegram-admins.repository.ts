/**
 * Stores who on Telegram is an administrator here, and codes.
 * Keeps: only active administrators count, whatever was linked once; a code is used by one statement that can only succeed
 * once, within its time.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import type { CodePurpose } from './telegram-admin.entity.js';

export interface LinkedAdmin {
  telegram_user_id: number;
  user_id: number;
  name: string;
  linked_at: Date;
}

const ACTIVE = `
  SELECT a.telegram_user_id, a.user_id, a.name, a.linked_at FROM telegram_admins a JOIN users u ON u.id = a.user_id
  WHERE u.role = 'admin' AND u.is_verified AND u.disabled_at IS NULL`;

@Injectable()
export class TelegramAdmins {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Those of these people who are administrators now, by their id on Telegram. */
  async linked(telegramIds: readonly number[]): Promise<ReadonlyMap<number, LinkedAdmin>> {
    if (telegramIds.length === 0) return new Map();
    const sql = `${ACTIVE} AND a.telegram_user_id = ANY ($1::bigint[])`;
    const rows = await this.database.query<LinkedAdmin>(sql, [telegramIds]);
    return new Map(rows.map((row) => [row.telegram_user_id, row]));
  }

  list(): Promise<LinkedAdmin[]> {
    return this.database.query<LinkedAdmin>(`${ACTIVE} ORDER BY a.linked_at, a.telegram_user_id`);
  }

  /** Links a person; whoever it was before is replaced. */
  async link(telegramUserId: number, userId: number, name: string): Promise<void> {
    await this.database.execute(
      `INSERT INTO telegram_admins (telegram_user_id, user_id, name, linked_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (telegram_user_id) DO UPDATE
         SET user_id = excluded.user_id, name = excluded.name, linked_at = excluded.linked_at`,
      [telegramUserId, userId, name, this.clock.now()],
    );
  }

  /** Whose administrator it was; undefined where nobody of this id is linked. */
  async unlink(telegramUserId: number): Promise<number | undefined> {
    const sql = 'DELETE FROM telegram_admins WHERE telegram_user_id = $1 RETURNING user_id';
    return (await this.database.first<{ user_id: number }>(sql, [telegramUserId]))?.user_id;
  }

  async addCode(
    hash: string,
    purpose: CodePurpose,
    userId: number,
    telegramUserId: number | null,
    seconds: number,
  ): Promise<Date> {
    const expiresAt = new Date(this.clock.now().getTime() + seconds * 1_000);
    await this.database.execute(
      `INSERT INTO telegram_codes (hash, purpose, user_id, telegram_user_id, expires_at) VALUES ($1, $2, $3, $4, $5)`,
      [hash, purpose, userId, telegramUserId, expiresAt],
    );
    return expiresAt;
  }

  /** Whether a code for linking is open. */
  async isOpen(hash: string): Promise<boolean> {
    const sql = `SELECT 1 FROM telegram_codes WHERE hash = $1 AND purpose = 'link' AND used_at IS NULL AND expires_at > $2`;
    return (await this.database.first(sql, [hash, this.clock.now()])) !== undefined;
  }

  /** Uses a code up; answers whose it is. Undefined where it is unknown, used, too old, or another person's. */
  async useCode(hash: string, purpose: CodePurpose, telegramUserId: number): Promise<number | undefined> {
    const row = await this.database.first<{ user_id: number }>(
      `UPDATE telegram_codes SET used_at = $4
       WHERE hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $4
         AND (purpose = 'link' OR telegram_user_id = $3)
       RETURNING user_id`,
      [hash, purpose, telegramUserId, this.clock.now()],
    );
    return row?.user_id;
  }
}
