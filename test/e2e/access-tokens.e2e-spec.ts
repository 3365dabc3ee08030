/**
 * Programs: tokens of each scope against every route, what ends a token, and calls that are signed.
 */
import { createHash, randomBytes } from 'node:crypto';
import request from 'supertest';
import { makeDocument } from '../../src/documentation.js';
import { ROUTES_OF_SCOPE, type Scope, SCOPES } from '../../src/modules/access-tokens/scopes.js';
import { AccessTokensRepository } from '../../src/modules/access-tokens/access-tokens.repository.js';
import { signatureOf } from '../../src/modules/access-tokens/signed-call.js';
import { UserAccess } from '../../src/modules/auth/user-access.service.js';
import { RetentionRepository } from '../../src/modules/ops/retention.repository.js';
import { makePerson, PASSWORD, type Person } from '../factories/people.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';

let test: TestApplication;
let ada: Person;
let bob: Person;
let admin: Person;
let provider: Person;

const http = () => request(test.app.getHttpServer());
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

interface Made {
  readonly secret: string;
  readonly token: { readonly id: number; readonly prefix: string };
}

async function make(person: Person, scopes: readonly string[], more: object = {}, status = 201): Promise<Made> {
  const body = { name: 'my bot', scopes, ...more };
  return (await http().post('/api/access-tokens').set(person.auth).send(body).expect(status)).body as Made;
}

const me = (token: string) => http().get('/api/auth/me').set(bearer(token));

beforeAll(async () => {
  test = await startTestApplication({ env: { SIGNAL_REPEAT_SECONDS: '0' } });
  [ada, bob] = [await makePerson(test.app), await makePerson(test.app)];
  admin = await makePerson(test.app, { role: 'admin' });
  provider = await makePerson(test.app, { role: 'provider' });
});

afterAll(() => test.close());

describe('scopes', () => {
  const routes = () =>
    Object.entries(makeDocument(test.app).paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );

  it('name routes that exist, each once', () => {
    const named = SCOPES.flatMap((scope) => ROUTES_OF_SCOPE[scope]);
    expect(named.filter((route) => !routes().includes(route))).toEqual([]);
    expect(new Set(named).size).toBe(named.length);
  });

  it('open their routes and no other: every route against a token of each scope', async () => {
    const tokens = new Map<Scope, string>();
    for (const scope of SCOPES) tokens.set(scope, (await make(admin, [scope])).secret);
    const open = new Set(
      Object.entries(makeDocument(test.app).paths).flatMap(([path, item]) =>
        Object.entries(item as Record<string, { security?: unknown }>)
          .filter(([, operation]) => operation.security === undefined)
          .map(([method]) => `${method.toUpperCase()} ${path}`),
      ),
    );
    const wrong: unknown[] = [];
    for (const route of routes().filter((name) => !open.has(name))) {
      const [method = '', template = ''] = route.split(' ');
      const path = template.replace(/\{(id|user_id)\}/, String(admin.id)).replace(/\{\w+\}/g, '999999');
      for (const [scope, token] of tokens) {
        const answer = await http()[method.toLowerCase() as 'get'](path).set(bearer(token));
        const { code } = answer.body as { code?: string };
        const isIn = code !== 'SCOPE_MISSING' && answer.status !== 401;
        if (isIn !== ROUTES_OF_SCOPE[scope].includes(route)) wrong.push([route, scope, answer.status, code]);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('a token of an administrator reaches nobody else', async () => {
    const { secret } = await make(admin, ['read', 'settings', 'trade']);
    await http().get(`/api/users/${admin.id}`).set(bearer(secret)).expect(200);
    await http().get(`/api/users/${ada.id}`).set(bearer(secret)).expect(403);
    await http().put(`/api/users/${ada.id}/risk`).set(bearer(secret)).send({ leverage: 3 }).expect(403);
    await http().get('/api/admin/audit').set(bearer(secret)).expect(403);
  });

  it('staff alone give the scope that posts signals, and lose it with their role', async () => {
    const wish = { name: 'bot', scopes: ['signals:post'] };
    const refused = await http().post('/api/access-tokens').set(ada.auth).send(wish).expect(403);
    expect(refused.body).toMatchObject({ code: 'SCOPE_NOT_ALLOWED' });
    const { secret } = await make(provider, ['signals:post']);
    const signal = { symbol: 'TOKUSDT', side: 'LONG', entry: 100, tp: [110], sl: 92 };
    const post = () => http().post('/api/signals').set(bearer(secret)).send(signal);
    await post().expect(201);
    await test.db.query(`UPDATE users SET role = 'user' WHERE id = $1`, [provider.id]);
    await post().expect(403);
    await test.db.query(`UPDATE users SET role = 'provider' WHERE id = $1`, [provider.id]);
  });
});

describe('tokens', () => {
  it('are told once, stored as a hash, listed with their use, announced by mail and audited', async () => {
    const { secret, token } = await make(ada, ['read', 'read'], { expires_in_days: 30 });
    expect(secret).toMatch(new RegExp(`^${token.prefix}_[\\w-]{43}$`));
    await me(secret).expect(200);
    const list = await http().get('/api/access-tokens').set(ada.auth).expect(200);
    const [listed] = (list.body as { tokens: { last_used_at: string }[] }).tokens;
    expect(listed).toMatchObject({ id: token.id, prefix: token.prefix, scopes: ['read'], last_address: '127.0.0.1' });
    expect(listed?.last_used_at).toEqual(expect.any(String));
    expect(JSON.stringify(list.body)).not.toContain(secret);
    const rows = await test.db.query(`SELECT to_jsonb(t)::text AS row FROM access_tokens t`);
    const trail = await test.db.query<{ action: string }>(
      `SELECT action, after::text FROM audit_events WHERE actor_id = $1`,
      [ada.id],
    );
    expect(trail.map(({ action }) => action)).toContain('access_token.make');
    for (const stored of [rows, trail, test.mail.sent]) expect(JSON.stringify(stored)).not.toContain(secret.slice(15));
    await eventually(() =>
      test.mail.sent.some(({ target, message }) => target === ada.email && message.text.includes(token.prefix)),
    );
  });

  it('what they do is audited with their name', async () => {
    const { secret, token } = await make(ada, ['settings']);
    await http().put(`/api/users/${ada.id}/risk`).set(bearer(secret)).send({ leverage: 9 }).expect(200);
    const row = await test.db.first(
      `SELECT after->>'via' AS via FROM audit_events WHERE actor_id = $1 ORDER BY id DESC LIMIT 1`,
      [ada.id],
    );
    expect(row).toEqual({ via: token.prefix });
  });

  it.each([
    ['revoked', (id: number) => http().delete(`/api/access-tokens/${id}`).set(bob.auth).expect(200)],
    ['over', (id: number) => test.db.query('UPDATE access_tokens SET expires_at = now() WHERE id = $1', [id])],
    ['of a disabled user', () => test.db.query('UPDATE users SET disabled_at = now() WHERE id = $1', [bob.id])],
  ])('one that is %s ends at once', async (_name, end) => {
    const { secret, token } = await make(bob, ['read']);
    await me(secret).expect(200);
    await end(token.id);
    await me(secret).expect(401);
    await test.db.query('UPDATE users SET disabled_at = NULL WHERE id = $1', [bob.id]);
  });

  it('end with everything else that opens the account, for good, and the mail says how many', async () => {
    const access = test.app.get(UserAccess);
    const acts: Record<string, (person: Person) => Promise<unknown>> = {
      'Your access was ended': async ({ id }) => {
        await access.disable(id, admin.id, 'stolen');
        await access.enable(id, admin.id);
      },
      'Your role was changed': ({ id }) => access.setRole(id, 'provider', admin.id),
      'Your password was changed': ({ id }) => access.changePassword(id, 'x', 'password reset'),
    };
    for (const [subject, act] of Object.entries(acts)) {
      const eve = await makePerson(test.app);
      const made = [await make(eve, ['read']), await make(eve, ['trade', 'read'])];
      await act(eve);
      for (const { secret } of made) await me(secret).expect(401);
      const mail = await eventually(() =>
        test.mail.sent.find(({ target, message }) => target === eve.email && message.subject === subject),
      );
      expect(mail.message.text).toContain('2 tokens for programs were revoked');
    }
  });

  it('end with a password that their owner changes, unless they are to be kept', async () => {
    const eve = await makePerson(test.app);
    const { secret } = await make(eve, ['read']);
    const change = (current_password: string, new_password: string, more: object = {}) =>
      http()
        .post('/api/auth/change-password')
        .set(eve.auth)
        .send({ current_password, new_password, ...more })
        .expect(200);
    const kept = await change(PASSWORD, 'quite another one', { keep_tokens: true });
    expect(kept.body).toMatchObject({ tokens_revoked: 0 });
    await me(secret).expect(200);
    expect((await change('quite another one', 'yet another one')).body).toMatchObject({ tokens_revoked: 1 });
    await me(secret).expect(401);
  });

  it('are not made by a session that ends while they are', async () => {
    const eve = await makePerson(test.app);
    const repository = test.app.get(AccessTokensRepository);
    const lock = repository.lockOwner.bind(repository);
    repository.lockOwner = async (userId) => {
      repository.lockOwner = lock;
      await http().post('/api/auth/logout').set(eve.auth).expect(200);
      await lock(userId);
    };
    await make(eve, ['read'], {}, 401);
  });

  it('are nobody else’s to list or revoke, and no other secret opens them', async () => {
    const { secret, token } = await make(ada, ['read']);
    await http().delete(`/api/access-tokens/${token.id}`).set(bob.auth).expect(404);
    const other = `${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}`;
    for (const wrong of [other, `${token.prefix}_${'A'.repeat(43)}`, token.prefix, `${secret}x`])
      await me(wrong).expect(401);
    await me(secret).expect(200);
  });

  it('neither make tokens, nor stand for a session', async () => {
    const { secret } = await make(ada, [...SCOPES].slice(0, 3));
    const wish = { name: 'more', scopes: ['read'], password: PASSWORD };
    for (const call of [
      http().post('/api/access-tokens').send(wish),
      http().post('/api/auth/step-up').send({ password: PASSWORD }),
      http().post('/api/auth/logout'),
      http().post('/api/auth/refresh'),
    ]) {
      expect([401, 403]).toContain((await call.set(bearer(secret))).status);
    }
  });

  it('are asked for with sense, and are at most twenty, under parallel calls too', async () => {
    for (const body of [{ name: 'x', scopes: [] }, { name: 'x', scopes: ['admin'] }, { scopes: ['read'] }]) {
      await http().post('/api/access-tokens').set(bob.auth).send(body).expect(400);
    }
    const answers = await Promise.all(
      Array.from({ length: 24 }, () =>
        http()
          .post('/api/access-tokens')
          .set(bob.auth)
          .send({ name: 'x', scopes: ['read'] }),
      ),
    );
    expect(answers.filter(({ status }) => status === 409).length).toBeGreaterThanOrEqual(4);
    const list = await http().get('/api/access-tokens').set(bob.auth);
    expect((list.body as { tokens: object[] }).tokens).toHaveLength(20);
  });
});

describe('signed calls', () => {
  let key: Made;
  const path = () => `/api/users/${ada.id}/risk`;
  const body = '{"leverage": 4}';
  const now = () => String(Math.floor(Date.now() / 1_000));
  const nonce = () => randomBytes(12).toString('hex');

  function signed(
    change: {
      target?: string;
      timestamp?: string;
      nonce?: string;
      signed?: string;
      secret?: string;
      sent?: string;
    } = {},
  ) {
    const call = {
      method: 'PUT',
      target: path(),
      timestamp: change.timestamp ?? now(),
      nonce: change.nonce ?? nonce(),
      bodyDigest: createHash('sha256')
        .update(change.signed ?? body)
        .digest('hex'),
    };
    return http()
      .put(change.target ?? path())
      .set({
        'Content-Type': 'application/json',
        'X-Verzek-Key': key.token.prefix,
        'X-Verzek-Timestamp': call.timestamp,
        'X-Verzek-Nonce': call.nonce,
        'X-Verzek-Signature': signatureOf(change.secret ?? key.secret, call),
      })
      .send(change.sent ?? body);
  }

  beforeAll(async () => {
    key = await make(ada, ['settings', 'read'], { kind: 'signed' });
  });

  it('are taken, with a body and without', async () => {
    await signed().expect(200);
    const target = `/api/users/${ada.id}?x=1`;
    const call = {
      method: 'GET',
      target,
      timestamp: now(),
      nonce: nonce(),
      bodyDigest: createHash('sha256').digest('hex'),
    };
    const headers = {
      'X-Verzek-Key': key.token.prefix,
      'X-Verzek-Timestamp': call.timestamp,
      'X-Verzek-Nonce': call.nonce,
      'X-Verzek-Signature': signatureOf(key.secret, call),
    };
    const answer = await http().get(target).set(headers).expect(200);
    expect(JSON.stringify(answer.body)).toContain(ada.email);
  });

  it.each([
    ['another body', { sent: '{"leverage": 5}' }],
    ['the same body with another space', { sent: '{"leverage":4}' }],
    ['another address', { target: '/api/auth/me' }],
    ['another query', { target: `/api/users/1/risk?a=1` }],
    ['a time too long ago', { timestamp: String(Math.floor(Date.now() / 1_000) - 301) }],
    ['a time to come', { timestamp: String(Math.floor(Date.now() / 1_000) + 3_000) }],
    ['another secret', { secret: 'x'.repeat(43) }],
    ['a short nonce', { nonce: 'short' }],
  ])('with %s are refused', async (_name, change) => {
    const answer = await signed(change);
    expect(answer.status === 404 || answer.status === 405 ? 401 : answer.status).toBe(401);
  });

  it('are taken once, however many come at the same time', async () => {
    const once = { nonce: nonce(), timestamp: now() };
    const answers = await Promise.all(Array.from({ length: 10 }, () => signed(once)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(9).fill(401)]);
    expect(answers.find(({ status }) => status === 401)?.body).toMatchObject({ code: 'SIGNATURE_REFUSED' });
  });

  it('end with their token; its secret is no bearer token, and a bearer token signs nothing', async () => {
    await me(key.secret).expect(401);
    await me(`${key.token.prefix}_${key.secret}`).expect(401);
    await http().delete(`/api/access-tokens/${key.token.id}`).set(ada.auth).expect(200);
    await signed().expect(401);
  });

  it('leave no nonce behind once their time is over', async () => {
    await test.db.query(`UPDATE access_nonces SET expires_at = now() - interval '1 s'`);
    expect(await test.app.get(RetentionRepository).purge('access_nonces', new Date(), 100)).toBeGreaterThan(0);
    expect(await test.db.query('SELECT 1 FROM access_nonces')).toEqual([]);
  });
});
