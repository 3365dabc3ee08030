/**
 * Makes and reads the JWTs: access tokens of an hour, refresh tokens bound to a session row.
 * Keeps: HS256 only; each token says its type and is refused as the other; the secret is a key object (a text secret
 * costs forty times as much on every request). While the secret is changed, tokens of the one before are read.
 */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { Clock } from '../../platform/clock/clock.js';
import { Randomness } from '../../platform/ids/randomness.js';
import { authError } from './auth.errors.js';

export type TokenType = 'access' | 'refresh';

export interface TokenClaims {
  readonly userId: number;
  readonly sessionId: string;
  /** Of a refresh token made by rotation; a header-form token carries the generation it was made in. */
  readonly generation: number;
}

export interface ReadClaims extends TokenClaims {
  readonly expiresAt: Date;
}

/** What a token with a good signature says, before it is believed. */
export type RawClaims = Readonly<Partial<Record<'sub' | 'type' | 'sid' | 'gen' | 'nbf' | 'exp', unknown>>>;

/** Times are held against the product's own clock, in `claims`. */
export const VERIFY_OPTIONS = { algorithms: ['HS256' as const], ignoreExpiration: true, ignoreNotBefore: true };

@Injectable()
export class TokensService {
  /** What tokens are signed with, and after it the keys that are only believed, while the secret is changed. */
  readonly keys: readonly [KeyObject, ...KeyObject[]];

  constructor(
    private readonly jwt: JwtService,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    const { JWT_SECRET: secret, JWT_SECRET_PREVIOUS: previous } = config.secrets;
    if (secret === undefined) throw new Error('JWT_SECRET is not set');
    this.keys = [keyFrom(secret), ...(previous === undefined ? [] : [keyFrom(previous)])];
  }

  get refreshLifetimeMs(): number {
    return this.config.auth.REFRESH_TOKEN_DAYS * 86_400_000;
  }

  /** The key to check a token with: the one before only where it made the signature. */
  keyOf(token: string): KeyObject {
    const [current, ...previous] = this.keys;
    return previous.find((key) => isSignedBy(key, token)) ?? current;
  }

  access(claims: TokenClaims): string {
    const now = Math.floor(this.clock.now().getTime() / 1_000);
    return this.#sign('access', claims, now + this.config.auth.ACCESS_TOKEN_SECONDS);
  }

  /** Good as long as its session. */
  refresh(claims: TokenClaims, sessionEnd: Date): string {
    return this.#sign('refresh', claims, Math.floor(sessionEnd.getTime() / 1_000));
  }

  /** The claims of a valid token of this type; throws 401 for everything else. */
  read(token: string, type: TokenType): ReadClaims {
    return this.claims(this.#verify(token), type);
  }

  /** Believes claims whose signature was checked, or throws 401: wrong type, not yet or no longer valid, misshapen. */
  claims(raw: RawClaims, type: TokenType): ReadClaims {
    const userId = typeof raw.sub === 'string' && /^\d{1,15}$/.test(raw.sub) ? Number(raw.sub) : 0;
    const { sid, gen, nbf, exp } = raw;
    const seconds = this.clock.now().getTime() / 1_000;
    const isTimely = typeof nbf === 'number' && typeof exp === 'number' && Math.floor(seconds) >= nbf && seconds < exp;
    if (raw.type !== type || userId < 1 || typeof sid !== 'string' || typeof gen !== 'number' || !isTimely) {
      throw authError('UNAUTHENTICATED');
    }
    return { userId, sessionId: sid, generation: gen, expiresAt: new Date(exp * 1_000) };
  }

  /** Whether claims whose signature was checked were good until their time ended. */
  hasExpired(raw: RawClaims, type: TokenType): boolean {
    return raw.type === type && typeof raw.exp === 'number' && this.clock.now().getTime() / 1_000 >= raw.exp;
  }

  #sign(type: TokenType, claims: TokenClaims, exp: number): string {
    const now = Math.floor(this.clock.now().getTime() / 1_000);
    const payload = {
      sub: String(claims.userId),
      type,
      sid: claims.sessionId,
      gen: claims.generation,
      jti: this.randomness.token(12),
      iat: now,
      nbf: now,
      exp,
    };
    return this.jwt.sign(payload, { secret: this.keys[0] as never, algorithm: 'HS256' });
  }

  #verify(token: string): RawClaims {
    try {
      return this.jwt.verify<RawClaims>(token, { ...VERIFY_OPTIONS, secret: this.keyOf(token) as never });
    } catch {
      throw authError('UNAUTHENTICATED');
    }
  }
}

function keyFrom(secret: string): KeyObject {
  return createSecretKey(Buffer.from(secret));
}

/** HS256 alone: whatever else a token says of itself is refused where it is verified. */
function isSignedBy(key: KeyObject, token: string): boolean {
  const end = token.lastIndexOf('.');
  const expected = createHmac('sha256', key).update(token.slice(0, end)).digest();
  const given = Buffer.from(token.slice(end + 1), 'base64url');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
