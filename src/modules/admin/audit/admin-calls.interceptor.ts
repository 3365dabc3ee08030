/**
 * The net under the audit trail: what an administrator changes or exports over a route for administrators leaves a row, also
 * where the route itself writes none.
 * Keeps: written before the answer leaves, so that none is given without it; routes that audit what they change, with
 * before and after, are left alone.
 */
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { mergeMap, type Observable } from 'rxjs';
import { AuditTrail } from '../../../platform/audit/audit-trail.js';
import { type Access, ACCESS_METADATA, type CallerRequest } from '../../../platform/http/access.js';
import { callContext } from '../../../platform/http/call-context.js';

const READS = new Set(['GET', 'HEAD']);

@Injectable()
export class AdminCalls implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly audit: AuditTrail,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<Access | undefined>(ACCESS_METADATA, targets) !== 'admin')
      return next.handle();
    const request = context.switchToHttp().getRequest<FastifyRequest & CallerRequest>();
    const route = request.routeOptions.url ?? '';
    if (READS.has(request.method) && !route.endsWith('.csv')) return next.handle();
    return next.handle().pipe(mergeMap(async (answer: unknown) => this.#note(request, route).then(() => answer)));
  }

  async #note(request: FastifyRequest & CallerRequest, route: string): Promise<void> {
    if (callContext.isAudited || request.caller?.kind !== 'user') return;
    await this.audit.record({
      actorKind: 'user',
      actorId: request.caller.userId,
      action: READS.has(request.method) ? 'admin.export' : 'admin.call',
      subject: `${request.method} ${route}`,
      after: { params: request.params },
    });
  }
}
