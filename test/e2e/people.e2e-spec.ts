/**
 * People over HTTP: the stories behind signing in and plans. The calls line by line are in contract/.
 */
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import { jest } from '@jest/globals';
import bcrypt from 'bcrypt';
import request from 'supertest';
import { Database } from '../../src/platform/database/database.js';
import { Randomness } from '../../src/platform/ids/randomness.js';
import { makePerson, PASSWORD, type Person } from '../factories/people.js';
import { close, listen } from '../servers/loopback.js';
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

  it('draws a referral code again that somebody has', async () => {
    const taken = tokens.user.referral_code.slice('VZK'.length);
    const draw = jest.spyOn(test.app.get(Randomness), 'hexCode').mockReturnValueOnce(taken).mockReturnValueOnce(taken);
    const answer = await http()
      .post('/api/auth/register')
      .send({ ...ada, email: 'bob@example.com' })
      .expect(201);
    expect((answer.body as Tokens).user.referral_code).not.toBe(tokens.user.referral_code);
    expect(draw.mock.results.slice(0, 2).map(({ value }) => value as string)).toEqual([taken, taken]);
    draw.mockRestore();
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
    const old = await bcrypt.hash('abcd', 4);
    await database.query('UPDATE users SET password_hash = $2 WHERE id = $1', [person.id, old]);
    await http().post('/api/auth/login').send({ email: person.email, password: 'abce' }).expect(401);
    expect(await stored()).toBe(old);
    await http().post('/api/auth/login').send({ email: person.email, password: 'abcd' }).expect(200);
    expect(await stored()).toMatch(/^\$argon2id\$/);
    await http().post('/api/auth/login').send({ email: person.email, password: 'abcd' }).expect(200);
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

  it('takes no key out of a token’s header, and no other algorithm', async () => {
    const asked: (string | undefined)[] = [];
    const server = createServer(({ url }, response) => {
      asked.push(url);
      response.end('{}');
    });
    const jku = `${await listen(server)}/keys`;
    const { token } = await makePerson(test.app);
    const [, claims, signature] = token.split('.');
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const hmac =
      (key: string, hash = 'sha256') =>
      (words: string) =>
        createHmac(hash, key).update(words).digest();
    const own = (words: string) => sign('sha256', Buffer.from(words), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    const jwk = publicKey.export({ format: 'jwk' });
    const { JWT_SECRET } = TEST_SECRETS;
    const forgeries: [header: object, sign: (words: string) => Buffer][] = [
      [{ alg: 'HS256', kid: '/dev/null' }, hmac('')],
      [{ alg: 'HS256', kid: "0' UNION SELECT 'mine" }, hmac('mine')],
      [{ alg: 'HS256', jwk: { kty: 'oct', k: Buffer.from('mine').toString('base64url') } }, hmac('mine')],
      [{ alg: 'HS256', jku, x5u: jku }, hmac('mine')],
      [{ alg: 'ES256', jwk, jku, kid: 'mine' }, own],
      [{ alg: 'HS256', jwk }, hmac(publicKey.export({ format: 'pem', type: 'spki' }).toString())],
      [{ alg: 'HS384' }, hmac(JWT_SECRET, 'sha384')],
      [{ alg: 'none', jwk }, () => Buffer.alloc(0)],
      [{ alg: 'NONE' }, () => Buffer.from(String(signature), 'base64url')],
    ];
    for (const [header, forge] of forgeries) {
      const words = `${Buffer.from(JSON.stringify({ typ: 'JWT', ...header })).toString('base64url')}.${claims}`;
      const forged = `${words}.${forge(words).toString('base64url')}`;
      const answer = await http().get('/api/auth/me').set(bearer(forged));
      expect([header, answer.status]).toEqual([header, 401]);
    }
    await http().get('/api/auth/me').set(bearer(token)).expect(200);
    await close(server);
    expect(asked).toEqual([]);
  });

  it('believes no header about where a call comes from, as long as TRUSTED_PROXIES names none', async () => {
    const person = await makePerson(test.app);
    const forged = '203.0.113.66';
    const headers = {
      'X-Forwarded-For': `${forged}, 127.0.0.1`,
      'X-Real-IP': forged,
      Forwarded: `for=${forged}`,
      'X-Client-IP': forged,
      'CF-Connecting-IP': forged,
      'X-Forwarded-Host': 'evil.example',
    };
    const { email } = person;
    await http().post('/api/auth/login').set(headers).send({ email, password: 'not this one' }).expect(401);
    await http().post('/api/auth/login').set(headers).send({ email, password: PASSWORD }).expect(200);
    await http().post('/api/auth/forgot-password').set(headers).send({ email }).expect(200);
    const mail = await eventually(() =>
      test.mail.sent.find((sent) => sent.target === email && /token=/.test(sent.message.text)),
    );
    expect(mail.message.text).not.toContain('evil.example');
    const rows = await test.db.query<{ address: string }>(
      `SELECT address FROM audit_events WHERE subject = $1 AND address <> ''
       UNION ALL SELECT address FROM sessions WHERE user_id = $2`,
      [`user:${person.id}`, person.id],
    );
    expect(rows.length).toBeGreaterThan(3);
    expect([...new Set(rows.map(({ address }) => address))]).toEqual(['127.0.0.1']);
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

describe('where verification is not required', () => {
  let open: TestApplication;

  beforeAll(async () => {
    open = await startTestApplication({ database: test.database, env: { REQUIRE_EMAIL_VERIFICATION: 'false' } });
  });

  afterAll(() => open.close());

  it('an account that was registered while it was required may do what others may', async () => {
    const early = await makePerson(open.app, { isVerified: false });
    const call = (app: TestApplication) => ({
      exchange: request(app.app.getHttpServer())
        .post(`/api/users/${early.id}/exchanges`)
        .set(early.auth)
        .send({ exchange: 'okx', api_key: 'k'.repeat(20), api_secret: 's'.repeat(20) }),
      signals: request(app.app.getHttpServer()).get('/api/signals').set(early.auth),
    });
    expect([(await call(test).exchange).status, (await call(test).signals).status]).toEqual([403, 403]);
    expect([(await call(open).exchange).status, (await call(open).signals).status]).toEqual([201, 200]);
  });
});

describe('plans', () => {
  let ada: Person;
  const path = (rest: string) => `/api/users/${ada.id}${rest}`;

  beforeAll(async () => {
    ada = await makePerson(test.app);
  });

  it('lets administrators give a plan, which ends at its time', async () => {
    const admin = await makePerson(test.app, { role: 'admin' });
    const give = (body: object, status: number) =>
      http().put(path('/subscription')).set(admin.auth).send(body).expect(status);
    const given = await give({ subscription_type: 'vip', duration_days: 7 }, 200);
    expect(given.body).toMatchObject({ subscription: { plan: 'VIP', features: { auto_trading: true } } });
    await give({ subscription_type: 'GOLD' }, 400);
    await http().put(path('/subscription')).set(ada.auth).send({}).expect(403);
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
});
