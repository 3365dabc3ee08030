/**
 * Requests made up from the OpenAPI document: as it says, nearly as it says, and nothing like it.
 * Keeps: the same seed and number give the same request; what a request is made of is only the document and the ids given.
 */
import type { OpenAPIObject } from '@nestjs/swagger';
import { SeededRandom } from '../../src/domain/random/seeded-random.js';
import type { DocumentedOperation } from '../support/documented-answers.js';

export interface FuzzRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** As it is sent. */
  readonly body: string | undefined;
}

interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly example?: unknown;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
}

interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly required?: boolean;
  readonly schema?: Schema;
}

/** Columns and claims that no body may set. */
const STOLEN = {
  id: 1,
  user_id: 1,
  role: 'admin',
  is_admin: true,
  is_verified: true,
  subscription_type: 'PREMIUM',
  subscription_expires_at: '2100-01-01T00:00:00Z',
  balance: '1000000',
  password_hash: 'x',
  disabled_at: null,
  status: 'PAID',
  constructor: { prototype: { role: 'admin' } },
} as const;

const STRANGE_TEXTS = [
  '',
  ' ',
  '0',
  '-1',
  'null',
  'NaN',
  '1e400',
  '9'.repeat(40),
  '0.'.padEnd(60, '1'),
  "' OR 1=1 --",
  '%00',
  '\u0000',
  '\ud800',
  '${7*7}',
  '<script>alert(1)</script>',
  '=1+1',
  '../../etc/passwd',
  '💥'.repeat(300),
  'x'.repeat(5_000),
  '2026-02-30',
  '9999-12-31T23:59:59.999999999+14:00',
];

const STRANGE_VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  0.1,
  1e308,
  Number.MAX_SAFE_INTEGER,
  [],
  {},
  [[[]]],
  [null],
  { $ne: null },
  ...STRANGE_TEXTS,
];

export class RequestMaker {
  readonly #schemas: Readonly<Record<string, Schema>>;

  /** `ids`: of things that exist, the caller's and others'. */
  constructor(
    document: OpenAPIObject,
    private readonly operations: readonly DocumentedOperation[],
    private readonly ids: readonly number[],
  ) {
    this.#schemas = (document.components?.schemas ?? {}) as Record<string, Schema>;
  }

  /** The operations take turns, so that each is met equally often. */
  operation(number: number): DocumentedOperation {
    return this.operations[number % this.operations.length] as DocumentedOperation;
  }

  make(seed: number, number: number): FuzzRequest {
    const random = new SeededRandom(seed * 1_000_003 + number);
    const operation = this.operation(number);
    const parameters = (operation.parameters ?? []) as readonly Parameter[];
    const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(this.#inPath(random, parameters.find((one) => one.name === name)?.schema)),
    );
    const query = parameters
      .filter((one) => one.in === 'query' && (one.required === true || random.next() < 0.4))
      .map((one) => `${one.name}=${encodeURIComponent(text(this.#value(random, one.schema ?? {})))}`);
    if (random.next() < 0.05)
      query.push(pick(random, ['__proto__=1', 'limit[]=1', 'limit=1&limit=2', 'x=%E0%A4%A', '%']));
    const sent = this.#body(random, operation);
    return {
      method: operation.method,
      url: query.length === 0 ? path : `${path}?${query.join('&')}`,
      headers: {
        ...(sent === undefined ? {} : { 'content-type': sent.type }),
        ...(random.next() < 0.1 ? { 'idempotency-key': pick(random, ['k', 'x'.repeat(200), 'two words']) } : {}),
        ...(random.next() < 0.05 ? { 'x-request-id': pick(random, ['r'.repeat(300), 'a b', '1']) } : {}),
      },
      body: sent?.text,
    };
  }

  #body(
    random: SeededRandom,
    { method, requestBody }: DocumentedOperation,
  ): { type: string; text: string } | undefined {
    if (method === 'GET') return undefined;
    const json = 'application/json';
    if (random.next() < 0.06) {
      return pick(random, [
        { type: json, text: '{"a":' },
        { type: json, text: '' },
        { type: json, text: 'null' },
        { type: json, text: '[]' },
        { type: json, text: '"text"' },
        { type: json, text: '{"__proto__":{"role":"admin"},"constructor":{"prototype":{"role":"admin"}}}' },
        { type: json, text: JSON.stringify({ text: 'x'.repeat(300_000) }) },
        { type: 'text/plain', text: 'hello' },
        { type: 'application/x-www-form-urlencoded', text: 'a=1&a=2' },
        { type: 'multipart/form-data; boundary=x', text: '--x--' },
      ]);
    }
    const content = (requestBody as { content?: Record<string, { schema?: Schema }> } | undefined)?.content;
    const schema = content?.[json]?.schema;
    if (schema === undefined) return random.next() < 0.7 ? undefined : { type: json, text: '{}' };
    return { type: json, text: JSON.stringify(this.#object(random, this.#resolved(schema))) };
  }

  #object(random: SeededRandom, schema: Schema, depth = 0): unknown {
    const made: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
      const isNeeded = schema.required?.includes(name) === true;
      if (random.next() < (isNeeded ? 0.97 : 0.4)) made[name] = this.#value(random, field, depth + 1);
    }
    if (depth === 0 && random.next() < 0.25) Object.assign(made, STOLEN);
    return made;
  }

  /** Mostly what the schema says, so that requests come past the first check. */
  #value(random: SeededRandom, given: Schema, depth = 0): unknown {
    if (random.next() < 0.12) return pick(random, STRANGE_VALUES);
    const schema = this.#resolved(given);
    if (schema.oneOf !== undefined) return this.#value(random, pick(random, schema.oneOf), depth);
    if (schema.enum !== undefined && schema.enum.length > 0) return pick(random, schema.enum);
    if (schema.example !== undefined && random.next() < 0.6) return schema.example;
    switch (schema.type) {
      case 'integer':
        return random.next() < 0.5 ? pick(random, this.ids) : whole(random, schema);
      case 'number':
        return Math.round(random.next() * 1e6) / 1e3;
      case 'boolean':
        return random.next() < 0.5;
      case 'array':
        return Array.from({ length: Math.max(schema.minItems ?? 0, Math.floor(random.next() * 4)) }, () =>
          this.#value(random, schema.items ?? {}, depth + 1),
        );
      case 'object':
        return depth > 4 ? {} : this.#object(random, schema, depth);
      default:
        return this.#text(random, schema);
    }
  }

  #text(random: SeededRandom, schema: Schema): string {
    if (schema.format === 'date-time') return new Date(1.7e12 + Math.floor(random.next() * 1e11)).toISOString();
    if (schema.format === 'date') return `2026-0${1 + Math.floor(random.next() * 9)}-1${Math.floor(random.next() * 9)}`;
    if (schema.format === 'email') return `fuzz${Math.floor(random.next() * 1e6)}@example.com`;
    return 'fuzz text '.repeat(1 + Math.floor((schema.minLength ?? 1) / 10));
  }

  #inPath(random: SeededRandom, schema: Schema | undefined): string {
    if (random.next() < 0.15)
      return pick(
        random,
        STRANGE_TEXTS.filter((one) => one !== '' && one !== '\ud800'),
      );
    if (schema?.type === 'integer' || random.next() < 0.5) return String(pick(random, this.ids));
    return text(this.#value(random, schema ?? {})) || 'x';
  }

  #resolved(schema: Schema): Schema {
    if (schema.$ref !== undefined) {
      return this.#resolved(this.#schemas[schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)] ?? {});
    }
    if (schema.allOf === undefined) return schema;
    const parts = schema.allOf.map((part) => this.#resolved(part));
    return parts.reduce<Schema>(
      (all, part) => ({
        ...all,
        ...part,
        properties: { ...all.properties, ...part.properties },
        required: [...(all.required ?? []), ...(part.required ?? [])],
      }),
      {},
    );
  }
}

function pick<T>(random: SeededRandom, list: readonly T[]): T {
  return list[Math.floor(random.next() * list.length)] as T;
}

function whole(random: SeededRandom, { minimum = 0, maximum = 1_000 }: Schema): number {
  const highest = Math.min(maximum, minimum + 1_000);
  return minimum + Math.floor(random.next() * (highest - minimum + 1));
}

/** As a query carries it; a lone surrogate cannot be sent. */
function text(value: unknown): string {
  const raw = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return raw.toWellFormed();
}
