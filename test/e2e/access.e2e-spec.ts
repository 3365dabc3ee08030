/**
 * Every route times every kind of caller. The routes come from the application; a route that is missing in the table
 * fails, and so does a line of the table without a route.
 */
import { createHmac } from 'node:crypto';
import request from 'supertest';
import { makeDocument } from '../../src/documentation.js';
import { makePerson, PASSWORD, type Person } from '../factories/people.js';
import { startTestApplication, TEST_SECRETS, type TestApplication } from '../support/application.js';
import { ASKED_AGAIN, EVERYBODY, TABLE, type Who } from '../support/route-access.js';

/** Routes whose answer is about something other than the caller's role; each has its own test. */
const ELSEWHERE = [
  // Answers 403 to those who show nothing: test/e2e/two-factor.e2e-spec.ts.
  'POST /api/auth/step-up',
  // Answer 401 and 403 for tokens in the body or header: test/e2e/people.e2e-spec.ts.
  'POST /api/auth/refresh',
  'POST /api/auth/bootstrap',
  // End the caller's session.
  'POST /api/auth/logout',
  'POST /api/auth/logout-all',
  'DELETE /api/auth/sessions',
  // Refuses everybody: plans change through payments.
  'POST /api/users/{id}/subscription',
];

describe('who may call what', () => {
  let test: TestApplication;
  let people: Record<Exclude<Who, 'anonymous' | 'newcomer' | 'service'>, Person>;
  let routes: string[];

  beforeAll(async () => {
    test = await startTestApplication({ env: { MAIL_CHANNEL: 'log' } });
    people = {
      unverified: await makePerson(test.app, { isVerified: false }),
      owner: await makePerson(test.app),
      other: await makePerson(test.app),
      provider: await makePerson(test.app, { role: 'provider' }),
      admin: await makePerson(test.app, { role: 'admin' }),
    };
    const { paths } = makeDocument(test.app);
    routes = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
  });

  afterAll(() => test.close());

  function headers(who: Who): Record<string, string> {
    if (who === 'anonymous') return {};
    if (who === 'newcomer') return { ...people.unverified.auth };
    return who === 'service' ? { 'X-INTERNAL-TOKEN': TEST_SECRETS.HOUSE_ENGINE_TOKEN } : { ...people[who].auth };
  }

  function call(route: string, who: Who) {
    const [method = '', template = ''] = route.split(' ');
    const owner = String(who === 'newcomer' ? people.unverified.id : people.owner.id);
    const path = template
      .replace('{id}', template.startsWith('/api/users/') ? owner : '999999')
      .replace('{user_id}', owner)
      .replace('{exchange_id}', '999999')
      .replace('{exchange}', 'kraken');
    const sender = request(test.app.getHttpServer())[method.toLowerCase() as 'get'](path).set(headers(who));
    return method === 'GET' ? sender : sender.send({});
  }

  it('knows every route', () => {
    expect([...routes].sort()).toEqual([...Object.keys(TABLE), ...ELSEWHERE].sort());
  });

  it.each(Object.entries(TABLE))('%s', async (route, allowed) => {
    const seen: Record<string, string> = {};
    const expected: Record<string, string> = {};
    for (const who of EVERYBODY) {
      const answer = await call(route, who);
      const body = answer.body as { ok?: boolean; code?: string; needs_verification?: boolean };
      const stopped = answer.status === 401 || answer.status === 403;
      if (who === 'newcomer' && stopped && allowed.includes('owner')) expect(body.needs_verification).toBe(true);
      seen[who] = stopped ? String(answer.status) : 'in';
      const isUnknown = who === 'anonymous' || who === 'service';
      expected[who] = allowed.includes(who) ? 'in' : isUnknown ? '401' : '403';
      if (answer.status >= 500)
        expect([route, who, answer.status, body.code]).toEqual([route, who, 503, expect.any(String)]);
      if (stopped)
        expect(body).toMatchObject({
          ok: false,
          error: expect.any(String) as string,
          code: expect.any(String) as string,
        });
    }
    expect(seen).toEqual(expected);
  });

  it.each(Object.keys(TABLE).filter((route) => /^(POST|PUT)/.test(route)))(
    '%s refuses what is not its body',
    async (route) => {
      const allowed = TABLE[route] as readonly Who[];
      const who = (['admin', 'owner'] as const).find((one) => allowed.includes(one)) ?? 'anonymous';
      const [method = '', template = ''] = route.split(' ');
      const target = template.startsWith('/api/admin/') ? '999999' : String(people.owner.id);
      const path = template.replace(/\{(id|user_id)\}/, target).replace('{exchange}', 'kraken');
      const send = (body: string) =>
        request(test.app.getHttpServer())
          [method.toLowerCase() as 'post'](path)
          .set({ ...headers(who), 'Content-Type': 'application/json' })
          .send(body);
      for (const body of [
        '{"a":',
        '[1,2]',
        '"text"',
        '{"__proto__":{"x":1}}',
        '{"constructor":{"prototype":{"x":1}}}',
        '\u0000',
      ]) {
        const answer = await send(body);
        expect([route, body, answer.status < 500 || answer.status === 503]).toEqual([route, body, true]);
      }
      expect((await send(`{"filler":"${'x'.repeat(300_000)}"}`)).status).toBe(413);
      expect(Reflect.get({}, 'x')).toBeUndefined();
    },
  );

  it('asks administrators again before what moves money or lets trading go on, and never before stopping it', async () => {
    const admin = await makePerson(test.app, { role: 'admin' });
    await test.db.query(`UPDATE sessions SET authenticated_at = now() - interval '6 minutes' WHERE user_id = $1`, [
      admin.id,
    ]);
    const asked: string[] = [];
    for (const [route, allowed] of Object.entries(TABLE)) {
      const [method = '', template = ''] = route.split(' ');
      if (method === 'GET' || !allowed.includes('admin')) continue;
      const path = template.replace(/\{\w+\}/g, '999999');
      const flatten = { scope: 'platform', mode: 'flatten', confirm: 'KILL' };
      const answer = await request(test.app.getHttpServer())
        [method.toLowerCase() as 'post'](path)
        .set(admin.auth)
        .send(route.includes('/safety/') ? flatten : {});
      if ((answer.body as { code?: string }).code === 'STEP_UP_REQUIRED') asked.push(route);
    }
    expect(asked).toEqual(ASKED_AGAIN);
    await test.db.query(`UPDATE sessions SET authenticated_at = now() - interval '6 minutes' WHERE user_id = $1`, [
      people.other.id,
    ]);
    const own = { scope: 'user', mode: 'flatten', confirm: 'KILL' };
    await request(test.app.getHttpServer()).post('/api/safety/switches').set(people.other.auth).send(own).expect(200);
    const kill = request(test.app.getHttpServer()).post('/api/safety/kill').set(admin.auth);
    expect((await kill.send({ confirm: 'KILL' })).body).toMatchObject({ ok: true, changed: true });
    const send = (path: string, body: object) =>
      request(test.app.getHttpServer()).post(`/api/safety/${path}`).set(admin.auth).send(body);
    const stops = ['killswitch', 'circuit-breaker'];
    for (const path of stops) await send(path, { action: ' Activate ' }).expect(200);
    for (const action of ['deactivate', ' DEACTIVATE ', ['deactivate'], undefined]) {
      for (const path of stops) {
        expect((await send(path, { action }).expect(403)).body).toMatchObject({ code: 'STEP_UP_REQUIRED' });
      }
    }
    for (const mode of [' Flatten', '\uFB02atten', 'flat', ['flatten'], { flatten: 1 }, null, 0]) {
      for (const body of [
        { confirm: 'KILL', mode },
        { scope: 'platform', confirm: 'KILL', mode },
      ]) {
        const { body: refusal } = await send('scope' in body ? 'switches' : 'kill', body).expect(403);
        expect(refusal).toMatchObject({ code: 'STEP_UP_REQUIRED' });
      }
    }
    await send('kill', { confirm: 'KILL', mode: ' Reduce_Only' }).expect(200);
    const source = (body: object) =>
      request(test.app.getHttpServer()).put('/api/admin/sources/999999').set(admin.auth).send(body);
    await source({ is_enabled: false }).expect(404);
    for (const body of [{ is_enabled: true }, { name: 'Alpha' }, { is_enabled: false, name: 'Alpha' }]) {
      expect((await source(body).expect(403)).body).toMatchObject({ code: 'STEP_UP_REQUIRED' });
    }
    const resume = (body: object) =>
      request(test.app.getHttpServer())
        .post('/api/safety/resume')
        .set(admin.auth)
        .send({ confirm: 'RESUME', ...body });
    await resume({ password: 'not this one' }).expect(403);
    await resume({ password: PASSWORD }).expect(200);
    await resume({}).expect(200);
    await send('circuit-breaker', { action: 'deactivate' }).expect(200);
  });

  it('answers unknown routes and wrong methods in the failure shape', async () => {
    const unknown = await request(test.app.getHttpServer()).get('/api/nothing').expect(404);
    expect(unknown.body).toMatchObject({ ok: false, code: 'NOT_FOUND' });
    const wrong = await request(test.app.getHttpServer()).delete('/api/signals').expect(405);
    expect(wrong.body).toMatchObject({ ok: false, code: 'METHOD_NOT_ALLOWED' });
    expect(wrong.headers.allow).toBe('GET, POST');
    await request(test.app.getHttpServer()).post('/api/users/1').expect(405);
    await request(test.app.getHttpServer()).patch('/api/docs').expect(405);
    await request(test.app.getHttpServer()).post('/api/users/1/nothing').expect(404);
  });

  it('takes an empty body for none, also where the header says JSON', async () => {
    const person = await makePerson(test.app);
    const json = { 'Content-Type': 'application/json' };
    const send = (method: 'post' | 'put' | 'delete', path: string, auth: object = person.auth) =>
      request(test.app.getHttpServer())
        [method](path)
        .set({ ...auth, ...json });
    await send('delete', `/api/users/${person.id}/exchanges?exchange_id=999999`).expect(404);
    await send('put', `/api/users/${person.id}/risk`).expect(200);
    await request(test.app.getHttpServer()).put(`/api/users/${person.id}/risk`).set(person.auth).expect(200);
    await send('post', '/api/auth/refresh', { Authorization: `Bearer ${person.refreshToken}` }).expect(200);
    await send('post', '/api/auth/login').expect(400);
    await send('post', '/api/auth/logout').expect(200);
  });

  it('says what is wrong with a body, and of two equal keys the last one counts for guards and rules alike', async () => {
    const person = await makePerson(test.app);
    const put = (body: string) =>
      request(test.app.getHttpServer())
        .put(`/api/users/${person.id}/risk`)
        .set({ ...person.auth, 'Content-Type': 'application/json' })
        .send(body);
    const said = async (body: string) => ((await put(body).expect(400)).body as { error: string }).error;
    for (const body of ['{"leverage":', '{"leverage":3}}', 'leverage=3']) {
      expect(await said(body)).toContain('ody is not valid JSON');
    }
    for (const body of ['{"__proto__":{"leverage":3}}', '{"leverage":3,"constructor":{"prototype":{"x":1}}}']) {
      expect(await said(body)).toMatch(/^body must not have a key __proto__/);
    }
    await put('{"leverage":26,"leverage":3}').expect(200);
    await put('{"leverage":3,"leverage":26}').expect(400);
    const admin = await makePerson(test.app, { role: 'admin' });
    await test.db.query(`UPDATE sessions SET authenticated_at = '2000-01-01' WHERE user_id = $1`, [admin.id]);
    const twice = request(test.app.getHttpServer()).post('/api/safety/kill').set(admin.auth).type('json');
    const asked = await twice.send('{"confirm":"KILL","mode":"reduce_only","mode":"flatten"}').expect(403);
    expect(asked.body).toMatchObject({ code: 'STEP_UP_REQUIRED' });
  });

  it('notices a demotion at the next request', async () => {
    const person = await makePerson(test.app, { role: 'admin' });
    await request(test.app.getHttpServer()).get('/api/admin/broadcasts').set(person.auth).expect(200);
    await test.db.query(`UPDATE users SET role = 'user' WHERE id = $1`, [person.id]);
    await test.db.query(`SELECT pg_notify('verzek_access', $1)`, [String(person.id)]);
    const seen = async () =>
      (await request(test.app.getHttpServer()).get('/api/admin/broadcasts').set(person.auth)).status;
    let status = await seen();
    for (let tries = 0; tries < 50 && status !== 403; tries += 1) status = await seen();
    expect(status).toBe(403);
  });

  it.each(['role', 'disable'])(
    'two administrators who take each other’s access at once (%s): one remains',
    async (what) => {
      const take = (by: Person, from: Person) => {
        const path = `/api/admin/users/${from.id}/${what}`;
        const http = request(test.app.getHttpServer());
        const call = what === 'role' ? http.put(path).send({ role: 'user' }) : http.post(path);
        return call.set(by.auth);
      };
      for (let round = 0; round < 5; round += 1) {
        const [a, b] = [await makePerson(test.app, { role: 'admin' }), await makePerson(test.app, { role: 'admin' })];
        const answers = await Promise.all([take(a, b), take(b, a)]);
        const statuses = answers.map(({ status }) => status).sort();
        expect(statuses[0]).toBe(200);
        expect([401, 403]).toContain(statuses[1]);
        const left = await test.db.query(
          `SELECT id FROM users WHERE id IN ($1, $2) AND role = 'admin' AND disabled_at IS NULL`,
          [a.id, b.id],
        );
        expect(left).toHaveLength(1);
      }
    },
  );
});

const PREVIOUS = {
  jwt: 'previous-0123456789abcdefghijklmnopqrstuvwxyz',
  house: 'previous-house-0123456789abcdefghijklmn',
};

/** The token as another secret would have signed it. */
function signedBy(secret: string, token: string): string {
  const words = token.slice(0, token.lastIndexOf('.'));
  return `${words}.${createHmac('sha256', secret).update(words).digest('base64url')}`;
}

describe('input that no database keeps, and secrets of before', () => {
  let test: TestApplication;
  let ada: Person;
  let admin: Person;

  beforeAll(async () => {
    test = await startTestApplication({
      env: {
        SIGNAL_REPEAT_SECONDS: '0',
        JWT_SECRET_PREVIOUS: PREVIOUS.jwt,
        HOUSE_ENGINE_TOKEN_PREVIOUS: PREVIOUS.house,
      },
    });
    ada = await makePerson(test.app);
    admin = await makePerson(test.app, { role: 'admin' });
  });

  afterAll(() => test.close());

  const http = () => request(test.app.getHttpServer());
  const signal = { symbol: 'BTCUSDT', side: 'LONG', entry: 1, tp: [2], sl: 0.5 };
  const nested = `{"preferences":${'{"a":'.repeat(3_000)}1${'}'.repeat(3_000)}}`;

  it('while secrets are changed the ones before are believed, and no other', async () => {
    const me = (token: string) => http().get('/api/auth/me').set('Authorization', `Bearer ${token}`);
    const refresh = (token: string) =>
      http().post('/api/auth/refresh').set('Authorization', `Bearer ${token}`).send({});
    await me(signedBy(PREVIOUS.jwt, ada.token)).expect(200);
    await me(signedBy('another-0123456789abcdefghijklmnopqrstuvwxyz', ada.token)).expect(401);
    const answer = await refresh(signedBy(PREVIOUS.jwt, ada.refreshToken)).expect(200);
    const { access_token: fresh } = answer.body as { access_token: string };
    expect(fresh).toBe(signedBy(TEST_SECRETS.JWT_SECRET, fresh));
    const post = (token: string) => http().post('/api/signals').set('X-INTERNAL-TOKEN', token).send({});
    await post(PREVIOUS.house).expect(400);
    await post(TEST_SECRETS.HOUSE_ENGINE_TOKEN).expect(400);
    await post('another-house-0123456789abcdefghijklmno').expect(401);
  });

  it.each([
    ['a NUL in a query', () => http().get('/api/signals?symbol=BTC%00USDT').set(ada.auth), 'symbol'],
    [
      'a NUL in a body',
      () => http().put(`/api/users/${ada.id}/general`).set(ada.auth).send({ full_name: 'a\0' }),
      'full_name',
    ],
    [
      'a NUL in free JSON',
      () =>
        http()
          .post('/api/signals')
          .set(admin.auth)
          .send({ ...signal, meta: { a: '\0' } }),
      'meta.a',
    ],
    [
      'a NUL in a password',
      () => http().post('/api/auth/register').send({ email: 'n@example.com', password: 'long enough\0' }),
      'password',
    ],
    [
      'half a character',
      () => http().put(`/api/users/${ada.id}/preferences`).set(ada.auth).type('json').send('{"theme":"\\ud800"}'),
      'theme',
    ],
    [
      'endless nesting',
      () => http().put(`/api/users/${ada.id}/preferences`).set(ada.auth).type('json').send(nested),
      'preferences.',
    ],
    ['a day that does not exist', () => http().get('/api/reports/daily?date=2026-02-31').set(ada.auth), 'date'],
  ])('%s is 400 and names the field', async (_name, send, field) => {
    const answer = await send();
    expect([answer.status, (answer.body as { code: string }).code]).toEqual([400, 'INVALID_INPUT']);
    expect((answer.body as { fields: { field: string }[] }).fields[0]?.field).toContain(field);
  });
});
