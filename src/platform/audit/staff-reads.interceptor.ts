/**
 * An administrator who reads what is somebody else's leaves a row: who, of whom, over which route. `@OwnPath` brings it;
 * whose it is stands in the path, or is said by the route that finds it out (`callContext.shows`).
 * Keeps: written before the answer leaves, so that none is given without it; of what was read nothing is stored.
 */
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { mergeMap, type Observable } from 'rxjs';
import { callContext } from '../http/call-context.js';
import type { CallerRequest } from '../http/caller.js';
import { shownPath } from '../http/shown-path.js';
import { AuditTrail } from './audit-trail.js';

@Injectable()
export class StaffReads implements NestInterceptor {
  constructor(private readonly audit: AuditTrail) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest & CallerRequest>();
    return next.handle().pipe(mergeMap(async (answer: unknown) => this.#note(request).then(() => answer)));
  }

  async #note(request: FastifyRequest & CallerRequest): Promise<void> {
    const { caller, method } = request;
    const owner = callContext.shown;
    if (caller?.kind !== 'user' || owner === undefined || owner === caller.userId) return;
    await this.audit.record({
      actorKind: 'user',
      actorId: caller.userId,
      action: 'admin.read',
      subject: `user:${owner}`,
      after: { method, path: shownPath(request) },
    });
  }
}
