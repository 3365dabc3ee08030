/**
 * Finds the user or source in whose name a program calls: by a bearer token, or by the signature of the call.
 * Keeps: secrets are compared in constant time; a program has its owner's rights of the moment, cut to its scope, and never
 * those of an administrator over others; a signed call is taken once. An administrator in a user's place only reads, and
 * every request of theirs is audited and answered under `X-Impersonated-By`.
 */
import { timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { type CallerIdentity, type CallerRole, IMPERSONATED_BY } from '../../platform/http/caller.js';
import { bodyDigest, SIGNATURE_HEADER } from '../../platform/http/body-digest.js';
import { callContext } from '../../platform/http/call-context.js';
import type { ProgramCallers } from '../../platform/http/program-callers.js';
import { shownPath } from '../../platform/http/shown-path.js';
import { Vault } from '../accounts/vault.service.js';
import { authError } from '../auth/auth.errors.js';
import { accessTokenError } from './access-tokens.errors.js';
import { AccessTokensRepository, type LiveToken, type UsersToken } from './access-tokens.repository.js';
import { sealedField, tokenHash } from './access-tokens.service.js';
import { isStaffRead, scopeOf, STAFF_SCOPES } from './scopes.js';
import { isSignedWith, isTimely, type SignedCall, WINDOW_MS } from './signed-call.js';

const BEARER = /^Bearer (vzk_[0-9a-f]{10})_[\w-]{43}$/i;

@Injectable()
export class TokenCallers implements ProgramCallers {
  constructor(
    private readonly tokens: AccessTokensRepository,
    private readonly vault: Vault,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async identify(request: FastifyRequest, reply: FastifyReply): Promise<CallerIdentity | undefined> {
    const isSigned = SIGNATURE_HEADER in request.headers;
    const prefix = BEARER.exec(request.headers.authorization ?? '')?.[1];
    if (!isSigned && prefix === undefined) return undefined;
    const token = isSigned ? await this.#signed(request) : await this.#bearer(request, String(prefix));
    callContext.via(token.prefix);
    if (token.staff_id !== null) await this.#noteStaff(request, reply, token);
    const caller = this.#caller(request, token);
    await this.tokens.noteUse(token, request.ip);
    return caller;
  }

  revokeAll(userId: number): Promise<number> {
    return this.tokens.revokeAll(userId);
  }

  /** Before anything is answered, also a refusal. */
  async #noteStaff(request: FastifyRequest, reply: FastifyReply, token: UsersToken): Promise<void> {
    const staffId = Number(token.staff_id);
    void reply.header(IMPERSONATED_BY, String(staffId));
    await this.audit.record({
      actorKind: 'user',
      actorId: staffId,
      action: 'impersonation.request',
      subject: `user:${token.user_id}`,
      after: { method: request.method, path: shownPath(request) },
    });
  }

  async #bearer(request: FastifyRequest, prefix: string): Promise<LiveToken> {
    const given = tokenHash((request.headers.authorization ?? '').slice('Bearer '.length));
    const token = await this.tokens.find(prefix.toLowerCase());
    const hash = token?.secret_hash ?? null;
    if (token === undefined || hash === null || !timingSafeEqual(given, hash)) throw authError('UNAUTHENTICATED');
    return token;
  }

  async #signed(request: FastifyRequest): Promise<LiveToken> {
    const header = (name: string) => String(request.headers[`x-verzek-${name}`] ?? '');
    const digest = bodyDigest(request);
    const call: SignedCall = {
      method: request.method,
      target: request.raw.url ?? '',
      timestamp: header('timestamp'),
      nonce: header('nonce'),
      bodyDigest: digest ?? '',
    };
    const now = this.clock.now();
    const isFormed = digest !== undefined && /^vzk_[0-9a-f]{10}$/.test(header('key')) && isTimely(call, now);
    const token = isFormed ? await this.tokens.find(header('key')) : undefined;
    const sealed = token?.sealed_secret ?? null;
    if (token === undefined || token.user_id === null || sealed === null) throw accessTokenError('SIGNATURE_REFUSED');
    const secret = await this.vault.unseal(token.user_id, sealedField(token.prefix), sealed);
    if (!isSignedWith(secret.toString(), call, header('signature'))) throw accessTokenError('SIGNATURE_REFUSED');
    const end = new Date(Number(call.timestamp) * 1_000 + 2 * WINDOW_MS);
    if (!(await this.tokens.takeNonce(token.id, call.nonce, end))) throw accessTokenError('SIGNATURE_REFUSED');
    return token;
  }

  #caller(request: FastifyRequest, token: LiveToken): CallerIdentity {
    const route = [request.method, request.routeOptions.url ?? ''] as const;
    if (token.staff_id !== null) {
      if (!isStaffRead(...route)) throw accessTokenError('IMPERSONATION_READ_ONLY');
      return this.#user(token, 'user');
    }
    const scope = scopeOf(...route);
    if (scope === undefined || !token.scopes.includes(scope))
      throw accessTokenError('SCOPE_MISSING', { scope_required: scope ?? null });
    if (token.user_id === null) return { kind: 'service', name: token.source };
    return this.#user(token, STAFF_SCOPES.includes(scope) ? token.role : 'user');
  }

  #user(token: UsersToken, role: CallerRole): CallerIdentity {
    const isVerified = token.is_verified || !this.config.auth.REQUIRE_EMAIL_VERIFICATION;
    const subscription = { tier: token.subscription_type, expiresAt: token.subscription_expires_at };
    return { kind: 'user', userId: token.user_id, sessionId: '', role, isVerified, subscription };
  }
}
