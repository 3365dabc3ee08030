/**
 * Answers 405 with `Allow` where a path exists and only the method is wrong.
 * Must be installed before the routes are made, and `close`d after them. Paths that differ in the names of their
 * parameters only are one.
 */
import type { FastifyInstance, FastifyReply, HTTPMethods } from 'fastify';
import { sendFailure } from './error.filter.js';

const METHODS: readonly HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

export interface WrongMethods {
  /** Adds the refusals for every path that was routed since. */
  close(): void;
}

export function watchMethods(fastify: FastifyInstance): WrongMethods {
  const routed = new Map<string, Set<string>>();
  fastify.addHook('onRoute', ({ url: routedUrl, method }) => {
    const url = nameless(routedUrl.replace(/(?<=.)\/$/, ''));
    const known = routed.get(url) ?? new Set();
    for (const one of [method].flat()) known.add(one);
    routed.set(url, known);
  });
  return {
    close: () => {
      for (const [url, known] of [...routed]) {
        const wrong = METHODS.filter((method) => !known.has(method));
        if (url.includes('*') || wrong.length === 0) continue;
        const allow = METHODS.filter((method) => known.has(method)).join(', ');
        const error = `This path knows ${allow} only`;
        const handler = (_request: unknown, reply: FastifyReply) => {
          void reply.header('Allow', allow);
          sendFailure(reply, { status: 405, code: 'METHOD_NOT_ALLOWED', error, extra: {} });
          return reply;
        };
        fastify.route({ method: wrong, url, handler });
      }
    },
  };
}

function nameless(url: string): string {
  const parts = url.split('/').map((part, place) => (part.startsWith(':') ? `:part${place}` : part));
  return parts.join('/');
}
