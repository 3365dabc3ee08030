/**
 * Tokens sent by mail. Keeps: only hashes are stored; at most one token of a purpose is open per user (a unique index
 * holds it, the user's row is locked first); redeeming is one conditional update, so a token works once even when it is
 * shown twice at the same time, and never for a disabled user.
 */
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Randomness } from '../../platform/ids/randomness.js';
import type { TokenPurpose } from './one-time-token.entity.js';

export const TOKEN_MINUTES = 15;

/** The user behind a live token. */
const OWNER = `
  SELECT u.id FROM users u
  WHERE u.disabled_at IS NULL AND u.id = (SELECT user_id FROM one_time_tokens
    WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3)`;

@Injectable()
export class OneTimeTokensRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** A new token; the older one of this purpose ends. */
  async issue(userId: number, purpose: TokenPurpose): Promise<string> {
    const token = this.randomness.token(32);
    const now = this.clock.now();
    await this.database.transaction(async () => {
      await this.database.query('SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE', [userId]);
      await this.endAll(userId, purpose);
      await this.database.execute(
        `INSERT INTO one_time_tokens (user_id, purpose, token_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)`,
        [userId, purpose, hashOf(token), now, new Date(now.getTime() + TOKEN_MINUTES * 60_000)],
      );
    });
    return token;
  }

  /** The user a live token belongs to; undefined when it is unknown, used, expired or of another purpose. */
  async owner(token: string, purpose: TokenPurpose): Promise<number | undefined> {
    const params = [hashOf(token), purpose, this.clock.now()];
    return (await this.database.first<{ id: number }>(OWNER, params))?.id;
  }

  /** Uses the token up and locks its user; undefined as in `owner`. */
  redeem(token: string, purpose: TokenPurpose): Promise<number | undefined> {
    const params = [hashOf(token), purpose, this.clock.now()];
    return this.database.transaction(async () => {
      const user = await this.database.first<{ id: number }>(`${OWNER} FOR NO KEY UPDATE OF u`, params);
      if (user === undefined) return undefined;
      const used = await this.database.execute(
        `UPDATE one_time_tokens SET used_at = $3
         WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3`,
        params,
      );
      return used === 1 ? user.id : undefined;
    });
  }

  /** Ends the links of a change of address that waits. */
  async endEmailChange(userId: number): Promise<void> {
    await this.database.execute('DELETE FROM email_changes WHERE user_id = $1', [userId]);
  }

  /** Ends a user's open tokens of a purpose. */
  async endAll(userId: number, purpose: TokenPurpose): Promise<void> {
    await this.database.execute(
      'UPDATE one_time_tokens SET used_at = $3 WHERE user_id = $1 AND purpose = $2 AND used_at IS NULL',
      [userId, purpose, this.clock.now()],
    );
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
