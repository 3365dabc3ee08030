/**
 * Makes and ends tokens for programs.
 * Keeps: the secret is told once, when the token is made; making one is audited and told to the owner by mail; a scope of
 * staff is given by staff only.
 */
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { Randomness } from '../../platform/ids/randomness.js';
import { Vault } from '../accounts/vault.service.js';
import { noticeMail } from '../auth/auth-mails.js';
import { authError } from '../auth/auth.errors.js';
import { Mailer } from '../mail/mailer.service.js';
import { UsersRepository } from '../users/users.repository.js';
import { accessTokenError } from './access-tokens.errors.js';
import { AccessTokensRepository, type TokenKind, type TokenRow } from './access-tokens.repository.js';
import { type Scope, STAFF_SCOPES } from './scopes.js';

/** What every token begins with, so that it is recognised where it should not be. */
export const TOKEN_MARK = 'vzk_';

export const MAX_TOKENS = 20;

const DAY_MS = 86_400_000;

export interface TokenWish {
  readonly name: string;
  readonly kind: TokenKind;
  readonly scopes: readonly Scope[];
  /** Without it the token ends when it is revoked. */
  readonly days: number | undefined;
}

export interface MadeToken {
  readonly row: TokenRow;
  /** The bearer token, or the secret to sign with. */
  readonly secret: string;
}

export interface AccessTokensParts {
  readonly tokens: AccessTokensRepository;
  readonly users: UsersRepository;
  readonly vault: Vault;
  readonly mailer: Mailer;
  readonly audit: AuditTrail;
  readonly database: Database;
  readonly clock: Clock;
  readonly randomness: Randomness;
}

/** Where the secret of a signed token is encrypted for. */
export const sealedField = (prefix: string) => `access-token:${prefix}`;

/** What names a token, beside its mark: ten hexadecimal digits. */
export const newPrefix = (randomness: Randomness) => `${TOKEN_MARK}${randomness.hexCode(10).toLowerCase()}`;

export const tokenHash = (token: string) => createHash('sha256').update(token).digest();

@Injectable()
export class AccessTokens {
  constructor(private readonly parts: AccessTokensParts) {}

  live(userId: number): Promise<TokenRow[]> {
    return this.parts.tokens.live(userId);
  }

  /** Throws 401 where the session has ended meanwhile, 403 for a scope that the caller may not give, 409 for too many. */
  async make(caller: UserCaller, wish: TokenWish): Promise<MadeToken> {
    if (caller.role === 'user' && wish.scopes.some((scope) => STAFF_SCOPES.includes(scope)))
      throw accessTokenError('SCOPE_NOT_ALLOWED');
    const { tokens, database, randomness, vault, clock } = this.parts;
    const { userId } = caller;
    const prefix = newPrefix(randomness);
    const isBearer = wish.kind === 'bearer';
    const secret = isBearer ? `${prefix}_${randomness.token(32)}` : randomness.token(32);
    const row = await database.transaction(async () => {
      await tokens.lockOwner(userId);
      if (!(await tokens.isSessionAlive(userId, caller.sessionId))) throw authError('SESSION_ENDED');
      if ((await tokens.live(userId)).length >= MAX_TOKENS) throw accessTokenError('TOKEN_LIMIT');
      const made = await tokens.add(userId, {
        name: wish.name,
        kind: wish.kind,
        prefix,
        secretHash: isBearer ? tokenHash(secret) : null,
        sealedSecret: isBearer ? null : await vault.seal(userId, sealedField(prefix), Buffer.from(secret)),
        scopes: [...new Set(wish.scopes)],
        expiresAt: wish.days === undefined ? null : new Date(clock.now().getTime() + wish.days * DAY_MS),
      });
      await this.#tell(userId, made);
      return made;
    });
    return { row, secret };
  }

  /** Ends a token at once; throws 404 where none such is in force. */
  async revoke(userId: number, id: number): Promise<void> {
    const { tokens, database } = this.parts;
    await database.transaction(async () => {
      const row = await tokens.revoke(userId, id);
      if (row === undefined) throw accessTokenError('UNKNOWN_TOKEN');
      await this.#record('access_token.revoke', userId, row);
    });
  }

  async #tell(userId: number, row: TokenRow): Promise<void> {
    const { users, mailer } = this.parts;
    await this.#record('access_token.make', userId, row);
    const user = await users.findById(userId);
    if (user === undefined) return;
    const text = `A token for programs was made for your account: "${row.name}" (${row.prefix}), for ${row.scopes.join(', ')}.`;
    await mailer.post(user.email, noticeMail('A token for programs was made', user.full_name, text));
  }

  #record(action: string, userId: number, row: TokenRow): Promise<void> {
    const { prefix, kind, scopes, expires_at } = row;
    const after = { prefix, kind, scopes, expires_at: expires_at?.toISOString() ?? null };
    return this.parts.audit.record({ actorKind: 'user', actorId: userId, action, subject: `user:${userId}`, after });
  }
}
