/**
 * Stores tokens for programs. Every method names the owner first, except finding a token by its public prefix.
 * Keeps: a nonce is stored once for each token, whoever comes first.
 */
import { Injectable } from '@nestjs/common';
import type { Tier } from '../../domain/subscription/plans.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import type { Role } from '../users/user.entity.js';

export type TokenKind = 'bearer' | 'signed';

export interface TokenRow {
  id: number;
  name: string;
  kind: TokenKind;
  prefix: string;
  scopes: string[];
  created_at: Date;
  expires_at: Date | null;
  last_used_at: Date | null;
  last_address: string;
}

export interface NewToken {
  readonly name: string;
  readonly kind: TokenKind;
  readonly prefix: string;
  readonly secretHash: Buffer | null;
  readonly sealedSecret: Buffer | null;
  readonly scopes: readonly string[];
  readonly expiresAt: Date | null;
}

/** A token that is in force, with what its owner may do now. */
export type LiveToken = UsersToken | SourcesToken;

interface AnyToken {
  id: number;
  kind: TokenKind;
  prefix: string;
  secret_hash: Buffer | null;
  sealed_secret: Buffer | null;
  scopes: string[];
  last_used_at: Date | null;
}

export interface SourcesToken extends AnyToken {
  user_id: null;
  staff_id: null;
  /** Code of the source. */
  source: string;
}

export interface UsersToken extends AnyToken {
  user_id: number;
  source: null;
  /** The administrator who reads by it. */
  staff_id: number | null;
  role: Role;
  is_verified: boolean;
  subscription_type: Tier;
  subscription_expires_at: Date | null;
}

export const TOKEN_VIEW = 'id, name, kind, prefix, scopes, created_at, expires_at, last_used_at, last_address';

/** A user's own, not one by which staff read. */
const OWN = 'staff_session_id IS NULL';

/** `$2` is the time. */
export const LIVE_TOKEN = 'revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)';

const BY_PREFIX = `
  SELECT t.id, t.user_id, t.kind, t.prefix, t.secret_hash, t.sealed_secret, t.scopes, t.last_used_at,
    s.code AS source, a.id AS staff_id, u.role, u.is_verified, u.subscription_type, u.subscription_expires_at
  FROM access_tokens t LEFT JOIN users u ON u.id = t.user_id LEFT JOIN sources s ON s.id = t.source_id
  LEFT JOIN sessions x ON x.id = t.staff_session_id LEFT JOIN users a ON a.id = x.user_id
  WHERE t.prefix = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2)
    AND CASE WHEN t.staff_session_id IS NULL THEN u.disabled_at IS NULL
        ELSE x.revoked_at IS NULL AND x.expires_at > $2 AND a.role = 'admin' AND a.disabled_at IS NULL END`;

@Injectable()
export class AccessTokensRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Tokens in force, newest first. */
  live(userId: number): Promise<TokenRow[]> {
    return this.database.query<TokenRow>(
      `SELECT ${TOKEN_VIEW} FROM access_tokens WHERE user_id = $1 AND ${OWN} AND ${LIVE_TOKEN} ORDER BY id DESC`,
      [userId, this.clock.now()],
    );
  }

  /** Lets nobody add another token of the user until the transaction ends. */
  async lockOwner(userId: number): Promise<void> {
    await this.database.query('SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE', [userId]);
  }

  /** Whether the session may still act; asked under the owner's lock, because what ends sessions ends tokens with them. */
  async isSessionAlive(userId: number, sessionId: string): Promise<boolean> {
    const sql = 'SELECT 1 FROM sessions WHERE id = $2 AND user_id = $1 AND revoked_at IS NULL';
    return (await this.database.first(sql, [userId, sessionId])) !== undefined;
  }

  async add(userId: number, token: NewToken): Promise<TokenRow> {
    const row = await this.database.first<TokenRow>(
      `INSERT INTO access_tokens (user_id, name, kind, prefix, secret_hash, sealed_secret, scopes, created_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING ${TOKEN_VIEW}`,
      [
        userId,
        token.name,
        token.kind,
        token.prefix,
        token.secretHash,
        token.sealedSecret,
        token.scopes,
        this.clock.now(),
        token.expiresAt,
      ],
    );
    if (row === undefined) throw new Error('a token was not stored');
    return row;
  }

  /** The token that was in force; undefined where there is none such. */
  revoke(userId: number, id: number): Promise<TokenRow | undefined> {
    return this.database.first<TokenRow>(
      `UPDATE access_tokens SET revoked_at = $2 WHERE user_id = $1 AND id = $3 AND ${OWN} AND ${LIVE_TOKEN} RETURNING ${TOKEN_VIEW}`,
      [userId, this.clock.now(), id],
    );
  }

  /** Ends every token of the user; answers how many of their own were in force. Waits for one that is being made. */
  async revokeAll(userId: number): Promise<number> {
    await this.lockOwner(userId);
    const rows = await this.database.query<{ is_own: boolean }>(
      `UPDATE access_tokens SET revoked_at = $2 WHERE user_id = $1 AND ${LIVE_TOKEN} RETURNING ${OWN} AS is_own`,
      [userId, this.clock.now()],
    );
    return rows.filter(({ is_own }) => is_own).length;
  }

  find(prefix: string): Promise<LiveToken | undefined> {
    return this.database.first<LiveToken>(BY_PREFIX, [prefix, this.clock.now()], { name: 'access_token_find' });
  }

  /** Notes the use, at most once a minute. */
  async noteUse({ id, last_used_at }: LiveToken, address: string): Promise<void> {
    const now = this.clock.now();
    if (last_used_at !== null && now.getTime() - last_used_at.getTime() < 60_000) return;
    await this.database.execute('UPDATE access_tokens SET last_used_at = $2, last_address = $3 WHERE id = $1', [
      id,
      now,
      address,
    ]);
  }

  /** False where the nonce was used before. */
  async takeNonce(tokenId: number, nonce: string, expiresAt: Date): Promise<boolean> {
    const sql = `INSERT INTO access_nonces (token_id, nonce, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`;
    return (await this.database.execute(sql, [tokenId, nonce, expiresAt])) === 1;
  }
}
