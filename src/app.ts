/**
 * Makes the application: the Nest container on Fastify with its pipes, filters, headers and documentation.
 * Owns nothing of the process: `main.ts` listens, handles signals and stops; tests use the same function.
 */
import 'reflect-metadata';
import fastifyCors from '@fastify/cors';
import { RequestMethod } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { appModule } from './app.module.js';
import type { ApplicationParts } from './application-parts.js';
import type { Config } from './config/schema.js';
import { installDocumentation } from './documentation.js';
import { Clock } from './platform/clock/clock.js';
import { IMPERSONATED_BY } from './platform/http/caller.js';
import { refuseWhileClosing } from './platform/http/closing.js';
import { ErrorFilter } from './platform/http/error.filter.js';
import { installJsonBody } from './platform/http/json-body.js';
import { installRequestContext } from './platform/http/request-context.js';
import { installSecurityHeaders } from './platform/http/security-headers.js';
import { installTextBodies } from './platform/http/text-body.js';
import { watchMethods } from './platform/http/wrong-methods.js';
import { refuseAddress, refuseConnection } from './platform/http/unrouted.js';
import { serveHealthOnly } from './platform/http/worker-routes.js';
import { makeValidationPipe } from './platform/http/validation.js';
import { Randomness } from './platform/ids/randomness.js';
import { Logger } from './platform/logging/logger.js';

/** Makes and initialises the application; it does not listen yet. */
export async function createApplication(
  config: Config,
  databaseUrl: string,
  parts: ApplicationParts = {},
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: config.http.BODY_LIMIT_BYTES,
    trustProxy: config.http.TRUSTED_PROXIES.length === 0 ? false : [...config.http.TRUSTED_PROXIES],
    requestTimeout: 15_000,
    connectionTimeout: 20_000,
    return503OnClosing: false,
    frameworkErrors: (_error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      refuseAddress(request, reply, app.get(Randomness)),
    clientErrorHandler: refuseConnection,
    // Longer than any request line that Node lets in: what a parameter may be is the route’s business, which says so in a 400.
    routerOptions: { caseSensitive: true, ignoreTrailingSlash: true, maxParamLength: 20_000 },
  });
  const logger = parts.platform?.logger ?? Logger.fromConfig(config);
  const module = await appModule(config, databaseUrl, { ...parts, platform: { ...parts.platform, logger } });
  // From the first line on: what Nest says of a provider that fails is structured and redacted like everything else.
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: logger.for('nest'),
    abortOnError: false,
  });
  const fastify = adapter.getInstance();
  installRequestContext(fastify as never, {
    clock: app.get(Clock),
    randomness: app.get(Randomness),
    logger: logger.for('http'),
  });
  installSecurityHeaders(fastify as never);
  refuseWhileClosing(fastify as never);
  if (config.process.ROLE === 'worker') serveHealthOnly(fastify as never);
  installJsonBody(app);
  installTextBodies(fastify as never);
  const wrongMethods = watchMethods(fastify as never);
  const origin = [...config.http.CORS_ORIGINS];
  if (origin.length > 0)
    await app.register(fastifyCors as never, { origin, credentials: false, exposedHeaders: [IMPERSONATED_BY] });
  app.useGlobalPipes(makeValidationPipe());
  app.useGlobalFilters(new ErrorFilter(logger.for('http')));
  // Addresses that users of the futures platform have in their alerts.
  app.setGlobalPrefix('api', { exclude: [{ path: 'webhook/:name', method: RequestMethod.POST }] });
  installDocumentation(app);
  try {
    await app.init();
  } catch (error) {
    // What began before the part that failed must not go on.
    await app.close().catch(() => undefined);
    throw error;
  }
  wrongMethods.close();
  await fastify.ready();
  return app;
}
