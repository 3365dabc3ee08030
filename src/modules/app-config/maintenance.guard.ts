/**
 * While maintenance is on, everybody but administrators and the house's own programs is answered 503.
 * Keeps: health and the configuration itself stay open, and so does what administrators need to come in and what keeps
 * an app signed in; safety switches too, because somebody who wants to stop trading must always be able to.
 */
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { CallerRequest } from '../../platform/http/caller.js';
import { appConfigError } from './app-config.errors.js';
import { RemoteConfig } from './remote-config.service.js';

const OPEN: readonly RegExp[] = [
  /^\/api\/(ping|health|system\/ip|config|app-config)(\/|$)/,
  /^\/api\/auth\/(login|refresh|me|logout|logout-all|step-up|bootstrap)$/,
  /^\/api\/captcha\//,
  /^\/api\/safety\//,
];

const RETRY_AFTER_SECONDS = 60;

@Injectable()
export class MaintenanceGuard implements CanActivate {
  constructor(private readonly remote: RemoteConfig) {}

  canActivate(context: ExecutionContext): boolean {
    if (!this.remote.isMaintenance) return true;
    const { caller, routeOptions } = context.switchToHttp().getRequest<FastifyRequest & CallerRequest>();
    if (caller?.kind === 'service' || caller?.role === 'admin') return true;
    const path = routeOptions.url ?? '';
    if (OPEN.some((pattern) => pattern.test(path))) return true;
    const message = this.remote.maintenanceMessage;
    const details = { maintenance: true, retry_after: RETRY_AFTER_SECONDS };
    throw appConfigError('MAINTENANCE', details, message === '' ? undefined : message);
  }
}
