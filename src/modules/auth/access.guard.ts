/**
 * Enforces what routes declare with `@Allow` and `@OwnPath`. A route that declares nothing is refused.
 * Keeps: tokens are checked in constant time where they are secrets; somebody else's path is 403 whether it exists or not,
 * for administrators too unless they only read.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { AppError } from '../../platform/errors/app-error.js';
import { type Access, ACCESS_METADATA, OWNER_METADATA } from '../../platform/http/access.js';
import { SIGNATURE_HEADER } from '../../platform/http/body-digest.js';
import { callContext } from '../../platform/http/call-context.js';
import {
  type CallerIdentity,
  type CallerRequest,
  HOUSE,
  type ServiceCaller,
  type UserCaller,
} from '../../platform/http/caller.js';
import { ProgramCallers } from '../../platform/http/program-callers.js';
import { logContext } from '../../platform/logging/context.js';
import { AccessCache } from './access-cache.js';
import { AccessTokenStrategy } from './access-token.strategy.js';
import { authError } from './auth.errors.js';
import { bearerText, bearerToken } from './bearer-token.js';
import { RefusedCallers } from './refused-callers.service.js';

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

type GuardedRequest = FastifyRequest & CallerRequest;

@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly cache: AccessCache,
    private readonly strategy: AccessTokenStrategy,
    private readonly programs: ProgramCallers,
    private readonly refused: RefusedCallers,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS_METADATA, targets);
    if (access === 'public') return true;
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    if (access === 'refreshing') {
      request.refreshing = this.refused.sessionRefreshed(request);
      return true;
    }
    if (access === 'anybody') {
      request.caller = await this.#known(request, reply);
      return true;
    }
    const caller = await this.#required(request, reply, access);
    if (access === undefined || !isAllowed(access, caller)) throw refusal(access, caller);
    const owner = this.reflector.getAllAndOverride<string | undefined>(OWNER_METADATA, targets);
    if (owner !== undefined && !owns(request, owner, caller)) throw authError('NOT_ALLOWED');
    request.caller = caller;
    return true;
  }

  /** The caller where there has to be one; whoever is refused pays from the points of the address. */
  async #required(request: GuardedRequest, reply: FastifyReply, access: Access | undefined): Promise<CallerIdentity> {
    try {
      return await this.#identify(request, reply, access);
    } catch (error) {
      await this.refused.refused(request, error);
      throw error;
    }
  }

  /** The caller where a route is open to everybody: a token that is not good makes a stranger, not a refusal. */
  async #known(request: GuardedRequest, reply: FastifyReply): Promise<CallerIdentity | undefined> {
    if (request.headers.authorization === undefined) return undefined;
    try {
      return await this.#identify(request, reply, 'anybody');
    } catch (error) {
      if (error instanceof AppError) return undefined;
      throw error;
    }
  }

  async #identify(request: GuardedRequest, reply: FastifyReply, access: Access | undefined): Promise<CallerIdentity> {
    const engine = access === 'publisher' || access === 'house' ? this.#engine(request, access) : undefined;
    if (engine !== undefined) return engine;
    const caller = this.#recall(request) ?? (await this.#lookUp(request, reply));
    if (caller.kind === 'user') logContext.add({ user_id: caller.userId });
    return caller;
  }

  /** Undefined where no token of the engine is shown. Engines that were told of a webhook's secret show it as that. */
  #engine({ headers }: FastifyRequest, access: Access): ServiceCaller | undefined {
    const webhook = access === 'house' ? headers['x-webhook-secret'] : undefined;
    const shown = headers['x-internal-token'] ?? webhook;
    if (typeof shown !== 'string') return undefined;
    const { HOUSE_ENGINE_TOKEN: current, HOUSE_ENGINE_TOKEN_PREVIOUS: previous } = this.config.secrets;
    if (access === 'house' && current === undefined) throw authError('SERVICE_TOKEN_UNSET');
    const isHouse = [current, previous].map((secret) => isSameSecret(shown, secret));
    if (isHouse.includes(true)) return { kind: 'service', name: HOUSE };
    throw authError(access === 'house' && shown !== webhook ? 'SERVICE_TOKEN_REFUSED' : 'UNAUTHENTICATED');
  }

  /** A person's caller of a moment ago. A signature is never left unread, whatever stands beside it. */
  #recall(request: GuardedRequest): UserCaller | undefined {
    return SIGNATURE_HEADER in request.headers ? undefined : this.cache.recall(bearerText(request) ?? '');
  }

  async #lookUp(request: GuardedRequest, reply: FastifyReply): Promise<CallerIdentity> {
    this.refused.requirePoints(request);
    const program = await this.programs.identify(request, reply);
    if (program === undefined) bearerToken(request);
    const caller = program ?? (await this.strategy.caller(request, reply));
    this.refused.passed(request);
    return caller;
  }
}

/** Compares in constant time; false when there is no secret. */
export function isSameSecret(given: string, secret: string | undefined): boolean {
  if (secret === undefined) return false;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
}

function isAllowed(access: Access, caller: CallerIdentity): boolean {
  if (caller.kind === 'service') return access === 'publisher' || (access === 'house' && caller.name === HOUSE);
  switch (access) {
    case 'public':
    case 'refreshing':
    case 'anybody':
    case 'signed_in':
      return true;
    case 'verified':
      return caller.isVerified;
    case 'house':
      return false;
    case 'publisher':
    case 'staff':
      return caller.isVerified && caller.role !== 'user';
    case 'admin':
      return caller.isVerified && caller.role === 'admin';
  }
}

function refusal(access: Access | undefined, caller: CallerIdentity) {
  const unverified = access === 'verified' && caller.kind === 'user' && !caller.isVerified;
  return unverified ? authError('EMAIL_NOT_VERIFIED', { needs_verification: true }) : authError('NOT_ALLOWED');
}

function owns(request: GuardedRequest, param: string, caller: CallerIdentity): boolean {
  if (caller.kind !== 'user') return false;
  const named: unknown = Reflect.get(Object(request.params), param);
  if (named === String(caller.userId)) return true;
  if (caller.role !== 'admin' || !READS.has(request.method)) return false;
  callContext.shows(Number(named));
  return true;
}
