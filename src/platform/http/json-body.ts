/**
 * How JSON bodies are read: an empty one is none, whatever its Content-Type says, because many clients set the header on
 * every request; everything else goes through Fastify's own parser, which refuses prototype poisoning.
 */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { noteBody } from './body-digest.js';

type Done = (error: Error | null, body?: unknown) => void;

export function installJsonBody(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const parse = fastify.getDefaultJsonParser('error', 'error') as (request: unknown, text: string, done: Done) => void;
  app.useBodyParser('application/json', {}, (request: unknown, body: Buffer, done: Done) => {
    noteBody(request as object, body);
    if (body.length === 0) done(null, undefined);
    else parse(request, body.toString(), done);
  });
}
