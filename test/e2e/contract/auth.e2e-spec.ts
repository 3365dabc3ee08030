/**
 * The mobile contract line by line: signing in (section 2) and the rules that keep the app alive (section 1).
 * Each test is named after its line. The stories behind them are in people.e2e-spec.ts.
 */
import request from 'supertest';
import { makePerson, PASSWORD, type Person } from '../../factories/people.js';
import { eventually, startTestApplication, TEST_SECRETS, type TestApplication } from '../../support/application.js';

type Body = Record<string, never> & { user: Record<string, unknown> };

let test: TestApplication;
let ada: Person;
const http = () => request(test.app.getHttpServer());
const register = (body: object) => http().post('/api/auth/register').send(body);
const login = (body: object) => http().post('/api/auth/login').send(body);
const WAITS = { needs_verification: true, message: expect.any(String) as string };
const FAILURE = { ok: false, error: expect.any(String) as string, code: expect.any(String) as string };

beforeAll(async () => {
  test = await startTestApplication();
  ada = await makePerson(test.app, { settings: { leverage: 7, per_trade_usdt: '12.5', max_concurrent_trades: 9 } });
});

afterAll(() => test.close());

function lastMail(address: string): string {
  return test.mail.sent.filter(({ target }) => target === address).at(-1)?.message.text ?? '';
}

const mailed = (address: string) => eventually(() => /token=([\w-]+)/.exec(lastMail(address))?.[1]);

describe('contract 2.1 POST /api/auth/register', () => {
  it('201 with token, access_token, refresh_token and the user', async () => {
    const answer = await register({ email: ' New@Example.COM ', password: 'secret words', full_name: 'New' }).expect(
      201,
    );
    const body = answer.body as Body;
    expect(body).toMatchObject({
      ok: true,
      message: expect.any(String) as string,
      user: {
        id: expect.any(Number) as number,
        email: 'new@example.com',
        full_name: 'New',
        subscription_type: 'TRIAL',
        is_verified: false,
        auto_trade_enabled: false,
        referral_code: expect.stringMatching(/^VZK[0-9A-F]{6}$/) as string,
      },
    });
    expect(body.token).toBe(body.access_token);
    for (const token of [body.access_token, body.refresh_token]) expect(String(token).split('.')).toHaveLength(3);
    expect(new Date(String(body.user.created_at)).toISOString()).toBe(body.user.created_at);
  });

  it('username is an alias of full_name, captcha fields are ignored', async () => {
    const extra = { username: 'Older', captcha_hash: 'x', captcha_text: 'y' };
    const answer = await register({ email: 'older@example.com', password: 'secret words', ...extra }).expect(201);
    expect((answer.body as Body).user.full_name).toBe('Older');
  });

  it('a referral code is taken in any case, an unknown one ignored', async () => {
    const code = String(
      (await register({ email: 'a1@example.com', password: 'secret words' })).body.user.referral_code,
    );
    await register({
      email: 'a2@example.com',
      password: 'secret words',
      referral_code: ` ${code.toLowerCase()} `,
    }).expect(201);
    await register({ email: 'a3@example.com', password: 'secret words', referral_code: 'NOBODY' }).expect(201);
    const row = await test.db.first<{ code: string }>(
      `SELECT r.referral_code AS code FROM users u JOIN users r ON r.id = u.referred_by_id WHERE u.email = 'a2@example.com'`,
    );
    expect(row?.code).toBe(code);
  });

  it.each([
    ['no e-mail', { password: 'secret words' }, 'email'],
    ['no password', { email: 'b@example.com' }, 'password'],
    ['no address', { email: 'nonsense', password: 'secret words' }, 'email'],
    ['easy to guess', { email: 'lovelace@example.com', password: 'L0velace.1815' }, 'password'],
    ['seven characters', { email: 'b@example.com', password: '1234567' }, 'password'],
  ])('400 naming the field: %s', async (_name, body, field) => {
    const answer = await register(body).expect(400);
    expect(answer.body).toMatchObject({ ...FAILURE, fields: [{ field }] });
  });

  it('400, not 409, for an address that is registered', async () => {
    const answer = await register({ email: ada.email, password: 'secret words' }).expect(400);
    expect(answer.body).toMatchObject(FAILURE);
  });

  it('400 for a body that is not JSON, or not an object', async () => {
    for (const body of ['{', '"text"', '[]']) {
      const answer = await http().post('/api/auth/register').type('json').send(body).expect(400);
      expect(answer.body).toMatchObject(FAILURE);
    }
  });

  it('before verification the tokens open /me and little else', async () => {
    const { access_token } = (await register({ email: 'c@example.com', password: 'secret words' })).body as Body;
    const header = { Authorization: `Bearer ${String(access_token)}` };
    const me = (await http().get('/api/auth/me').set(header).expect(200)).body as Body;
    for (const [path, body] of [
      [
        `/api/users/${String(me.user.id)}/exchanges`,
        { exchange: 'okx', api_key: 'k'.repeat(20), api_secret: 's'.repeat(20) },
      ],
      ['/api/positions/close', { position_id: 1 }],
    ] as const) {
      const answer = await http().post(path).set(header).send(body).expect(403);
      expect(answer.body).toMatchObject({ ...FAILURE, ...WAITS });
    }
    const general = http()
      .put(`/api/users/${String(me.user.id)}/general`)
      .set(header);
    const refused = await general.send({ auto_trade_enabled: true }).expect(403);
    expect(refused.body).toMatchObject({ ...FAILURE, ...WAITS });
  });
});

describe('contract 2.2 POST /api/auth/login', () => {
  it('200 with both tokens and the user as the app reads it', async () => {
    const body = (await login({ email: ada.email.toUpperCase(), password: PASSWORD }).expect(200)).body as Body;
    expect(body).toMatchObject({
      ok: true,
      access_token: expect.any(String) as string,
      refresh_token: expect.any(String) as string,
      user: {
        id: ada.id,
        email: ada.email,
        subscription_type: 'TRIAL',
        is_verified: true,
        auto_trade_enabled: false,
        max_concurrent_trades: 9,
        default_leverage: 7,
        risk_per_trade: 12.5,
      },
    });
  });

  it('12: the fields of the older app stand beside, user_id as text', async () => {
    const body = (await login({ email: ada.email, password: PASSWORD })).body as Body;
    expect(body.user).toMatchObject({
      user_id: String(ada.id),
      email_verified: true,
      plan: 'trial',
      plan_expires_at: expect.any(String) as string,
      is_subscription_expired: false,
      mfa_enabled: false,
      exchange_accounts: [],
    });
  });

  it('12: exchange_accounts holds what is connected, and nothing else of it', async () => {
    const keys = { api_key: 'contract-test-key-0001', api_secret: 'contract-test-secret-0001' };
    const person = await makePerson(test.app);
    const answer = await http()
      .post(`/api/users/${person.id}/exchanges`)
      .set(person.auth)
      .send({ exchange: 'bybit', ...keys })
      .expect(201);
    const { user } = (await login({ email: person.email, password: PASSWORD })).body as Body;
    const id = (answer.body as { exchange_id: number }).exchange_id;
    expect(user.exchange_accounts).toEqual([{ id, exchange: 'bybit', testnet: true, is_active: true }]);
  });

  it('400 for a missing field, 401 alike for an unknown address and a wrong password', async () => {
    await login({ email: ada.email }).expect(400);
    const unknown = await login({ email: 'nobody@example.com', password: PASSWORD }).expect(401);
    const wrong = await login({ email: ada.email, password: 'wrong' }).expect(401);
    const plain = (body: object) => ({ ...body, request_id: '' });
    expect(plain(unknown.body as object)).toEqual(plain(wrong.body as object));
  });

  it('403 with needs_verification, and what the older app reads, for an unverified address', async () => {
    const answer = await login({ email: 'new@example.com', password: 'secret words' }).expect(403);
    expect(answer.body).toMatchObject({
      ...FAILURE,
      ...WAITS,
      email_verified: false,
      email: 'new@example.com',
      user_id: expect.stringMatching(/^\d+$/) as string,
    });
  });

  it('does not look at the length of the password', async () => {
    await login({ email: ada.email, password: 'abc' }).expect(401);
  });
});

describe('contract 2.3 POST /api/auth/refresh', () => {
  it('rule 4: the header form answers an access token for the whole life of the same refresh token', async () => {
    for (let count = 0; count < 3; count += 1) {
      const answer = await http()
        .post('/api/auth/refresh')
        .set('Authorization', `Bearer ${ada.refreshToken}`)
        .send({})
        .expect(200);
      const { access_token, ...rest } = answer.body as Body;
      expect(rest).toEqual({ ok: true });
      await http()
        .get('/api/auth/me')
        .set('Authorization', `Bearer ${String(access_token)}`)
        .expect(200);
    }
  });

  it('the body form rotates; using a rotated token again ends the session', async () => {
    const { refresh_token } = (await login({ email: ada.email, password: PASSWORD })).body as Body;
    const rotate = (token: unknown) => http().post('/api/auth/refresh').send({ refresh_token: token });
    const next = (await rotate(refresh_token).expect(200)).body as Body;
    expect(next.refresh_token).not.toBe(refresh_token);
    await rotate(refresh_token).expect(401);
    await rotate(next.refresh_token).expect(401);
  });

  it('a session row stands behind it: where from, and when it was used last', async () => {
    const person = await makePerson(test.app);
    const used = () =>
      test.db.first<{ last_used_at: Date; address: string }>(
        'SELECT last_used_at, address FROM sessions WHERE user_id = $1',
        [person.id],
      );
    await test.db.query(`UPDATE sessions SET last_used_at = now() - interval '1 day' WHERE user_id = $1`, [person.id]);
    const before = await used();
    expect(before?.address).not.toBe('');
    const refresh = () =>
      http().post('/api/auth/refresh').set('Authorization', `Bearer ${person.refreshToken}`).send({});
    await refresh().expect(200);
    expect((await used())?.last_used_at.getTime()).toBeGreaterThan(before?.last_used_at.getTime() as number);
    await test.db.query('UPDATE sessions SET revoked_at = now() WHERE user_id = $1', [person.id]);
    await refresh().expect(401);
  });

  it('rule 3: 401, never 422, for an access token, a malformed and a forged one', async () => {
    for (const token of [ada.token, 'abc.def.ghi', `${ada.refreshToken.slice(0, -4)}AAAA`]) {
      const answer = await http()
        .post('/api/auth/refresh')
        .set('Authorization', `Bearer ${token}`)
        .send({})
        .expect(401);
      expect(answer.body).toMatchObject({ ...FAILURE, msg: expect.any(String) as string });
    }
  });
});

describe('contract 2.4 GET /api/auth/me', () => {
  it('200 with the three settings that the app would otherwise overwrite', async () => {
    const { user } = (await http().get('/api/auth/me').set(ada.auth).expect(200)).body as Body;
    expect(user).toMatchObject({ id: ada.id, max_concurrent_trades: 9, default_leverage: 7, risk_per_trade: 12.5 });
  });

  it('10: a plan that ended counts as TRIAL and says so', async () => {
    const person = await makePerson(test.app);
    const plan = async (expiry: string) => {
      await test.db.query(
        `UPDATE users SET subscription_type = 'PREMIUM', subscription_expires_at = now() + $2::interval WHERE id = $1`,
        [person.id, expiry],
      );
      return ((await http().get('/api/auth/me').set(person.auth).expect(200)).body as Body).user;
    };
    expect(await plan('1 minute')).toMatchObject({
      subscription_type: 'PREMIUM',
      plan: 'premium',
      is_subscription_expired: false,
    });
    expect(await plan('-1 second')).toMatchObject({
      subscription_type: 'TRIAL',
      plan: 'trial',
      is_subscription_expired: true,
    });
  });

  it('rule 3: 401 for a refresh token, none, and nonsense', async () => {
    await http().get('/api/auth/me').expect(401);
    await http().get('/api/auth/me').set('Authorization', 'Bearer nonsense').expect(401);
    await http().get('/api/auth/me').set('Authorization', `Bearer ${ada.refreshToken}`).expect(401);
  });
});

describe('contract 2.5 /api/auth/verify-email', () => {
  it('GET shows a page and changes nothing; POST verifies once; 400 for missing, used and unknown tokens', async () => {
    await register({ email: 'v@example.com', password: 'secret words' });
    const token = await mailed('v@example.com');
    const page = await http().get('/api/auth/verify-email').query({ token, user_id: 1 }).expect(200);
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.headers['cache-control']).toBe('no-store');
    await login({ email: 'v@example.com', password: 'secret words' }).expect(403);
    const done = await http().post('/api/auth/verify-email').set('Accept', 'text/html').send({ token }).expect(200);
    expect(done.text).toContain('verzek-app://login');
    await login({ email: 'v@example.com', password: 'secret words' }).expect(200);
    for (const body of [{ token }, { token: 'x'.repeat(43) }, {}]) {
      expect((await http().post('/api/auth/verify-email').send(body).expect(400)).body).toMatchObject(FAILURE);
    }
    expect((await http().get('/api/auth/verify-email').expect(400)).body).toMatchObject(FAILURE);
  });

  it('the token lives 15 minutes, serves one purpose, and is stored as a hash', async () => {
    await register({ email: 'w@example.com', password: 'secret words' });
    const token = await mailed('w@example.com');
    const row = await test.db.first<{ minutes: string; token_hash: string }>(
      `SELECT extract(epoch FROM expires_at - created_at) / 60 AS minutes, token_hash FROM one_time_tokens
       ORDER BY id DESC LIMIT 1`,
    );
    expect(Number(row?.minutes)).toBe(15);
    expect(row?.token_hash).not.toContain(token);
    await http().post('/api/auth/reset-password').send({ token, new_password: 'another' }).expect(400);
    await test.db.query(`UPDATE one_time_tokens SET expires_at = now() - interval '1 second'`);
    await http().post('/api/auth/verify-email').send({ token }).expect(400);
  });
});

describe('contract 2.6 POST /api/auth/resend-verification', () => {
  it('200 for known, unknown and verified addresses alike; 400 without address and token', async () => {
    const resend = (body: object) => http().post('/api/auth/resend-verification').send(body);
    const answers = await Promise.all(
      ['w@example.com', 'nobody@example.com', ada.email].map((email) => resend({ email }).expect(200)),
    );
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    await resend({}).expect(400);
  });

  it('older app: no body, the access token instead', async () => {
    const { access_token } = (await register({ email: 'x@example.com', password: 'secret words' })).body as Body;
    await mailed('x@example.com');
    const count = () => test.mail.sent.filter(({ target }) => target === 'x@example.com').length;
    const before = count();
    await http()
      .post('/api/auth/resend-verification')
      .set('Authorization', `Bearer ${String(access_token)}`)
      .expect(200);
    await eventually(() => count() > before);
  });
});

describe('contract 2.7 and 2.8, the forgotten password', () => {
  it('200 for known and unknown addresses, 400 without; a page with deep link and form; POST ends every session', async () => {
    const person = await makePerson(test.app);
    const forgot = (body: object) => http().post('/api/auth/forgot-password').send(body);
    const known = await forgot({ email: person.email }).expect(200);
    const unknown = await forgot({ email: 'nobody@example.com' }).expect(200);
    expect(known.text).toBe(unknown.text);
    await forgot({}).expect(400);
    const token = await mailed(person.email);
    const page = await http().get('/api/auth/reset-password').query({ token, user_id: person.id }).expect(200);
    expect(page.text).toContain(`verzek-app://reset-password?token=${token}&#38;user_id=${person.id}`);
    expect(page.text).toContain('<form');
    await http().get('/api/auth/reset-password').expect(400);
    const reset = (body: object) => http().post('/api/auth/reset-password').send(body);
    await reset({ token }).expect(400);
    await reset({ token, new_password: '1234567' }).expect(400);
    await reset({ token, password: 'by the alias' }).expect(200);
    await reset({ token, new_password: 'once more' }).expect(400);
    await http().get('/api/auth/me').set(person.auth).expect(401);
    await http().post('/api/auth/refresh').set('Authorization', `Bearer ${person.refreshToken}`).send({}).expect(401);
    await login({ email: person.email, password: 'by the alias' }).expect(200);
  });
});

describe('contract 2.9 X-API-KEY and 2.10', () => {
  it('absent: normal; right: normal; wrong: 401 on register and login; elsewhere never looked at', async () => {
    const credentials = { email: ada.email, password: PASSWORD };
    await login(credentials).set('X-API-KEY', TEST_SECRETS.API_KEY).expect(200);
    expect((await login(credentials).set('X-API-KEY', 'wrong').expect(401)).body).toMatchObject(FAILURE);
    await register({ email: 'k@example.com', password: 'secret words' }).set('X-API-KEY', 'wrong').expect(401);
    await http().get('/api/auth/me').set(ada.auth).set('X-API-KEY', 'wrong').expect(200);
    await http().get('/api/auth/me').set('X-API-KEY', TEST_SECRETS.API_KEY).expect(401);
  });

  it('2.10 GET /api/auth/check-verification', async () => {
    const answer = await http().get('/api/auth/check-verification').set(ada.auth).expect(200);
    expect(answer.body).toMatchObject({ email: ada.email, email_verified: true, verification_required: true });
    const fresh = await makePerson(test.app, { isVerified: false });
    const waiting = await http().get('/api/auth/check-verification').set(fresh.auth).expect(200);
    expect(waiting.body).toMatchObject({ email: fresh.email, email_verified: false });
  });
});
