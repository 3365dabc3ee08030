/**
 * Routes that take any body as the text that it is, whatever its Content-Type says: senders of alerts name it wrongly.
 * Keeps: the type that was sent is remembered; other routes are as they were.
 */
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';

const TAKES_TEXT = 'takesText';

/** The handler finds the body as text, empty where there is none. */
export const TakesText = () => RouteConfig({ [TAKES_TEXT]: true });

const types = new WeakMap<object, string>();

export function installTextBodies(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (Reflect.get(request.routeOptions.config, TAKES_TEXT) === true) {
      types.set(request, request.headers['content-type'] ?? '');
      request.headers['content-type'] = 'text/plain';
    }
    done();
  });
}

export interface TextBody {
  readonly text: string;
  /** As it was sent; empty where none was. */
  readonly contentType: string;
}

export function textBodyOf(request: FastifyRequest): TextBody {
  return { text: typeof request.body === 'string' ? request.body : '', contentType: types.get(request) ?? '' };
}
