/**
 * Answers apps below the smallest version with 426 and where the new one is, on every route that is not marked
 * `@OpenToOldApps`. Keeps: who says no version in `X-App-Version` is let through; signing in, the configuration, health
 * and what stops trading answer every version.
 */
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { isOlder } from '../../domain/rollout/app-version.js';
import { OLD_APPS_METADATA } from '../../platform/http/access.js';
import { appConfigError } from './app-config.errors.js';
import { RemoteConfig } from './remote-config.service.js';

@Injectable()
export class AppVersionGuard implements CanActivate {
  constructor(
    private readonly remote: RemoteConfig,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const version = context.switchToHttp().getRequest<FastifyRequest>().headers['x-app-version'];
    const { appVersionMin, updateUrl, playStoreUrl } = this.remote.inForce.config;
    if (typeof version !== 'string' || !isOlder(version, appVersionMin)) return true;
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<true | undefined>(OLD_APPS_METADATA, targets) === true) return true;
    const update_url = updateUrl === '' ? playStoreUrl : updateUrl;
    throw appConfigError('APP_TOO_OLD', { minimum_version: appVersionMin, update_url });
  }
}
