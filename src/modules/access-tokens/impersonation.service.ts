/**
 * Lets an administrator read what a user sees, for a quarter of an hour.
 * Keeps: an administrator reads in the place of no other; the token is told once and has no refresh; beginning and ending
 * are audited under the user, who sees them in the security log.
 */
import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { Randomness } from '../../platform/ids/randomness.js';
import { UsersRepository } from '../users/users.repository.js';
import { accessTokenError } from './access-tokens.errors.js';
import { newPrefix, tokenHash } from './access-tokens.service.js';
import { ImpersonationRepository } from './impersonation.repository.js';

export const IMPERSONATION_SECONDS = 15 * 60;

export interface ImpersonationParts {
  readonly tokens: ImpersonationRepository;
  readonly users: UsersRepository;
  readonly audit: AuditTrail;
  readonly database: Database;
  readonly clock: Clock;
  readonly randomness: Randomness;
}

@Injectable()
export class Impersonation {
  constructor(private readonly parts: ImpersonationParts) {}

  /** Throws 404 for a user who is none, 403 for an administrator. A token given before for the same user ends. */
  async begin(staff: UserCaller, userId: number, reason: string) {
    const { tokens, users, database, clock, randomness } = this.parts;
    const user = await users.findById(userId);
    if (user === undefined) throw accessTokenError('UNKNOWN_USER');
    if (user.role === 'admin') throw accessTokenError('NOT_IMPERSONATED');
    const prefix = newPrefix(randomness);
    const token = `${prefix}_${randomness.token(32)}`;
    const expiresAt = new Date(clock.now().getTime() + IMPERSONATION_SECONDS * 1_000);
    await database.transaction(async () => {
      await tokens.end(staff.userId, userId);
      await tokens.add({ userId, sessionId: staff.sessionId, prefix, secretHash: tokenHash(token), expiresAt });
      const after = { impersonated_by: staff.userId, prefix, reason, expires_at: expiresAt.toISOString() };
      await this.#record('impersonation.begin', staff, userId, after);
    });
    return { token, user };
  }

  /** Throws 404 where nothing is to be ended. */
  async end(staff: UserCaller, userId: number): Promise<void> {
    await this.parts.database.transaction(async () => {
      if ((await this.parts.tokens.end(staff.userId, userId)) === 0) throw accessTokenError('UNKNOWN_TOKEN');
      await this.#record('impersonation.end', staff, userId, { impersonated_by: staff.userId });
    });
  }

  #record(action: string, { userId: actorId }: UserCaller, userId: number, after: Readonly<Record<string, unknown>>) {
    return this.parts.audit.record({ actorKind: 'user', actorId, action, subject: `user:${userId}`, after });
  }
}
