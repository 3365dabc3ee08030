/**
 * Gives, rotates and withdraws the token by which a program posts as a source.
 * Keeps: the secret is told once and stored as a hash; at a rotation the tokens before it go on for as long as was asked
 * and end by themselves; each act is one transaction with its audit row.
 */
import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Randomness } from '../../platform/ids/randomness.js';
import { accessTokenError } from './access-tokens.errors.js';
import type { TokenRow } from './access-tokens.repository.js';
import { type MadeToken, newPrefix, tokenHash } from './access-tokens.service.js';
import { SourceTokensRepository } from './source-tokens.repository.js';

@Injectable()
export class SourceTokens {
  constructor(
    private readonly tokens: SourceTokensRepository,
    private readonly audit: AuditTrail,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** Those in force, newest first. */
  live(sourceId: number): Promise<TokenRow[]> {
    return this.tokens.live(sourceId);
  }

  /** A new token; those before it end after `overlapMinutes`, 0 for at once. Throws 404 for a source that is none. */
  async give(staffId: number, sourceId: number, overlapMinutes: number): Promise<MadeToken> {
    const prefix = newPrefix(this.randomness);
    const secret = `${prefix}_${this.randomness.token(32)}`;
    const row = await this.database.transaction(async () => {
      const code = await this.#locked(sourceId);
      const end = new Date(this.clock.now().getTime() + overlapMinutes * 60_000);
      const ended =
        overlapMinutes === 0 ? await this.tokens.withdraw(sourceId) : await this.tokens.endAt(sourceId, end);
      const made = await this.tokens.add(sourceId, code, prefix, tokenHash(secret), 'signals:post');
      const after = { code, prefix, former: ended, former_until: ended === 0 ? null : end.toISOString() };
      await this.#record('source.token', staffId, sourceId, after);
      return made;
    });
    return { row, secret };
  }

  /** Ends all of the source's tokens at once. Throws 404 where none is in force. */
  async withdraw(staffId: number, sourceId: number): Promise<number> {
    return this.database.transaction(async () => {
      const code = await this.#locked(sourceId);
      const ended = await this.tokens.withdraw(sourceId);
      if (ended === 0) throw accessTokenError('UNKNOWN_TOKEN');
      await this.#record('source.token_withdraw', staffId, sourceId, { code, ended });
      return ended;
    });
  }

  async #locked(sourceId: number): Promise<string> {
    const code = await this.tokens.lock(sourceId);
    if (code === undefined) throw accessTokenError('UNKNOWN_SOURCE');
    return code;
  }

  #record(action: string, staffId: number, sourceId: number, after: Readonly<Record<string, unknown>>): Promise<void> {
    const subject = `source:${sourceId}`;
    return this.audit.record({ actorKind: 'user', actorId: staffId, action, subject, after });
  }
}
