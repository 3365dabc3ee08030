/**
 * The net under the audit trail: what an administrator changes or exports over a route for administrators leaves a row, also
 * where the route itself writes none. `@Allow('admin')` brings it.
 * Keeps: written before the answer leaves, so that none is given without it; routes that audit what they change, with
 * before and after, are left alone.
 */
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { mergeMap, type Observable } from 'rxjs';
import { callContext } from '../http/call-context.js';
import type { CallerRequest } from '../http/caller.js';
import { AuditTrail } from './audit-trail.js';

const READS = new Set(['GET', 'HEAD']);

@Injectable()
export class AdminCalls implements NestInterceptor {
  constructor(private readonly audit: AuditTrail) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest & CallerRequest>();
    const route = request.routeOptions.url ?? '';
    if (READS.has(request.method) && !route.endsWith('.csv')) return next.handle();
    return next.handle().pipe(mergeMap(async (answer: unknown) => this.#note(request, route).then(() => answer)));
  }

  async #note(request: FastifyRequest & CallerRequest, route: string): Promise<void> {
    if (callContext.isAudited || request.caller?.kind !== 'user') return;
    const isExport = READS.has(request.method);
    // Of an export also what was searched for: that says whose rows it held.
    const searched = isExport ? { query: request.query } : {};
    await this.audit.record({
      actorKind: 'user',
      actorId: request.caller.userId,
      action: isExport ? 'admin.export' : 'admin.call',
      subject: `${request.method} ${route}`,
      after: { params: request.params, ...searched },
    });
  }
}
