/**
 * SHA-256 of bodies as they were sent, for calls that are signed.
 * Keeps: taken of the bytes before anything reads them; only where a request says that it is signed.
 */
import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

export const SIGNATURE_HEADER = 'x-verzek-signature';

const digests = new WeakMap<object, string>();

const EMPTY = digestOf(Buffer.alloc(0));

export function noteBody(request: object, body: Buffer): void {
  if (SIGNATURE_HEADER in (request as FastifyRequest).headers) digests.set(request, digestOf(body));
}

/** Hexadecimal; that of no bytes where there was no body. Undefined for a body that was not read as JSON. */
export function bodyDigest(request: FastifyRequest): string | undefined {
  return digests.get(request) ?? (request.body === undefined || request.body === null ? EMPTY : undefined);
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
