/** The token of an `Authorization: Bearer …` header. Keeps: its shape alone is checked; whether it is good is not known yet. */
import type { FastifyRequest } from 'fastify';
import { authError } from './auth.errors.js';

type WithHeaders = Pick<FastifyRequest, 'headers'>;

/** Throws 401 without one. */
export function bearerToken(request: WithHeaders): string {
  const token = bearerText(request);
  if (token === undefined) throw authError('UNAUTHENTICATED');
  return token;
}

export function bearerText({ headers }: WithHeaders): string | undefined {
  return /^Bearer ([\w.-]{10,4096})$/i.exec(headers.authorization ?? '')?.[1];
}
