/**
 * How JSON bodies are read: an empty one is none, whatever its Content-Type says, because many clients set the header on
 * every request; everything else goes through Fastify's own parser, which refuses prototype poisoning.
 * Keeps: a body is read once, and guards and rules see the same values; of two equal keys the last one counts, as RFC 8259
 * leaves open and JavaScript does.
 */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { invalidField } from '../errors/app-error.js';
import { noteBody } from './body-digest.js';

type Done = (error: Error | null, body?: unknown) => void;

export function installJsonBody(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const parse = fastify.getDefaultJsonParser('error', 'error') as (request: unknown, text: string, done: Done) => void;
  app.useBodyParser('application/json', {}, (request: unknown, body: Buffer, done: Done) => {
    noteBody(request as object, body);
    if (body.length === 0) done(null, undefined);
    else {
      const text = body.toString();
      parse(request, text, (error, value) => (error === null ? done(null, value) : done(refusalOf(text, error))));
    }
  });
}

/** What was wrong with the body: Fastify says the same of broken JSON and of keys that reach for prototypes. */
function refusalOf(text: string, error: Error): Error {
  try {
    JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return error;
  }
  return invalidField('body', 'must not have a key __proto__, nor constructor with a prototype in it');
}
