/**
 * The edges of what users store: free objects that would grow without end, and writes for users who do not exist.
 */
import request from 'supertest';
import { UserAccess } from '../../src/modules/auth/user-access.service.js';
import { makePerson, type Person } from '../factories/people.js';
import { startTestApplication, type TestApplication } from '../support/application.js';

let test: TestApplication;
let ada: Person;
let admin: Person;

beforeAll(async () => {
  test = await startTestApplication();
  ada = await makePerson(test.app);
  admin = await makePerson(test.app, { role: 'admin' });
});

afterAll(() => test.close());

const put = (path: string, body: object, person = ada) =>
  request(test.app.getHttpServer()).put(`/api/users/${ada.id}${path}`).set(person.auth).send(body);

async function stored(column: 'strategy' | 'preferences') {
  const row = await test.db.first<{ value: Record<string, unknown>; bytes: number }>(
    `SELECT ${column} AS value, octet_length(${column}::text) AS bytes FROM user_settings WHERE user_id = $1`,
    [ada.id],
  );
  return row ?? { value: {}, bytes: 0 };
}

const audited = async (action: string) =>
  test.db.query<{ after: object }>('SELECT after FROM audit_events WHERE action = $1 AND actor_id = $2 ORDER BY id', [
    action,
    ada.id,
  ]);

describe.each(['strategy', 'preferences'] as const)('%s', (column) => {
  it('is merged up to a size of the whole; null takes a key away', async () => {
    const chunk = (name: string) => ({ [name]: 'x'.repeat(6_000) });
    await put(`/${column}`, chunk('a')).expect(200);
    await put(`/${column}`, { [column]: chunk('b') }).expect(200);
    const refused = await put(`/${column}`, chunk('c')).expect(400);
    expect(refused.body).toMatchObject({ ok: false, code: 'INVALID_INPUT', fields: [{ field: column }] });
    expect(Object.keys((await stored(column)).value).sort()).toEqual(['a', 'b']);
    await put(`/${column}`, { a: null, ...chunk('c') }).expect(200);
    expect(Object.keys((await stored(column)).value).sort()).toEqual(['b', 'c']);
    expect((await stored(column)).bytes).toBeLessThan(16_384);
    await put(`/${column}`, { b: null, c: null }).expect(200);
    expect((await stored(column)).value).toEqual({});
  });

  it('that is too large from before may shrink, and not grow', async () => {
    await test.db.query(`UPDATE user_settings SET ${column} = $2 WHERE user_id = $1`, [
      ada.id,
      JSON.stringify({ big: 'x'.repeat(20_000), other: 'y'.repeat(20_000) }),
    ]);
    await put(`/${column}`, { more: 1 }).expect(400);
    await put(`/${column}`, { other: null }).expect(200);
    await put(`/${column}`, { big: null }).expect(200);
    expect((await stored(column)).value).toEqual({});
  });

  it('stays in its bounds when many write at once', async () => {
    await Promise.all(
      Array.from({ length: 12 }, (_, index) => put(`/${column}`, { [`k${index}`]: 'x'.repeat(3_000) })),
    );
    expect((await stored(column)).bytes).toBeLessThanOrEqual(16_384);
    await put(`/${column}`, Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`k${index}`, null])));
  });
});

it('the audit trail names what changed, and has no row for what did not', async () => {
  const before = await audited('user.settings');
  await put('/preferences', { theme: 'dark' }).expect(200);
  await put('/risk', {}).expect(200);
  await put('/general', {}).expect(200);
  expect(await audited('user.settings')).toEqual(before);
  expect(await audited('user.profile')).toEqual([]);
  expect((await audited('user.preferences')).at(-1)?.after).toEqual({ fields: ['theme'] });
  await put('/preferences', { leverage: 3, theme: null }).expect(200);
  expect((await audited('user.settings')).at(-1)?.after).toMatchObject({ leverage: 3 });
});

it.each([
  ['PUT', '/general', { full_name: 'Nobody' }],
  ['PUT', '/risk', { leverage: 2 }],
  ['PUT', '/risk', {}],
  ['PUT', '/dca', { dca_steps: 1 }],
  ['PUT', '/reversal', { auto_reversal_enabled: true }],
  ['PUT', '/strategy', { a: 3 }],
  ['PUT', '/preferences', { a: 3 }],
  ['PUT', '/notifications/settings', { notifications_enabled: true }],
  ['PUT', '/subscription', { subscription_type: 'VIP' }],
  ['PUT', '/sources/1', { enabled: false }],
  ['PUT', '/exchanges/paper/leverage', { leverage: 2 }],
  ['POST', '/exchanges', { exchange: 'okx', api_key: 'k'.repeat(20), api_secret: 's'.repeat(20) }],
  ['DELETE', '/exchanges?exchange_id=1', {}],
])('an administrator writes nothing by %s %s in another’s place, there or not', async (method, path, body) => {
  const rows = () => test.db.first('SELECT max(id) AS id FROM audit_events');
  const before = await rows();
  // The plan of somebody is given by administrators alone.
  const owners = path === '/subscription' ? { 77777777: 404 } : { [ada.id]: 403, 77777777: 403 };
  for (const [id, status] of Object.entries(owners)) {
    const call = request(test.app.getHttpServer())[method.toLowerCase() as 'put'](`/api/users/${id}${path}`);
    const answer = await call.set(admin.auth).send(body);
    expect([answer.status, answer.body]).toEqual([status, expect.objectContaining({ ok: false })]);
  }
  expect(await rows()).toEqual(before);
});

it('what an administrator reads of another leaves one row each: who, of whom, over which route', async () => {
  const get = (path: string, who: Person, status = 200) =>
    request(test.app.getHttpServer()).get(path).set(who.auth).expect(status);
  const paths = [
    '',
    '/exchanges',
    '/subscription',
    '/trade-plan',
    '/paper/ledger',
    '/paper/equity?format=csv',
    '/notifications/settings',
    '/sources',
    '/balance/paper',
  ];
  for (const path of paths) await get(`/api/users/${ada.id}${path}`, admin);
  await get(`/api/positions/${ada.id}?status=OPEN`, admin);
  await get(`/api/referrals/${ada.id}`, admin);
  await get(`/api/admin/users/${ada.id}`, admin);
  // What leaves none: one's own, what is not there, and what is refused.
  for (const who of [ada, admin]) await get(`/api/users/${who.id}`, who);
  await get('/api/users/77777777', admin, 404);
  await get('/api/users/x', admin, 400);
  await get(`/api/users/${admin.id}`, ada, 403);
  const rows = await test.db.query<{ subject: string; after: { method: string; path: string } }>(
    `SELECT actor_id, subject, after FROM audit_events WHERE action = 'admin.read' ORDER BY id`,
  );
  const seen = paths.map((path) => `/api/users/${ada.id}${path.split('?')[0]}`);
  seen[seen.length - 1] = `/api/users/${ada.id}/balance/:exchange`;
  const read = [...seen, `/api/positions/${ada.id}`, `/api/referrals/${ada.id}`, `/api/admin/users/${ada.id}`];
  expect(rows).toEqual(
    read.map((path) => ({ actor_id: admin.id, subject: `user:${ada.id}`, after: { method: 'GET', path } })),
  );
});

describe('phones', () => {
  const register = (who: Person, push_token: string) =>
    request(test.app.getHttpServer()).post(`/api/users/${who.id}/device-token`).set(who.auth).send({ push_token });
  const isActive = async (token: string) =>
    (await test.db.first<{ is_active: boolean }>('SELECT is_active FROM device_tokens WHERE token = $1', [token]))
      ?.is_active;

  it('ring no more once all sessions have ended; at most ten of a user, and of nobody else’s choosing', async () => {
    const access = test.app.get(UserAccess);
    const ends: ((who: Person) => Promise<unknown>)[] = [
      ({ id }) => access.changePassword(id, 'x', 'password reset'),
      ({ id }) => access.disable(id, admin.id, 'stolen'),
      ({ auth }) => request(test.app.getHttpServer()).post('/api/auth/logout-all').set(auth).expect(200),
    ];
    for (const [index, end] of ends.entries()) {
      const eve = await makePerson(test.app);
      await register(eve, `ExponentPushToken[lost${index}]`).expect(201);
      await end(eve);
      expect(await isActive(`ExponentPushToken[lost${index}]`)).toBe(false);
    }
    const bob = await makePerson(test.app);
    await Promise.all(Array.from({ length: 6 }, (_, n) => register(bob, `ExponentPushToken[old${n}]`).expect(201)));
    await test.db.query(`UPDATE device_tokens SET updated_at = updated_at - interval '1 h' WHERE user_id = $1`, [
      bob.id,
    ]);
    await Promise.all(Array.from({ length: 8 }, (_, n) => register(bob, `ExponentPushToken[new${n}]`).expect(201)));
    const kept = await test.db.query<{ token: string }>('SELECT token FROM device_tokens WHERE user_id = $1', [bob.id]);
    expect(kept.filter(({ token }) => token.includes('new'))).toHaveLength(8);
    expect(kept).toHaveLength(10);
    const tap = { push_token: 'ExponentPushToken[tap]' };
    const { body } = await request(test.app.getHttpServer())
      .post(`/api/users/${bob.id}/device-token`)
      .set(admin.auth)
      .send(tap)
      .expect(403);
    expect(body).toMatchObject({ code: 'NOT_ALLOWED' });
    expect(await isActive(tap.push_token)).toBeUndefined();
  });
});
