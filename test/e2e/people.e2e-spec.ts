/**
 * People over HTTP: the contract's calls for signing in and for settings, with what must be refused.
 */
import { createHmac } from 'node:crypto';
import { hash } from '@node-rs/bcrypt';
import request from 'supertest';
import { Database } from '../../src/platform/database/database.js';
import { makePerson, PASSWORD, type Person } from '../factories/people.js';
import { eventually, startTestApplication, TEST_SECRETS, type TestApplication } from '../support/application.js';

interface Tokens {
  access_token: string;
  refresh_token: string;
  token: string;
  user: { id: number; user_id: string; is_verified: boolean; referral_code: string };
}

let test: TestApplication;
const http = () => request(test.app.getHttpServer());
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

beforeAll(async () => {
  test = await startTestApplication();
});

afterAll(() => test.close());

async function mailedToken(address: string, subject: string): Promise<string> {
  const mail = await eventually(() =>
    test.mail.sent.filter((sent) => sent.target === address && sent.message.subject === subject).at(-1),
  );
  return /token=([\w-]+)/.exec(mail.message.text)?.[1] ?? '';
}

describe('signing in', () => {
  const ada = { email: 'ada@example.com', password: 'analytical engine', full_name: 'Ada', referral_code: 'nobody' };
  let tokens: Tokens;

  it('registers with tokens at once, and little else before verification', async () => {
    const answer = await http()
      .post('/api/auth/register')
      .send({ ...ada, email: ' ADA@Example.com ' })
      .expect(201);
    tokens = answer.body as Tokens;
    expect(tokens.token).toBe(tokens.access_token);
    expect(tokens.refresh_token.length).toBeGreaterThan(20);
    expect(tokens.user).toMatchObject({ email: 'ada@example.com', is_verified: false, subscription_type: 'TRIAL' });
    expect(tokens.user.referral_code).toMatch(/^VZK[0-9A-F]{6}$/);
    expect(tokens.user.user_id).toBe(String(tokens.user.id));
    await http().get('/api/auth/me').set(bearer(tokens.access_token)).expect(200);
    const close = await http().post('/api/positions/close').set(bearer(tokens.access_token)).send({ position_id: 1 });
    expect([close.status, close.body]).toEqual([403, expect.objectContaining({ ok: false, needs_verification: true })]);
    const login = await http().post('/api/auth/login').send(ada).expect(403);
    expect(login.body).toMatchObject({ ok: false, needs_verification: true, email_verified: false });
  });

  it('refuses a taken address, a bad one and a short password, naming the field', async () => {
    await http().post('/api/auth/register').send(ada).expect(400);
    const bad = await http().post('/api/auth/register').send({ email: 'nope', password: 'short' }).expect(400);
    expect(bad.body).toMatchObject({ ok: false, code: 'INVALID_INPUT', fields: [{ field: 'email' }] });
    const short = await http()
      .post('/api/auth/register')
      .send({ email: 'x@example.com', password: 'short' })
      .expect(400);
    expect(short.body).toMatchObject({ fields: [{ field: 'password' }] });
  });

  it('verifies by the mailed link: the page changes nothing, posting does, once', async () => {
    const token = await mailedToken(ada.email, 'Verify your e-mail address');
    const page = await http().get('/api/auth/verify-email').query({ token }).expect(200);
    expect(page.text).toContain('<form method="post"');
    await http().post('/api/auth/verify-email').send({ token }).expect(200);
    await http().post('/api/auth/verify-email').send({ token }).expect(400);
    const login = await http().post('/api/auth/login').send(ada).expect(200);
    tokens = login.body as Tokens;
    expect(tokens.user.is_verified).toBe(true);
  });

  it('answers known and unknown addresses alike', async () => {
    const wrong = await http()
      .post('/api/auth/login')
      .send({ ...ada, password: 'wrong' })
      .expect(401);
    const unknown = await http()
      .post('/api/auth/login')
      .send({ email: 'ghost@example.com', password: 'wrong' })
      .expect(401);
    expect({ ...(wrong.body as object), request_id: '' }).toEqual({ ...(unknown.body as object), request_id: '' });
    expect(wrong.body).toMatchObject({ ok: false, msg: expect.any(String) as string });
    const known = await http().post('/api/auth/forgot-password').send({ email: ada.email }).expect(200);
    const ghost = await http().post('/api/auth/forgot-password').send({ email: 'ghost@example.com' }).expect(200);
    expect(known.body).toEqual(ghost.body);
  });

  it('refreshes in the header form for ever, and in the body form once per token', async () => {
    for (let round = 0; round < 3; round += 1) {
      const answer = await http().post('/api/auth/refresh').set(bearer(tokens.refresh_token)).send({}).expect(200);
      expect(answer.body).toEqual({ ok: true, access_token: expect.any(String) as string });
    }
    await http().post('/api/auth/refresh').set(bearer(tokens.access_token)).send({}).expect(401);
    const body = { refresh_token: tokens.refresh_token };
    const tries = await Promise.all(Array.from({ length: 20 }, () => http().post('/api/auth/refresh').send(body)));
    expect(tries.filter((answer) => answer.status === 200)).toHaveLength(1);
    await http().post('/api/auth/refresh').set(bearer(tokens.refresh_token)).send({}).expect(401);
    await http().get('/api/auth/me').set(bearer(tokens.access_token)).expect(401);
  });

  it('resets a password by mail and ends every session', async () => {
    const before = ((await http().post('/api/auth/login').send(ada).expect(200)).body as Tokens).access_token;
    const earlier = await mailedToken(ada.email, 'Reset your password');
    await http().post('/api/auth/forgot-password').send({ email: ada.email }).expect(200);
    const token = await eventually(async () => {
      const found = await mailedToken(ada.email, 'Reset your password');
      return found === earlier ? undefined : found;
    });
    await http().get('/api/auth/reset-password').query({ token }).expect(200);
    const reset = { token, new_password: 'difference engine' };
    const tries = await Promise.all([1, 2, 3].map(() => http().post('/api/auth/reset-password').send(reset)));
    expect(tries.map((answer) => answer.status).sort()).toEqual([200, 400, 400]);
    await http().get('/api/auth/me').set(bearer(before)).expect(401);
    await http().post('/api/auth/login').send(ada).expect(401);
    await http()
      .post('/api/auth/login')
      .send({ ...ada, password: reset.new_password })
      .expect(200);
  });

  it('logs out here, and everywhere', async () => {
    const person = await makePerson(test.app);
    const other = (await http().post('/api/auth/login').send({ email: person.email, password: PASSWORD }))
      .body as Tokens;
    await http().post('/api/auth/logout').set(person.auth).expect(200);
    await http().get('/api/auth/me').set(person.auth).expect(401);
    await http().get('/api/auth/me').set(bearer(other.access_token)).expect(200);
    await http().post('/api/auth/logout-all').set(bearer(other.access_token)).expect(200);
    await http().post('/api/auth/refresh').set(bearer(other.refresh_token)).send({}).expect(401);
  });

  it('accepts a bcrypt password of the old system once, and keeps an argon2id hash from then on', async () => {
    const person = await makePerson(test.app);
    const database = test.app.get(Database);
    const stored = async () =>
      (await database.first<{ password_hash: string }>('SELECT password_hash FROM users WHERE id = $1', [person.id]))
        ?.password_hash;
    const old = await hash('abcd', { cost: 4 });
    await database.query('UPDATE users SET password_hash = $2 WHERE id = $1', [person.id, old]);
    await http().post('/api/auth/login').send({ email: person.email, password: 'abce' }).expect(401);
    expect(await stored()).toBe(old);
    await http().post('/api/auth/login').send({ email: person.email, password: 'abcd' }).expect(200);
    expect(await stored()).toMatch(/^\$argon2id\$/);
    await http().post('/api/auth/login').send({ email: person.email, password: 'abcd' }).expect(200);
  });

  it('checks X-API-KEY when it is there', async () => {
    const person = await makePerson(test.app);
    const body = { email: person.email, password: PASSWORD };
    await http().post('/api/auth/login').set('X-API-KEY', 'wrong').send(body).expect(401);
    await http().post('/api/auth/login').set('X-API-KEY', TEST_SECRETS.API_KEY).send(body).expect(200);
  });

  it('refuses forged, unsigned and foreign tokens with 401', async () => {
    const person = await makePerson(test.app);
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { sub: String(person.id), type: 'access', sid: 'x', gen: 0, exp: 4_000_000_000 };
    const forged = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
    const signature = createHmac('sha256', 'another secret').update(forged).digest('base64url');
    const none = `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.`;
    for (const token of [`${forged}.${signature}`, none, 'garbage', person.refreshToken, `${person.token}x`]) {
      const answer = await http().get('/api/auth/me').set(bearer(token)).expect(401);
      expect(answer.body).toMatchObject({ ok: false, code: 'UNAUTHENTICATED' });
    }
  });

  it('makes the first administrator once, with the token', async () => {
    const body = { token: 'wrong-wrong-wrong', email: 'root@example.com', password: 'a good long password' };
    await http().post('/api/auth/bootstrap').send(body).expect(403);
    const right = { ...body, token: TEST_SECRETS.BOOTSTRAP_ADMIN_TOKEN };
    const made = await http().post('/api/auth/bootstrap').send(right).expect(201);
    expect(made.body).toMatchObject({ ok: true, user: { role: 'admin', is_verified: true } });
    await http()
      .post('/api/auth/bootstrap')
      .send({ ...right, email: 'second@example.com' })
      .expect(403);
  });
});

describe('settings', () => {
  let ada: Person;
  let bob: Person;
  const path = (rest: string) => `/api/users/${ada.id}${rest}`;

  beforeAll(async () => {
    ada = await makePerson(test.app);
    bob = await makePerson(test.app);
  });

  async function settings(): Promise<Record<string, unknown>> {
    const answer = await http().get(path('')).set(ada.auth).expect(200);
    return (answer.body as { user: { settings: Record<string, unknown> } }).user.settings;
  }

  it('starts with the defaults', async () => {
    expect(await settings()).toMatchObject({
      capital_usdt: 0,
      per_trade_usdt: 5,
      leverage: 1,
      max_concurrent_trades: 50,
      dca_steps: 3,
      auto_reversal_enabled: true,
    });
  });

  it('changes what is named and nothing else', async () => {
    await http().put(path('/general')).set(ada.auth).send({ auto_trade_enabled: true }).expect(200);
    await http().put(path('/risk')).set(ada.auth).send({ per_trade_usdt: 7.5, leverage: 20 }).expect(200);
    await http()
      .put(path('/dca'))
      .set(ada.auth)
      .send({ dca_enabled: true, dca_steps: 4, dca_step_percent: 1.5 })
      .expect(200);
    await http().put(path('/reversal')).set(ada.auth).send({ auto_reversal_enabled: false }).expect(200);
    await http()
      .put(path('/strategy'))
      .set(ada.auth)
      .send({ strategy: { a: 1 } })
      .expect(200);
    await http()
      .put(path('/preferences'))
      .set(ada.auth)
      .send({ preferences: { b: 2 } })
      .expect(200);
    const flat = { max_concurrent_trades: 50, leverage: 10, per_trade_usdt: 5 };
    await http().put(path('/preferences')).set(ada.auth).send(flat).expect(200);
    await http()
      .put(path('/preferences'))
      .set(ada.auth)
      .send({ preferences: { c: 3 } })
      .expect(200);
    expect(await settings()).toMatchObject({
      ...flat,
      capital_usdt: 0,
      dca_enabled: true,
      dca_steps: 4,
      dca_step_percent: 1.5,
      auto_reversal_enabled: false,
      strategy: { a: 1 },
      preferences: { b: 2, c: 3 },
    });
    const me = await http().get('/api/auth/me').set(ada.auth).expect(200);
    expect(me.body).toMatchObject({ user: { auto_trade_enabled: true, default_leverage: 10, risk_per_trade: 5 } });
  });

  it.each([
    ['/risk', { leverage: 26 }, 'leverage'],
    ['/risk', { leverage: 0 }, 'leverage'],
    ['/risk', { leverage: 'ten' }, 'leverage'],
    ['/risk', { max_concurrent_trades: 51 }, 'max_concurrent_trades'],
    ['/risk', { per_trade_usdt: 0 }, 'per_trade_usdt'],
    ['/risk', { per_trade_usdt: -1 }, 'per_trade_usdt'],
    ['/risk', { capital_usdt: 'NaN' }, 'capital_usdt'],
    ['/risk', { symbol_blacklist: ['drop table'] }, 'symbol_blacklist'],
    ['/dca', { dca_steps: 11 }, 'dca_steps'],
    ['/dca', { dca_step_percent: 0.01 }, 'dca_step_percent'],
    ['/general', { auto_trade_enabled: 'yes' }, 'auto_trade_enabled'],
    ['/reversal', {}, 'auto_reversal_enabled'],
  ])('PUT %s %p is 400 and names %s', async (route, body, field) => {
    const answer = await http().put(path(route)).set(ada.auth).send(body).expect(400);
    expect(answer.body).toMatchObject({ ok: false, code: 'INVALID_INPUT', fields: [{ field }] });
  });

  it('is nobody else’s business, whether the user exists or not', async () => {
    const foreign = await http().get(path('')).set(bob.auth).expect(403);
    const missing = await http().get('/api/users/999999').set(bob.auth).expect(403);
    expect({ ...(foreign.body as object), request_id: '' }).toEqual({ ...(missing.body as object), request_id: '' });
    await http().put(path('/risk')).set(bob.auth).send({ leverage: 2 }).expect(403);
    await http().get(path('')).expect(401);
  });

  it('does not sell plans', async () => {
    await http().put(path('/subscription')).set(ada.auth).send({ subscription_type: 'PREMIUM' }).expect(403);
    const answer = await http().get(path('/subscription')).set(ada.auth).expect(200);
    expect(answer.body).toMatchObject({
      subscription: { plan: 'TRIAL', features: { signals: true, auto_trading: false } },
    });
  });

  it('lets administrators give a plan, which ends at its time', async () => {
    const admin = await makePerson(test.app, { role: 'admin' });
    const give = (body: object, status: number) =>
      http().put(path('/subscription')).set(admin.auth).send(body).expect(status);
    const given = await give({ subscription_type: 'vip', duration_days: 7 }, 200);
    expect(given.body).toMatchObject({ subscription: { plan: 'VIP', features: { auto_trading: true } } });
    await give({ subscription_type: 'GOLD' }, 400);
    await give({ subscription_type: 'VIP', duration_days: 0 }, 400);
    await http().post(path('/subscription')).set(admin.auth).send({ plan: 'VIP', duration_days: 30 }).expect(403);
    await http().put('/api/users/999999/subscription').set(admin.auth).send({ subscription_type: 'VIP' }).expect(404);
    const audit = await test.db.first(
      `SELECT before->>'plan' AS before, after->>'plan' AS after FROM audit_events
       WHERE action = 'subscription.set' AND subject = $1 AND actor_id = $2`,
      [`user:${ada.id}`, admin.id],
    );
    expect(audit).toEqual({ before: 'TRIAL', after: 'VIP' });
    await test.db.query(`UPDATE users SET subscription_expires_at = now() WHERE id = $1`, [ada.id]);
    const ended = await http().get(path('/subscription')).set(ada.auth).expect(200);
    expect(ended.body).toMatchObject({ subscription: { plan: 'TRIAL' } });
    const settings = await http().get(path('/notifications/settings')).set(ada.auth).expect(200);
    expect(settings.body).toMatchObject({
      settings: { subscription_type: 'TRIAL', features: { signal_notifications: false } },
    });
  });

  it('tells what the plans cost', async () => {
    const answer = await http().get('/api/plans').expect(200);
    expect((answer.body as { plans: { plan: string; price_usdt: number; days: number }[] }).plans).toMatchObject([
      { plan: 'TRIAL', price_usdt: 0, days: 4 },
      { plan: 'VIP', price_usdt: 50, days: 30 },
      { plan: 'PREMIUM', price_usdt: 120, days: 30 },
    ]);
  });

  it('registers phones; a phone that changes hands moves', async () => {
    const body = { push_token: 'ExponentPushToken[abc-123]' };
    await http().post(path('/device-token')).set(ada.auth).send(body).expect(201);
    await http().post(path('/device-token')).set(ada.auth).send(body).expect(200);
    await http().post(`/api/users/${bob.id}/device-token`).set(bob.auth).send(body).expect(200);
    await http().delete(path('/device-token')).set(ada.auth).send(body).expect(404);
    await http().delete(`/api/users/${bob.id}/device-token`).set(bob.auth).send(body).expect(200);
    await http().post(path('/device-token')).set(ada.auth).send({ push_token: 'nope' }).expect(400);
  });
});
