/**
 * What a process with ROLE=worker answers: its own health, nothing else.
 * Keeps: nothing of the product is reachable through a process that nginx and its limits do not stand in front of.
 */
import type { FastifyInstance } from 'fastify';
import { sendFailure } from './error.filter.js';

const OPEN = /^\/api\/(?:health(?:\/(?:live|ready))?|ping)\/?(?:\?|$)/;

/** After the hook that gives a request its id. */
export function serveHealthOnly(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    if (OPEN.test(request.url)) done();
    else sendFailure(reply, { status: 404, code: 'NOT_FOUND', error: WORKER_ONLY, extra: {} });
  });
}

const WORKER_ONLY = 'This process does background work (ROLE=worker) and answers /api/health and /api/ping only';
