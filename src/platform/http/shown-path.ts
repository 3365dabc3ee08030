/**
 * The path of a request as it may be written down: the pattern of its route, with the numbers that stood in it.
 * Keeps: nothing else of what a caller put into the path is shown, because people paste secrets into addresses; a path
 * that no route knows is not shown at all.
 */
import type { FastifyRequest } from 'fastify';

/** Ids, and the public ids of payments. */
const PLAIN = /^(\d{1,15}|VZK-[0-9A-F]{12})$/i;

export const NO_ROUTE = '(no route)';

export function shownPath({ routeOptions, params }: Pick<FastifyRequest, 'routeOptions' | 'params'>): string {
  const pattern = routeOptions.url;
  if (pattern === undefined || pattern === '*') return NO_ROUTE;
  return pattern.replace(/:(\w+)/g, (name: string, key: string) => {
    const value: unknown = Reflect.get(Object(params), key);
    return typeof value === 'string' && PLAIN.test(value) ? value : name;
  });
}
