/**
 * While maintenance is on, everybody but administrators is answered 503 where a route is not marked `@OpenInMaintenance`.
 * Keeps: nothing new is begun, by programs of the house neither; what ends or guards something that runs stays open
 * (positions, switches, callbacks of signals, passwords, tokens), and so do health, the configuration and signing in.
 */
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { MAINTENANCE_METADATA, type OpenKind } from '../../platform/http/access.js';
import type { CallerRequest } from '../../platform/http/caller.js';
import { appConfigError } from './app-config.errors.js';
import { RemoteConfig } from './remote-config.service.js';

const RETRY_AFTER_SECONDS = 60;

@Injectable()
export class MaintenanceGuard implements CanActivate {
  constructor(
    private readonly remote: RemoteConfig,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    if (!this.remote.isMaintenance) return true;
    const { caller, body } = context.switchToHttp().getRequest<FastifyRequest & CallerRequest>();
    if (caller?.kind === 'user' && caller.role === 'admin') return true;
    const targets = [context.getHandler(), context.getClass()];
    const open = this.reflector.getAllAndOverride<OpenKind | undefined>(MAINTENANCE_METADATA, targets);
    if (open === 'always' || (open === 'auto_trade_off' && switchesOff(body))) return true;
    const message = this.remote.maintenanceMessage;
    const details = { maintenance: true, retry_after: RETRY_AFTER_SECONDS };
    throw appConfigError('MAINTENANCE', details, message === '' ? undefined : message);
  }
}

function switchesOff(body: unknown): boolean {
  const isOff = (object: unknown) => Reflect.get(Object(object) as object, 'auto_trade_enabled') === false;
  return isOff(body) || isOff(Reflect.get(Object(body) as object, 'preferences'));
}
