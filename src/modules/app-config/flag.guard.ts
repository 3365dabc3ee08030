/**
 * Refuses routes marked `@Flagged` where the flag is off for the caller. Keeps: administrators are let through, so that
 * they can try what is not on yet.
 */
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { FLAG_METADATA } from '../../platform/http/access.js';
import type { CallerRequest } from '../../platform/http/caller.js';
import { appConfigError } from './app-config.errors.js';
import { FeatureFlags } from './feature-flags.service.js';

@Injectable()
export class FlagGuard implements CanActivate {
  constructor(
    private readonly flags: FeatureFlags,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const targets = [context.getHandler(), context.getClass()];
    const name = this.reflector.getAllAndOverride<string | undefined>(FLAG_METADATA, targets);
    if (name === undefined) return true;
    const { caller } = context.switchToHttp().getRequest<CallerRequest>();
    const user = caller?.kind === 'user' ? caller : undefined;
    const subject = user && this.flags.subjectOf(user.userId, user.subscription);
    if (user?.role === 'admin' || this.flags.isOn(name, subject)) return true;
    throw appConfigError('FEATURE_OFF', { feature: name });
  }
}
