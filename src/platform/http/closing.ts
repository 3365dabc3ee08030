/**
 * What is asked while the server is closing: 503 in the documented shape, where Fastify would give one of its own.
 * Keeps: what was asked before the closing began is answered in full; nothing that comes after it reaches a handler. Needs
 * `return503OnClosing: false`; Fastify still ends the connection after the answer.
 */
import type { FastifyInstance } from 'fastify';
import { sendFailure, UNAVAILABLE_NOW } from './error.filter.js';

/** After the hook that gives a request its id. */
export function refuseWhileClosing(fastify: FastifyInstance): void {
  let isClosing = false;
  fastify.addHook('preClose', (done) => {
    isClosing = true;
    done();
  });
  fastify.addHook('onRequest', (_request, reply, done) => {
    if (isClosing) sendFailure(reply, UNAVAILABLE_NOW);
    else done();
  });
}
