/**
 * Stores changes of e-mail addresses until both addresses have confirmed them.
 * Keeps: whoever confirms holds the lock of the user, so that two confirmations at once come one after the other.
 */
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../../platform/clock/clock.js';
import { Database, violatedConstraint } from '../../../platform/database/database.js';

export interface EmailChangeRow {
  user_id: number;
  new_email: string;
  old_confirmed_at: Date | null;
  new_confirmed_at: Date | null;
}

@Injectable()
export class EmailChangesRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Stores a change in place of an older one of the same user. */
  async propose(
    userId: number,
    newEmail: string,
    tokens: { readonly old: string; readonly new: string },
    lifetimeMs: number,
  ): Promise<void> {
    const now = this.clock.now();
    await this.database.execute(
      `INSERT INTO email_changes (user_id, new_email, old_token_hash, new_token_hash, created_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (user_id) DO UPDATE SET new_email = excluded.new_email, old_token_hash = excluded.old_token_hash,
         new_token_hash = excluded.new_token_hash, old_confirmed_at = NULL, new_confirmed_at = NULL,
         created_at = excluded.created_at, expires_at = excluded.expires_at`,
      [userId, newEmail, hashOf(tokens.old), hashOf(tokens.new), now, new Date(now.getTime() + lifetimeMs)],
    );
  }

  /** Notes the confirmation that this token stands for, under the user's lock; undefined for a token that is not alive. */
  async confirm(token: string): Promise<EmailChangeRow | undefined> {
    const hash = hashOf(token);
    const locked = await this.database.first(
      `SELECT 1 FROM users WHERE disabled_at IS NULL AND id = (SELECT user_id FROM email_changes
         WHERE old_token_hash = $1 OR new_token_hash = $1) FOR NO KEY UPDATE`,
      [hash],
    );
    if (locked === undefined) return undefined;
    return this.database.first<EmailChangeRow>(
      `UPDATE email_changes SET
         old_confirmed_at = CASE WHEN old_token_hash = $1 THEN coalesce(old_confirmed_at, $2) ELSE old_confirmed_at END,
         new_confirmed_at = CASE WHEN new_token_hash = $1 THEN coalesce(new_confirmed_at, $2) ELSE new_confirmed_at END
       WHERE (old_token_hash = $1 OR new_token_hash = $1) AND expires_at > $2
       RETURNING user_id, new_email, old_confirmed_at, new_confirmed_at`,
      [hash, this.clock.now()],
    );
  }

  /** Gives the user the address and forgets the change; false when somebody else has the address. */
  async carryOut(change: EmailChangeRow): Promise<boolean> {
    try {
      await this.database.execute('UPDATE users SET email = $2, is_verified = true, updated_at = $3 WHERE id = $1', [
        change.user_id,
        change.new_email,
        this.clock.now(),
      ]);
    } catch (error) {
      if (violatedConstraint(error) === 'ix_users_email') return false;
      throw error;
    }
    await this.drop(change.user_id);
    return true;
  }

  async drop(userId: number): Promise<void> {
    await this.database.execute('DELETE FROM email_changes WHERE user_id = $1', [userId]);
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
