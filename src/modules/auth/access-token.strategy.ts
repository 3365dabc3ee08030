/**
 * Passport's strategy for access tokens: checks the signature, believes the claims, and finds the caller.
 * Keeps: a passport of its own, because passport's usual one is shared by every application of a process.
 */
import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyReply, FastifyRequest } from 'fastify';
import passport from 'passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import type { UserCaller } from '../../platform/http/caller.js';
import { AccessCache } from './access-cache.js';
import { authError } from './auth.errors.js';
import { type RawClaims, TokensService, VERIFY_OPTIONS } from './tokens.service.js';

const NAME = 'access-token';

const tokenOf = ExtractJwt.fromAuthHeaderAsBearerToken();

@Injectable()
export class AccessTokenStrategy extends PassportStrategy(Strategy, NAME) {
  readonly #passport = new passport.Passport();

  constructor(
    private readonly tokens: TokensService,
    private readonly cache: AccessCache,
  ) {
    const { algorithms, ...jsonWebTokenOptions } = VERIFY_OPTIONS;
    super({
      jwtFromRequest: tokenOf,
      secretOrKeyProvider: (_request: unknown, token: string, done: (error: null, key: never) => void) =>
        done(null, tokens.keyOf(token) as never),
      algorithms,
      ignoreExpiration: jsonWebTokenOptions.ignoreExpiration,
      jsonWebTokenOptions,
      passReqToCallback: true,
    });
    this.#passport.use(NAME, this);
  }

  /** Called by passport with the claims of a token whose signature is good. */
  async validate(request: FastifyRequest, raw: RawClaims): Promise<UserCaller> {
    if (this.tokens.hasExpired(raw, 'access')) throw authError('TOKEN_EXPIRED');
    const caller = await this.cache.admit(tokenOf(request as never) ?? '', this.tokens.claims(raw, 'access'));
    if (caller === undefined) throw authError('SESSION_ENDED');
    return caller;
  }

  /** The caller of a request; rejects with 401 for anything but a valid token of a living session. */
  caller(request: FastifyRequest, reply: FastifyReply): Promise<UserCaller> {
    return new Promise((resolve, reject) => {
      const finish = (error: unknown, caller: UserCaller | false) => {
        if (error instanceof Error) reject(error);
        else if (caller === false) reject(authError('UNAUTHENTICATED'));
        else resolve(caller);
      };
      const check = this.#passport.authenticate(NAME, { session: false }, finish) as (...parts: unknown[]) => void;
      check(request, reply, reject);
    });
  }
}
