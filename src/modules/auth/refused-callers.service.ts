/**
 * Limits who shows credentials that are not good: each refusal spends a point of the address under the general limit, and once
 * these are gone such credentials are answered 429 before anything is looked up.
 * Keeps: credentials that were good when last shown are let through wherever they come from; digests of them are
 * remembered, never the credentials. A token of ours that has only expired costs nothing: its app is told to refresh, and may,
 * whatever somebody else behind the same address has spent.
 */
import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { AppError } from '../../platform/errors/app-error.js';
import { addressKey } from '../../platform/http/address-key.js';
import { ApiLimits } from '../../platform/http/api-limits.js';
import { SIGNATURE_HEADER } from '../../platform/http/body-digest.js';
import { bearerText } from './bearer-token.js';
import { TokensService } from './tokens.service.js';

const MAX_REMEMBERED = 50_000;

const TOKEN_LENGTH = 4_096;

@Injectable()
export class RefusedCallers {
  readonly #good = new Set<string>();
  readonly #bad = new Set<string>();

  constructor(
    private readonly limits: ApiLimits,
    private readonly tokens: TokensService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Throws 429 where the address has no points left and the credentials are not known as good. A session's token is first
   * refused by its signature, which costs no query, so only one that was refused before is turned away here.
   */
  requirePoints(request: FastifyRequest): void {
    if (!this.config.http.RATE_LIMIT_ENABLED) return;
    const credentials = credentialsOf(request);
    if (credentials === undefined) return;
    const isSuspect = credentials.isProgram ? !this.#good.has(credentials.digest) : this.#bad.has(credentials.digest);
    if (isSuspect) this.limits.requireUnspent(addressKey(request.ip));
  }

  /** The session of the refresh token that the request shows, in either form; its signature is checked, and no row asked. */
  sessionRefreshed({ body, headers }: FastifyRequest): string | undefined {
    if (!this.config.http.RATE_LIMIT_ENABLED) return undefined;
    const shown: unknown = Reflect.get(Object(body), 'refresh_token') ?? bearerText({ headers });
    if (typeof shown !== 'string' || shown.length > TOKEN_LENGTH) return undefined;
    try {
      return this.tokens.read(shown, 'refresh').sessionId;
    } catch (error) {
      if (error instanceof AppError) return undefined;
      throw error;
    }
  }

  /** The credentials were good. */
  passed(request: FastifyRequest): void {
    const credentials = this.config.http.RATE_LIMIT_ENABLED ? credentialsOf(request) : undefined;
    if (credentials?.isProgram === true) remember(this.#good, credentials.digest);
  }

  /** Spends a point for a refusal; throws 429 instead of it where none is left. */
  async refused(request: FastifyRequest, error: unknown): Promise<void> {
    if (!this.config.http.RATE_LIMIT_ENABLED) return;
    if (!(error instanceof AppError) || !isRefused(error)) return;
    const credentials = credentialsOf(request);
    if (credentials !== undefined && !credentials.isSigned) {
      this.#good.delete(credentials.digest);
      if (!credentials.isProgram) remember(this.#bad, credentials.digest);
    }
    await this.limits.require(addressKey(request.ip));
  }
}

function isRefused({ kind, code }: AppError): boolean {
  return code === 'SERVICE_TOKEN_REFUSED' || (kind === 'unauthenticated' && code !== 'TOKEN_EXPIRED');
}

interface Credentials {
  readonly digest: string;
  readonly isProgram: boolean;
  /** What is remembered of a signed call is the name of its key: one wrong signature says nothing about the next. */
  readonly isSigned: boolean;
}

function credentialsOf({ headers }: FastifyRequest): Credentials | undefined {
  const isSigned = SIGNATURE_HEADER in headers;
  const text = isSigned ? `key ${String(headers['x-verzek-key'])}` : headers.authorization;
  if (text === undefined) return undefined;
  const digest = createHash('sha256').update(text).digest('base64');
  return { digest, isProgram: isSigned || /^Bearer vzk_/i.test(text), isSigned };
}

function remember(digests: Set<string>, digest: string): void {
  if (digests.size >= MAX_REMEMBERED) digests.clear();
  digests.add(digest);
}
