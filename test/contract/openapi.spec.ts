/**
 * The OpenAPI document says of every route what it answers and what it refuses. That what it says is true is held by
 * every end-to-end test: see test/support/documented-answers.ts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { generateOpenApi } from '../../src/openapi.js';
import { answerSchema, type DocumentedOperation, operationsOf } from '../support/documented-answers.js';

const document = await generateOpenApi();
const operations = operationsOf(document);
const statuses = (operation: DocumentedOperation, first: string) =>
  Object.keys(operation.responses).filter((status) => status.startsWith(first));

/** Refuse everybody, so they have no good answer. */
const NEVER = ['POST /api/users/{id}/subscription'];

it('has every route once', () => {
  expect(operations.length).toBeGreaterThan(60);
});

it('has one class for each name: of two with the same one would be shown in the place of the other', () => {
  const folder = fileURLToPath(new URL('../../src', import.meta.url));
  const files = readdirSync(folder, { recursive: true }).map((file) => join(folder, String(file)));
  const names = files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/^export class (\w+)/gm)].map(([, name]) => name));
  const shown = Object.keys(document.components?.schemas ?? {});
  expect(shown.length).toBeGreaterThan(100);
  expect(shown.filter((name) => names.indexOf(name) !== names.lastIndexOf(name))).toEqual([]);
});

describe.each(operations.map((operation) => [operation.name, operation] as const))('%s', (name, operation) => {
  it('shows its good answer, with a schema and an example that fits it', () => {
    const good = statuses(operation, '2');
    expect(good.length > 0).toBe(!NEVER.includes(name));
    const ajv = new Ajv({ strict: false, validateFormats: false, code: { optimize: false } });
    for (const status of good) {
      const { content = {} } = operation.responses[status] ?? {};
      for (const [type, { schema, example }] of Object.entries(content)) {
        expect([status, type, schema === undefined, example === undefined]).toEqual([status, type, false, false]);
        if (type !== 'application/json') continue;
        const fits = ajv.validate(answerSchema(document, schema), example);
        expect([fits, ajv.errors]).toEqual([true, null]);
      }
      expect(Object.keys(content)).toHaveLength(1);
    }
  });

  it('shows what it refuses: bad input, no token, no right, what is not there', () => {
    const refused = statuses(operation, '4');
    const codes = (status: string) =>
      Object.keys(operation.responses[status]?.content?.['application/json']?.examples ?? {});
    const { parameters = [], requestBody, security } = operation;
    const takes = requestBody !== undefined || parameters.some((parameter) => parameter.in !== 'header');
    expect(refused.includes('400')).toBe(takes || codes('400').length > 0);
    if (takes) expect(codes('400')).toContain('INVALID_INPUT');
    if (requestBody !== undefined) expect(refused).toEqual(expect.arrayContaining(['413', '415']));
    if (security !== undefined) expect(codes('401')).toContain('UNAUTHENTICATED');
    const isOthers = name.includes('/users/{id}') || name.includes('{user_id}') || name.includes('/admin/');
    if (isOthers) expect(codes('403')).toContain('NOT_ALLOWED');
    const names = parameters.filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name);
    const isThing = names.some((param) => !(name.includes('/users/{id}') && param === 'id') && param !== 'user_id');
    if (isThing) expect(codes('404').length).toBeGreaterThan(0);
    for (const status of [...refused, '500']) {
      const answer = operation.responses[status];
      expect(codes(status).length).toBeGreaterThan(0);
      expect(JSON.stringify(answer)).toContain('#/components/schemas/Failure');
    }
  });

  it('says in a sentence what it is for', () => {
    expect(operation.summary).toMatch(/^\S.{3,}/);
  });
});
