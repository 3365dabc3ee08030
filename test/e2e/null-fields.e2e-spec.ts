/**
 * Every documented field of every body, set to null. The fields come from the application's own document; where a body
 * needs other fields to be valid, the table below gives them, so that the null is what the route meets.
 */
import request from 'supertest';
import { makeDocument } from '../../src/documentation.js';
import { makePerson, type Person } from '../factories/people.js';
import { startTestApplication, type TestApplication, TEST_SECRETS } from '../support/application.js';

interface Schema {
  readonly $ref?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, { readonly nullable?: boolean }>>;
}

interface Operation {
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> };
}

/** Answers 404 unless the listener is told of messages in this way. */
const OFF = ['/api/telegram/webhook'];

/** Of routes that are the house engine's alone. */
const ENGINE = { 'X-INTERNAL-TOKEN': TEST_SECRETS.HOUSE_ENGINE_TOKEN };

const SIGNAL = { symbol: 'BTCUSDT', side: 'LONG', entry: 70_000, tp: [71_000], sl: 69_000 };

/** A valid body of each route whose fields are not all optional. */
const VALID: Readonly<Record<string, object>> = {
  'POST /api/auth/register': { email: 'null@example.com', password: 'long enough' },
  'POST /api/auth/login': { email: 'null@example.com', password: 'long enough' },
  'POST /api/auth/reset-password': { token: 'x'.repeat(43), new_password: 'long enough', password: 'long enough' },
  'POST /api/users/{id}/device-token': { push_token: 'ExponentPushToken[abc]' },
  'POST /api/users/{id}/exchanges': { exchange: 'okx', api_key: 'k'.repeat(20), api_secret: 's'.repeat(20) },
  'POST /api/signals': SIGNAL,
  'POST /api/signals/target-reached': { signal_id: 1, target_index: 1 },
  'POST /api/signals/stop-loss': { signal_id: 1 },
  'POST /api/signals/cancel': { signal_id: 1 },
  'POST /api/positions/close': { position_id: 999_999 },
  'PUT /api/admin/users/{id}/role': { role: 'user' },
  'PUT /api/users/{id}/subscription': { subscription_type: 'VIP' },
};

let test: TestApplication;
let admin: Person;
let cases: {
  route: string;
  auth: Readonly<Record<string, string>>;
  field: string;
  mayBeNull: boolean;
  isRequired: boolean;
}[];

beforeAll(async () => {
  test = await startTestApplication({ env: { SIGNAL_REPEAT_SECONDS: '0' } });
  admin = await makePerson(test.app, { role: 'admin' });
  const document = makeDocument(test.app);
  const schemas = document.components?.schemas as Readonly<Record<string, Schema>>;
  const paths = Object.entries(document.paths).filter(([path]) => !OFF.includes(path));
  cases = paths.flatMap(([path, item]) =>
    Object.entries(item as Readonly<Record<string, Operation>>).flatMap(([method, operation]) => {
      const named = operation.requestBody?.content?.['application/json']?.schema;
      const schema = named?.$ref === undefined ? named : schemas[named.$ref.split('/').at(-1) ?? ''];
      return Object.entries(schema?.properties ?? {}).map(([field, { nullable }]) => ({
        route: `${method.toUpperCase()} ${path}`,
        auth: operation.security?.every((scheme) => 'service' in scheme) === true ? ENGINE : admin.auth,
        field,
        mayBeNull: nullable === true,
        isRequired: schema?.required?.includes(field) === true,
      }));
    }),
  );
});

afterAll(() => test.close());

async function send(route: string, body: object, auth: Readonly<Record<string, string>> = admin.auth) {
  const [method = '', template = ''] = route.split(' ');
  const target = template.startsWith('/api/admin/') ? '999999' : String(admin.id);
  const path = template
    .replace(/\{(id|user_id)\}/, target)
    .replace('{exchange}', 'paper')
    .replace(/\{\w+\}/, '1');
  const call = request(test.app.getHttpServer())[method.toLowerCase() as 'post'](path);
  const answer = await call.set(auth).send(body);
  return { status: answer.status, body: answer.body as { fields?: { field: string }[] } };
}

it('is never a 500, and is 400 naming the field unless the document says that null may stand there', async () => {
  expect(cases.length).toBeGreaterThan(60);
  for (const { route, auth, field, mayBeNull, isRequired } of cases) {
    const { status, body } = await send(route, { ...VALID[route], [field]: null }, auth);
    expect([route, field, status < 500 || status === 503]).toEqual([route, field, true]);
    const named = status === 400 && body.fields?.some((problem) => problem.field === field) === true;
    if (!mayBeNull) expect([route, field, status, named]).toEqual([route, field, 400, true]);
    else if (!isRequired) expect([route, field, named]).toEqual([route, field, false]);
  }
});

it('may stand where phones send it', async () => {
  const device = { push_token: 'ExponentPushToken[abc]', device_name: null, device_platform: null };
  expect((await send('POST /api/users/{id}/device-token', device)).status).toBeLessThan(300);
  const row = await test.db.first('SELECT device_name, device_platform FROM device_tokens WHERE user_id = $1', [
    admin.id,
  ]);
  expect(row).toEqual({ device_name: 'Unknown Device', device_platform: 'unknown' });
});

it('is refused without signing in where a password is set', async () => {
  const body = { token: 'x'.repeat(43), new_password: null, password: null };
  await request(test.app.getHttpServer()).post('/api/auth/reset-password').send(body).expect(400);
});
