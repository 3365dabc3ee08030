/**
 * Completes the OpenAPI document that Nest makes: the answers each route declared, with schema and example, and every
 * refusal that its access rule, parameters and body make possible.
 * Keeps: a route that declares no answer is left without one, which the document's own test refuses.
 */
import type { INestApplication } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import {
  type Access,
  ACCESS_METADATA,
  ENTITLED_METADATA,
  FLAG_METADATA,
  OLD_APPS_METADATA,
  OWNER_METADATA,
  STEP_UP_METADATA,
} from '../http/access.js';
import { ANSWERS_METADATA, type DocumentedAnswer, type DocumentedFailure, FAILS_METADATA } from './answers.js';
import { exampleFrom } from './examples.js';
import { exampleOf, type Failure, FAILURE_SCHEMA, failuresOf } from './failures.js';
import { type Schema, schemaOf } from './shape.js';

interface Handler {
  readonly method: object;
  readonly controller: object;
}

interface Operation {
  operationId?: string;
  parameters?: { in: string }[];
  requestBody?: unknown;
  responses: Record<string, { description: string; content?: Record<string, object> }>;
}

type Schemas = Record<string, Schema>;

/** Changes `document`, which is that of `app`, and answers it. */
export function completeDocument(document: OpenAPIObject, app: INestApplication): OpenAPIObject {
  const handlers = handlersOf(app);
  const schemas = ((document.components ??= {}).schemas ??= {}) as Schemas;
  schemas.Failure = FAILURE_SCHEMA;
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, found] of Object.entries(item as Record<string, Operation>)) {
      // Each path of a handler with several has its number behind the handler's name.
      const handler = handlers.get((found.operationId ?? '').replace(/\[\d+\]$/, ''));
      if (handler !== undefined) complete(`${method.toUpperCase()} ${path}`, found, handler, schemas);
    }
  }
  return document;
}

function complete(name: string, operation: Operation, handler: Handler, schemas: Schemas): void {
  const answer = Reflect.getMetadata(ANSWERS_METADATA, handler.method) as DocumentedAnswer | undefined;
  if (answer?.isNever === true) {
    operation.responses = {};
  } else if (answer !== undefined) {
    const success = Object.keys(operation.responses).find((status) => status.startsWith('2')) ?? '200';
    for (const status of [success, ...answer.also.map(String)]) {
      operation.responses[status] = { description: 'Done', content: contentOf(name, answer, schemas) };
    }
  }
  const failures = failuresOf(factsOf(operation, handler, name));
  for (const status of new Set(failures.map((failure) => failure.status))) {
    if (answer?.also.includes(status) === true) continue;
    operation.responses[String(status)] = refusal(failures.filter((failure) => failure.status === status));
  }
}

function contentOf(name: string, answer: DocumentedAnswer, schemas: Schemas): Record<string, object> {
  if (answer.isPage) {
    const example = '<!doctype html><html lang="en">…</html>';
    return { 'text/html': { schema: { type: 'string', example }, example } };
  }
  const schema = schemaOf(answer.shape);
  return { 'application/json': { schema, example: exampleFrom(schema, schemas, name) } };
}

function factsOf(operation: Operation, { method, controller }: Handler, name: string) {
  const read = (key: string): unknown => Reflect.getMetadata(key, method) ?? Reflect.getMetadata(key, controller);
  return {
    access: read(ACCESS_METADATA) as Access | undefined,
    isOwned: read(OWNER_METADATA) !== undefined,
    isStepUp: read(STEP_UP_METADATA) !== undefined,
    isEntitled: read(ENTITLED_METADATA) !== undefined,
    isFlagged: read(FLAG_METADATA) !== undefined,
    isOpenToOldApps: read(OLD_APPS_METADATA) === true,
    // A body that is not asked for is read as well, and may be malformed or too large.
    hasBody: operation.requestBody !== undefined || !name.startsWith('GET '),
    hasParameters: (operation.parameters ?? []).some((parameter) => parameter.in !== 'header'),
    own: (Reflect.getMetadata(FAILS_METADATA, method) ?? []) as DocumentedFailure[],
  };
}

function refusal(failures: readonly Failure[]) {
  const codes = failures.map(({ code }) => code);
  return {
    description: codes.join(', '),
    content: {
      'application/json': {
        schema: {
          allOf: [{ $ref: '#/components/schemas/Failure' }, { type: 'object', properties: { code: { enum: codes } } }],
        },
        examples: Object.fromEntries(
          failures.map((failure) => [failure.code, { summary: failure.message, value: exampleOf(failure) }]),
        ),
      },
    },
  };
}

/** Route handlers by the id that Nest gives their operations. Read from the container, which preview mode has as well. */
function handlersOf(app: INestApplication): Map<string, Handler> {
  const { container } = app as unknown as {
    container: { getModules(): Map<unknown, { controllers: Map<unknown, { metatype: unknown }> }> };
  };
  const handlers = new Map<string, Handler>();
  for (const module of container.getModules().values()) {
    for (const { metatype } of module.controllers.values()) {
      const controller = metatype as { name: string; prototype: Record<string, unknown> };
      for (const key of Object.getOwnPropertyNames(controller.prototype)) {
        const method = controller.prototype[key];
        if (typeof method === 'function' && key !== 'constructor') {
          handlers.set(`${controller.name}_${key}`, { method, controller });
        }
      }
    }
  }
  return handlers;
}
