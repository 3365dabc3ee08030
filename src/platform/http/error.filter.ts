/**
 * Turns everything that is thrown into the contract's failure shape `{ok:false, error, code, …}`.
 * Keeps: no stack, driver text or secret reaches a caller; an unknown failure is logged whole and answered as 500.
 */
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sqlState } from '../database/database.js';
import { AppError } from '../errors/app-error.js';
import { logContext } from '../logging/context.js';
import { Logger } from '../logging/logger.js';
import { shownPath } from './shown-path.js';

interface Answer {
  readonly status: number;
  readonly code: string;
  readonly error: string;
  readonly extra: Readonly<Record<string, unknown>>;
}

const CODE_OF_STATUS: Readonly<Record<number, string>> = {
  400: 'INVALID_INPUT',
  401: 'UNAUTHENTICATED',
  403: 'NOT_ALLOWED',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'BODY_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'TOO_MANY_REQUESTS',
};

const UNAVAILABLE = /^(08|53|57P0)/;

/** For what will pass: another replica, or the same one in a moment, can answer. */
export const UNAVAILABLE_NOW: Answer = {
  status: 503,
  code: 'UNAVAILABLE',
  error: 'The service is not available right now',
  extra: { retry_after: 5 },
};

const NO_CONNECTION = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    const answer = answerOf(error);
    if (answer.status >= 500) {
      const request = http.getRequest<FastifyRequest>();
      const facts = { status: answer.status, method: request.method, path: shownPath(request) };
      // Meant so, and true of every request for as long as it lasts.
      if (answer.extra.maintenance === true) this.logger.info('refused during maintenance', facts);
      else this.logger.error('a request failed', { error, ...facts });
    }
    sendFailure(reply, answer);
  }
}

export function sendFailure(reply: FastifyReply, answer: Answer): void {
  const retryAfter = answer.extra.retry_after;
  if (typeof retryAfter === 'number') void reply.header('Retry-After', String(Math.ceil(retryAfter)));
  const requestId = logContext.get().request_id;
  // A page's route has said text/html by now.
  void reply.header('Content-Type', 'application/json; charset=utf-8');
  void reply.status(answer.status).send({
    ok: false,
    error: answer.error,
    ...(answer.status === 401 ? { msg: answer.error } : {}),
    code: answer.code,
    // Both apps show `message` where an address waits for verification.
    ...(answer.extra.needs_verification === true ? { message: answer.error } : {}),
    ...(requestId === undefined ? {} : { request_id: requestId }),
    ...answer.extra,
  });
}

export function answerOf(error: unknown): Answer {
  if (error instanceof AppError) {
    return { status: error.status, code: error.code, error: error.message, extra: error.details };
  }
  if (error instanceof HttpException) return plain(error.getStatus(), withoutAddress(error.message));
  const status = clientStatus(error);
  if (status !== undefined) return plain(status, clientMessage(status, error));
  if (isUnavailable(error)) return UNAVAILABLE_NOW;
  return { status: 500, code: 'INTERNAL', error: 'Something went wrong on our side', extra: {} };
}

/** What Nest says of a path that no route knows repeats the whole address, with whatever stands in it. */
function withoutAddress(message: string): string {
  return /^Cannot [A-Z]+ \//.test(message) ? 'There is no such route' : message;
}

function plain(status: number, message: string): Answer {
  return { status, code: CODE_OF_STATUS[status] ?? 'REQUEST_FAILED', error: message, extra: {} };
}

/** Fastify's own refusals (bad JSON, too large, wrong media type) carry a `statusCode`. */
function clientStatus(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const status: unknown = Reflect.get(error, 'statusCode');
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

function clientMessage(status: number, error: unknown): string {
  if (status === 400) return 'The body is not valid JSON';
  return error instanceof Error ? error.message : 'The request was refused';
}

function isUnavailable(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return UNAVAILABLE.test(state);
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  if (typeof code === 'string' && NO_CONNECTION.has(code)) return true;
  return error instanceof Error && /timeout exceeded when trying to connect|Connection terminated/.test(error.message);
}
