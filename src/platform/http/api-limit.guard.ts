/**
 * Stands behind the guard of access and applies the general limit: by user where one is signed in, else by address.
 * Keeps: programs with a service token are not limited, they belong to the house.
 */
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import type { CallerRequest } from './caller.js';
import { addressKey } from './address-key.js';
import { ApiLimits } from './api-limits.js';

@Injectable()
export class ApiLimitGuard implements CanActivate {
  constructor(
    private readonly limits: ApiLimits,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (!this.config.http.RATE_LIMIT_ENABLED) return true;
    const { caller, ip } = context.switchToHttp().getRequest<FastifyRequest & CallerRequest>();
    if (caller?.kind === 'service') return true;
    const key = caller === undefined ? addressKey(ip) : `user:${caller.userId}`;
    return this.limits.spend(key) || this.limits.require(key).then(() => true);
  }
}
