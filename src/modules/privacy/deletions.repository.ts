/**
 * Stores wishes to be deleted, and carries them out: what names the person goes, what the books need stays without a name.
 * Keeps: carried out under the user's lock, only while it waits, is due and nothing is open; every table whose rows the
 * database itself would delete with the user is emptied of the user, later tables included.
 */
import { Injectable } from '@nestjs/common';
import { LIVE_POSITION_STATUSES } from '../../domain/position/position-status.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';

export interface DeletionRow {
  user_id: number;
  requested_at: Date;
  due_at: Date;
}

const LIVE = `status IN (${LIVE_POSITION_STATUSES.map((status) => `'${status}'`).join(', ')})`;

/** What hangs on the user and stays: accounts carry the books, settings become defaults, the wish is the proof. */
const KEPT = ['accounts', 'user_settings', 'account_deletions'];

/** Tables whose rows go with their user, and the column that names the user. */
const PERSONAL = `
  SELECT c.conrelid::regclass::text AS table_name, quote_ident(a.attname) AS column_name
  FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
  WHERE c.contype = 'f' AND c.confrelid = 'users'::regclass AND c.confdeltype = 'c'
    AND cardinality(c.conkey) = 1 AND NOT c.conrelid::regclass::text = ANY ($1::text[])
  ORDER BY 1, 2`;

const NAMELESS = `
  UPDATE users SET email = 'deleted-' || id || '@deleted.invalid', password_hash = '-', full_name = '', role = 'user',
    is_verified = false, auto_trade_enabled = false, notifications_enabled = false, timezone = 'UTC',
    referral_code = 'DEL' || id, referred_by_id = NULL, two_factor_at = NULL,
    disabled_at = coalesce(disabled_at, $2), updated_at = $2
  WHERE id = $1`;

@Injectable()
export class DeletionsRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** The wish that waits, if any. */
  waiting(userId: number): Promise<DeletionRow | undefined> {
    return this.database.first<DeletionRow>(
      'SELECT user_id, requested_at, due_at FROM account_deletions WHERE user_id = $1 AND completed_at IS NULL',
      [userId],
    );
  }

  /** Notes the wish and switches auto-trading off; a wish that waits stays as it is. */
  async request(userId: number, graceMs: number): Promise<void> {
    const now = this.clock.now();
    await this.database.execute(
      `INSERT INTO account_deletions (user_id, requested_at, due_at) VALUES ($1, $2, $3) ON CONFLICT (user_id) DO NOTHING`,
      [userId, now, new Date(now.getTime() + graceMs)],
    );
    const sql = 'UPDATE users SET auto_trade_enabled = false, updated_at = $2 WHERE id = $1';
    await this.database.execute(sql, [userId, now]);
  }

  /** False when none waits. */
  async cancel(userId: number): Promise<boolean> {
    const sql = 'DELETE FROM account_deletions WHERE user_id = $1 AND completed_at IS NULL';
    return (await this.database.execute(sql, [userId])) === 1;
  }

  /** Wishes whose day has come, oldest first. */
  due(limit: number): Promise<DeletionRow[]> {
    return this.database.query<DeletionRow>(
      `SELECT user_id, requested_at, due_at FROM account_deletions
       WHERE completed_at IS NULL AND due_at <= $1 ORDER BY due_at LIMIT $2`,
      [this.clock.now(), limit],
    );
  }

  /** How many positions are open on paper and on real venues. */
  async open(userId: number): Promise<{ paper: number; live: number }> {
    const row = await this.database.first<{ paper: number; live: number }>(
      `SELECT count(*) FILTER (WHERE exchange = 'paper') AS paper, count(*) FILTER (WHERE exchange <> 'paper') AS live
       FROM positions WHERE user_id = $1 AND ${LIVE}`,
      [userId],
    );
    return row ?? { paper: 0, live: 0 };
  }

  /** Locks the user; false when the wish does not wait any more or is not due. */
  async lockDue(userId: number): Promise<boolean> {
    await this.database.query('SELECT 1 FROM users WHERE id = $1 FOR UPDATE', [userId]);
    const waiting = await this.waiting(userId);
    return waiting !== undefined && waiting.due_at <= this.clock.now();
  }

  /** Takes the person out of everything, in the running transaction and under the user's lock. */
  async carryOut(userId: number): Promise<void> {
    const now = this.clock.now();
    const personal = await this.database.query<{ table_name: string; column_name: string }>(PERSONAL, [KEPT]);
    for (const { table_name, column_name } of personal) {
      await this.database.execute(`DELETE FROM ${table_name} WHERE ${column_name} = $1`, [userId]);
    }
    const ofAccounts = 'account_id IN (SELECT id FROM accounts WHERE user_id = $1)';
    await this.database.execute(`DELETE FROM account_credentials WHERE ${ofAccounts}`, [userId]);
    await this.database.execute(
      `UPDATE accounts SET label = '', is_active = false, updated_at = $2 WHERE user_id = $1`,
      [userId, now],
    );
    await this.database.execute(
      `UPDATE user_settings SET symbol_whitelist = '{}', symbol_blacklist = '{}', risk = '{}', plan = '{}',
         strategy = '{}', preferences = '{}', updated_at = $2 WHERE user_id = $1`,
      [userId, now],
    );
    await this.database.execute(NAMELESS, [userId, now]);
    await this.database.execute('UPDATE account_deletions SET completed_at = $2 WHERE user_id = $1', [userId, now]);
  }
}
