/**
 * What is refused before any route is found: an address that cannot be decoded, and bytes that are no HTTP request, too
 * long ahead of the body, or too slow.
 * Keeps: such an answer has the documented shape and headers too, where Fastify and Node would give ones of their own.
 */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Randomness } from '../ids/randomness.js';
import { logContext } from '../logging/context.js';
import { sendFailure } from './error.filter.js';
import { requestIdOf } from './request-context.js';
import { JSON_HEADERS } from './security-headers.js';

/** For Fastify's `frameworkErrors`: no hook has run for such a request. */
export function refuseAddress(request: FastifyRequest, reply: FastifyReply, randomness: Randomness): void {
  const requestId = requestIdOf(request, randomness);
  void reply.headers({ ...JSON_HEADERS, 'X-Request-Id': requestId });
  const error = 'The address of the request cannot be decoded';
  logContext.run({ request_id: requestId }, () =>
    sendFailure(reply, { status: 400, code: 'INVALID_INPUT', error, extra: {} }),
  );
}

const REFUSALS: Readonly<Record<string, readonly [status: number, code: string, error: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'REQUEST_TIMEOUT', 'The request did not arrive in time'],
  HPE_HEADER_OVERFLOW: [431, 'HEADERS_TOO_LARGE', 'The address and the headers of the request are too large'],
};

const NO_REQUEST = [400, 'INVALID_INPUT', 'This is not a valid HTTP request'] as const;

/** For Node's `clientError`: there is no request, only its connection, which ends. */
export function refuseConnection(failure: Error & { readonly code?: string }, socket: Socket): void {
  if (failure.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable) {
    const [status, code, error] = REFUSALS[failure.code ?? ''] ?? NO_REQUEST;
    const body = JSON.stringify({ ok: false, error, code });
    const headers = {
      ...JSON_HEADERS,
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': String(Buffer.byteLength(body)),
      Connection: 'close',
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
  }
  socket.destroy(failure);
}
