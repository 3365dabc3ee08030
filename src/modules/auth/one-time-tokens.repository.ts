/**
 * Tokens sent by mail. Keeps: only hashes are stored; redeeming is one conditional update, so a token works once even
 * when it is shown twice at the same time; a new token of a purpose ends the older ones.
 */
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Randomness } from '../../platform/ids/randomness.js';
import type { TokenPurpose } from './one-time-token.entity.js';

export const TOKEN_MINUTES = 15;

@Injectable()
export class OneTimeTokensRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  async issue(userId: number, purpose: TokenPurpose): Promise<string> {
    const token = this.randomness.token(32);
    const now = this.clock.now();
    await this.database.execute(
      'UPDATE one_time_tokens SET used_at = $3 WHERE user_id = $1 AND purpose = $2 AND used_at IS NULL',
      [userId, purpose, now],
    );
    await this.database.execute(
      `INSERT INTO one_time_tokens (user_id, purpose, token_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)`,
      [userId, purpose, hashOf(token), now, new Date(now.getTime() + TOKEN_MINUTES * 60_000)],
    );
    return token;
  }

  /** The user the token belongs to; undefined when it is unknown, used, expired or of another purpose. */
  async redeem(token: string, purpose: TokenPurpose): Promise<number | undefined> {
    const row = await this.database.first<{ user_id: number }>(
      `UPDATE one_time_tokens SET used_at = $3
       WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3 RETURNING user_id`,
      [hashOf(token), purpose, this.clock.now()],
    );
    return row?.user_id;
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
