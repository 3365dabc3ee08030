/**
 * Gives every request an id and a log context, and writes one access line when it ends: at info where something was to
 * be changed, at debug where something was only read.
 * Keeps: a caller's own `X-Request-Id` is taken only when it is short and plain; of a path only what the route knows is
 * logged, and never the query string.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '../clock/clock.js';
import type { Randomness } from '../ids/randomness.js';
import { logContext } from '../logging/context.js';
import type { Logger } from '../logging/logger.js';
import { callContext } from './call-context.js';
import { shownPath } from './shown-path.js';

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

const PLAIN_ID = /^[\w-]{8,64}$/;

export function installRequestContext(
  fastify: FastifyInstance,
  parts: { readonly clock: Clock; readonly randomness: Randomness; readonly logger: Logger },
): void {
  const started = new WeakMap<object, number>();
  fastify.addHook('onRequest', (request, reply, done) => {
    const requestId = requestIdOf(request, parts.randomness);
    started.set(request, parts.clock.monotonicMs());
    void reply.header('X-Request-Id', requestId);
    logContext.run({ request_id: requestId }, () => callContext.run(request.ip, done));
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const fields = {
      method: request.method,
      path: shownPath(request),
      status: reply.statusCode,
      ms: Math.round(parts.clock.monotonicMs() - (started.get(request) ?? 0)),
    };
    if (READS.has(request.method)) parts.logger.debug('request', fields);
    else parts.logger.info('request', fields);
    done();
  });
}

/** The caller's own id, or a new one. */
export function requestIdOf(request: FastifyRequest, randomness: Randomness): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && PLAIN_ID.test(given) ? given : randomness.uuid();
}
