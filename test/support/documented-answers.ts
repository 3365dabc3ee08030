/**
 * Holds every answer that a test sees against the OpenAPI document: its status and code must be documented, its body
 * must fit the schema, and a field that the schema does not know is a mistake of the document.
 * Keeps: the document is the published one; that it is what the code says is a check of its own (`npm run openapi`).
 */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { Ajv, type ValidateFunction } from 'ajv';

const PUBLISHED = new URL('../../docs/openapi.json', import.meta.url);

interface Content {
  readonly schema?: object;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, unknown>>;
}

export interface DocumentedOperation {
  /** As `GET /api/signals/{id}`. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly summary?: string;
  readonly security?: unknown;
  readonly requestBody?: unknown;
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Content>> }>>;
}

export function operationsOf(document: OpenAPIObject): DocumentedOperation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, DocumentedOperation>).map(([method, operation]) => ({
      ...operation,
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
    })),
  );
}

interface Part {
  readonly $ref?: string;
  readonly allOf?: readonly Part[];
  readonly nullable?: boolean;
  readonly items?: Part;
  readonly properties?: Readonly<Record<string, Part>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
}

/** The JSON schema of an answer: references inlined, `allOf` merged, `null` where it is allowed, no unknown fields. */
export function answerSchema(document: OpenAPIObject, schema: Part = {}): Part {
  const resolve = (part: Part): Part => {
    if (part.nullable === true) {
      return { anyOf: [{ type: 'null' }, resolve({ ...part, nullable: undefined })] } as Part;
    }
    if (part.$ref !== undefined) {
      const name = part.$ref.slice(part.$ref.lastIndexOf('/') + 1);
      return resolve((document.components?.schemas?.[name] ?? {}) as Part);
    }
    if (part.allOf !== undefined) return merged(part.allOf.map(resolve));
    if (part.items !== undefined) return { ...part, items: resolve(part.items) };
    if (part.properties === undefined) return part;
    const parts = Object.entries(part.properties).map(([key, value]) => [key, resolve(value)]);
    return { additionalProperties: false, ...part, properties: Object.fromEntries(parts) as Record<string, Part> };
  };
  const plain = (part: Part): Part => JSON.parse(JSON.stringify(part)) as Part;
  return plain(resolve(plain(schema)));
}

function merged(parts: readonly Part[]): Part {
  return parts.reduce<Part>(
    (all, part) => ({
      ...all,
      ...part,
      properties: { ...all.properties, ...part.properties },
      required: [...(all.required ?? []), ...(part.required ?? [])],
      additionalProperties: all.additionalProperties === true,
    }),
    { additionalProperties: parts.some((part) => part.additionalProperties === true) },
  );
}

interface Route {
  readonly operation: DocumentedOperation;
  readonly pattern: RegExp;
}

/** Watches the answers of an application from now on. `problems` are the sentences about those that were not as documented. */
export function watchAnswers(app: NestFastifyApplication): { readonly problems: ReadonlySet<string> } {
  const document = JSON.parse(readFileSync(PUBLISHED, 'utf8')) as OpenAPIObject;
  // Most schemas check one answer: making their code shorter costs more than it saves.
  const ajv = new Ajv({ strict: false, validateFormats: false, code: { optimize: false } });
  const compiled = new Map<string, ValidateFunction>();
  const routes = routesOf(document);
  const problems = new Set<string>();
  const check = (method: string, url: string, status: number, text: string): void => {
    const path = url.split('?')[0] ?? '';
    const { operation } = routes.find((route) => route.operation.method === method && route.pattern.test(path)) ?? {};
    // Whatever else is sent is a page.
    if (operation === undefined || !text.startsWith('{')) return;
    const body = JSON.parse(text) as { code?: string };
    const name = `${operation.name} ${status} ${body.code ?? ''}`;
    const content = operation.responses[String(status)]?.content?.['application/json'];
    if (content?.schema === undefined) return void problems.add(`${name}: this answer is not documented`);
    const key = `${operation.name} ${status}`;
    const validate = compiled.get(key) ?? ajv.compile(answerSchema(document, content.schema));
    compiled.set(key, validate);
    if (!validate(body)) problems.add(`${name}: ${ajv.errorsText(validate.errors)}`);
  };
  const server = app.getHttpServer() as unknown as Server;
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    const end = response.end.bind(response) as (...parts: unknown[]) => ServerResponse;
    response.end = ((...parts: unknown[]) => {
      if (typeof parts[0] === 'string' || Buffer.isBuffer(parts[0])) chunks.push(Buffer.from(parts[0]));
      const text = Buffer.concat(chunks).toString();
      check(request.method ?? '', request.url ?? '', response.statusCode, text);
      return end(...parts);
    }) as typeof response.end;
  });
  return { problems };
}

/** Fixed paths before those with parameters, as the router looks. */
function routesOf(document: OpenAPIObject): Route[] {
  const parameters = (path: string) => path.split('{').length;
  return operationsOf(document)
    .sort((a, b) => parameters(a.path) - parameters(b.path))
    .map((operation) => ({ operation, pattern: new RegExp(`^${operation.path.replace(/\{\w+\}/g, '[^/]+')}/?$`) }));
}
