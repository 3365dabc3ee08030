/**
 * Stands behind the guard of access and applies the general limit: by user where one is signed in, by
 * session where its refresh token is shown, else by address.
 * Keeps: the program of the house is not limited; those of other sources are, each source by itself.
 */
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { OWN_LIMIT_METADATA } from './access.js';
import { type CallerIdentity, type CallerRequest, HOUSE } from './caller.js';
import { addressKey } from './address-key.js';
import { ApiLimits } from './api-limits.js';

@Injectable()
export class ApiLimitGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly limits: ApiLimits,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (!this.config.http.RATE_LIMIT_ENABLED) return true;
    if (this.reflector.get<boolean | undefined>(OWN_LIMIT_METADATA, context.getHandler()) === true) return true;
    const { caller, refreshing, ip } = context.switchToHttp().getRequest<FastifyRequest & CallerRequest>();
    if (caller?.kind === 'service' && caller.name === HOUSE) return true;
    const key = caller === undefined ? strangerKey(ip, refreshing) : ownKey(caller);
    return this.limits.spend(key) || this.limits.require(key).then(() => true);
  }
}

const strangerKey = (ip: string, session: string | undefined): string =>
  session === undefined ? addressKey(ip) : `session:${session}`;

const ownKey = (caller: CallerIdentity): string =>
  caller.kind === 'service' ? `source:${caller.name}` : `user:${caller.userId}`;
