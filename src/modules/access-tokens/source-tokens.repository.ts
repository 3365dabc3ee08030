/**
 * Stores the tokens by which programs post as a source. Every method names the source first.
 * Keeps: tokens of one source are given one after the other, under the source's row lock.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { LIVE_TOKEN, TOKEN_VIEW, type TokenRow } from './access-tokens.repository.js';
import type { Scope } from './scopes.js';

@Injectable()
export class SourceTokensRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** In the running transaction; the source's code, undefined where there is none. */
  async lock(sourceId: number): Promise<string | undefined> {
    const sql = 'SELECT code FROM sources WHERE id = $1 FOR NO KEY UPDATE';
    return (await this.database.first<{ code: string }>(sql, [sourceId]))?.code;
  }

  /** Tokens in force, newest first. */
  live(sourceId: number): Promise<TokenRow[]> {
    return this.database.query<TokenRow>(
      `SELECT ${TOKEN_VIEW} FROM access_tokens WHERE source_id = $1 AND ${LIVE_TOKEN} ORDER BY id DESC`,
      [sourceId, this.clock.now()],
    );
  }

  /** Lets those in force end at `at`, unless they end before; answers how many there were. */
  endAt(sourceId: number, at: Date): Promise<number> {
    return this.database.execute(
      `UPDATE access_tokens SET expires_at = least(expires_at, $3) WHERE source_id = $1 AND ${LIVE_TOKEN}`,
      [sourceId, this.clock.now(), at],
    );
  }

  /** Ends those in force at once and for good; answers how many there were. */
  withdraw(sourceId: number): Promise<number> {
    return this.database.execute(`UPDATE access_tokens SET revoked_at = $2 WHERE source_id = $1 AND ${LIVE_TOKEN}`, [
      sourceId,
      this.clock.now(),
    ]);
  }

  async add(sourceId: number, name: string, prefix: string, secretHash: Buffer, scope: Scope): Promise<TokenRow> {
    const row = await this.database.first<TokenRow>(
      `INSERT INTO access_tokens (source_id, name, kind, prefix, secret_hash, scopes, created_at)
       VALUES ($1, $2, 'bearer', $3, $4, $5, $6) RETURNING ${TOKEN_VIEW}`,
      [sourceId, name, prefix, secretHash, [scope], this.clock.now()],
    );
    if (row === undefined) throw new Error('a token was not stored');
    return row;
  }
}
