/**
 * Rate limits over HTTP: the general one of every route, and those of signing in, by account and by address.
 */
import { createHash } from 'node:crypto';
import { jest } from '@jest/globals';
import { JwtService } from '@nestjs/jwt';
import request from 'supertest';
import { AccessTokensRepository } from '../../src/modules/access-tokens/access-tokens.repository.js';
import { makePerson, PASSWORD, type Person } from '../factories/people.js';
import { startTestApplication, TEST_SECRETS, type TestApplication } from '../support/application.js';

const LIMITED = { RATE_LIMIT_ENABLED: 'true', TRUSTED_PROXIES: '127.0.0.1,::1,::ffff:127.0.0.1' };

let test: TestApplication;
let addresses = 0;
const from = (address: string) => ({ 'X-Forwarded-For': address });
const fresh = () => from(`198.51.100.${(addresses += 1)}`);
const http = () => request(test.app.getHttpServer());

async function start(env: Readonly<Record<string, string>>): Promise<void> {
  test = await startTestApplication({ env: { ...LIMITED, ...env } });
}

afterEach(() => test.close());

describe('RATE_LIMIT_API_PER_MINUTE', () => {
  it('counts by user where one is signed in, else by address; service tokens are free', async () => {
    await start({ RATE_LIMIT_API_PER_MINUTE: '10', RATE_LIMIT_LOGIN_PER_MINUTE: '1000' });
    const [ada, bob] = [await makePerson(test.app), await makePerson(test.app)];
    const me = (person: Person, header = fresh()) => http().get('/api/auth/me').set(person.auth).set(header);
    for (let count = 0; count < 10; count += 1) await me(ada).expect(200);
    const refused = await me(ada).expect(429);
    expect(refused.body).toMatchObject({ ok: false, code: 'TOO_MANY_REQUESTS' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await me(bob).expect(200);

    const stranger = fresh();
    for (let count = 0; count < 10; count += 1) await http().get('/api/plans').set(stranger).expect(200);
    await http().get('/api/plans').set(stranger).expect(429);
    await http().get('/api/plans').set(fresh()).expect(200);
    await me(bob, stranger).expect(200);

    const service = { 'X-INTERNAL-TOKEN': TEST_SECRETS.HOUSE_ENGINE_TOKEN };
    for (let count = 0; count < 12; count += 1) {
      await http().post('/api/signals/stop-loss').set(stranger).set(service).send({ signal_id: 1 }).expect(404);
    }
  });
});

describe('credentials that are not good', () => {
  it('spend the points of their address, then are 429 before any look-up; good ones from there are not hurt', async () => {
    await start({ RATE_LIMIT_API_PER_MINUTE: '20', RATE_LIMIT_LOGIN_PER_MINUTE: '1000' });
    const [ada, bob] = [await makePerson(test.app), await makePerson(test.app)];
    const wish = { name: 'bot', scopes: ['read'] };
    const { body } = await http().post('/api/access-tokens').set(fresh()).set(ada.auth).send(wish).expect(201);
    const program = { Authorization: `Bearer ${(body as { secret: string }).secret}` };
    const network = fresh();
    const me = (auth: object) =>
      http()
        .get('/api/auth/me')
        .set({ ...network, ...auth });
    await me(program).expect(200);
    const tokens = test.app.get(AccessTokensRepository);
    const find = jest.spyOn(tokens, 'find');
    const made = (n: number) => ({ Authorization: `Bearer vzk_${String(n).padStart(10, '0')}_${'A'.repeat(43)}` });
    const statuses: number[] = [];
    for (let n = 0; n < 40; n += 1) statuses.push((await me(made(n))).status);
    expect(statuses).toEqual([...Array<number>(20).fill(401), ...Array<number>(20).fill(429)]);
    expect(find).toHaveBeenCalledTimes(21);
    await me({ Authorization: 'Bearer not.a.token' }).expect(429);
    await me({}).expect(429);
    const exp = Math.floor(Date.now() / 1_000) - 60;
    const claims = { sub: String(ada.id), type: 'access', sid: 'x', gen: 0, iat: exp - 60, nbf: exp - 60, exp };
    const expired = new JwtService().sign(claims, { secret: TEST_SECRETS.JWT_SECRET, algorithm: 'HS256' });
    const late = await me({ Authorization: `Bearer ${expired}` }).expect(401);
    expect(late.body).toMatchObject({ code: 'TOKEN_EXPIRED' });
    const refresh = () => http().post('/api/auth/refresh').set(network);
    await refresh().set('Authorization', `Bearer ${bob.refreshToken}`).expect(200);
    await refresh().send({ refresh_token: ada.refreshToken }).expect(200);
    for (const junk of [bob.token, `${bob.refreshToken.slice(0, -4)}AAAA`, 'not.a.token']) {
      await refresh().set('Authorization', `Bearer ${junk}`).expect(429);
      await refresh().send({ refresh_token: junk }).expect(429);
    }
    await refresh().expect(429);
    for (const good of [program, bob.auth, ada.auth]) await me(good).expect(200);
    await http().get('/api/auth/me').set(fresh()).set(made(1)).expect(401);
  });
});

describe('refreshing', () => {
  it('is limited by session, wherever its token is shown, and does not spend the points of the address', async () => {
    await start({ RATE_LIMIT_API_PER_MINUTE: '10', RATE_LIMIT_LOGIN_PER_MINUTE: '1000' });
    const [ada, bob] = [await makePerson(test.app), await makePerson(test.app)];
    const network = fresh();
    const refresh = (person: Person, header = network) =>
      http().post('/api/auth/refresh').set(header).set('Authorization', `Bearer ${person.refreshToken}`);
    for (let count = 0; count < 10; count += 1) await refresh(ada).expect(200);
    for (const header of [network, fresh()]) await refresh(ada, header).expect(429);
    await http().post('/api/auth/refresh').set(network).send({ refresh_token: ada.refreshToken }).expect(429);
    await refresh(bob).expect(200);
    await http().get('/api/plans').set(network).expect(200);
  });
});

describe('limits of signing in', () => {
  const login = (email: string, password: string, header: Readonly<Record<string, string>>) =>
    http().post('/api/auth/login').set(header).send({ email, password });

  it('an account is guarded against many addresses, and its owner still gets in', async () => {
    await start({ RATE_LIMIT_LOGIN_PER_MINUTE: '1' });
    const home = fresh();
    const ada = await makePerson(test.app);
    await test.db.query('UPDATE sessions SET address = $2 WHERE user_id = $1', [ada.id, home['X-Forwarded-For']]);
    for (const email of [ada.email, 'nobody@example.com']) {
      const tries = await Promise.all(Array.from({ length: 12 }, () => login(email, 'wrong', fresh())));
      const statuses = tries.map(({ status }) => status);
      expect(new Set(statuses)).toEqual(new Set([401, 429]));
      await login(email, PASSWORD, fresh()).expect(429);
    }
    await login(ada.email, PASSWORD, home).expect(200);
  });

  it('an IPv6 network counts as one address', async () => {
    await start({ RATE_LIMIT_LOGIN_PER_MINUTE: '1' });
    await login('a@example.com', 'wrong', from('2001:db8::1')).expect(401);
    await login('a@example.com', 'wrong', from('2001:db8::2:3')).expect(429);
    await login('a@example.com', 'wrong', from('2001:db8:0:1::1')).expect(401);
  });

  it('verification mails that others ask for do not stop the owner’s reset', async () => {
    await start({ RATE_LIMIT_MAIL_PER_HOUR: '2' });
    const ada = await makePerson(test.app);
    const ask = (path: string, header: Readonly<Record<string, string>>) =>
      http().post(`/api/auth/${path}`).set(header).send({ email: ada.email });
    const stranger = fresh();
    for (const status of [200, 200, 429]) await ask('resend-verification', stranger).expect(status);
    await ask('forgot-password', stranger).expect(200);
    for (let count = 0; count < 3; count += 1) await ask('forgot-password', fresh()).expect(200);
    const home = fresh();
    for (const status of [200, 200, 429]) await ask('forgot-password', home).expect(status);
    for (let count = 0; count < 3; count += 1) await ask('forgot-password', fresh());
    await ask('forgot-password', fresh()).expect(429);
    const known = fresh();
    await test.db.query('UPDATE sessions SET address = $2 WHERE user_id = $1', [ada.id, known['X-Forwarded-For']]);
    await ask('forgot-password', known).expect(200);
  });

  it('a puzzle, where one is asked for: at registering, and at signing in after refusals; each opens one door', async () => {
    await start({ CAPTCHA_AT: 'register,login', CAPTCHA_POW_BITS: '6', RATE_LIMIT_LOGIN_PER_MINUTE: '1' });
    const solve = async () => {
      const { body } = await http().get('/api/captcha/generate').expect(200);
      const { captcha_hash, challenge } = body as { captcha_hash: string; challenge: { prefix: string } };
      for (let n = 0; ; n += 1) {
        const digest = createHash('sha256').update(`${challenge.prefix}:${n}`).digest();
        if ((digest[0] ?? 255) < 4) return { captcha_hash, captcha_text: String(n), wrong: wrongFor(challenge.prefix) };
      }
    };
    // One text in 64 would be right by chance.
    const wrongFor = (prefix: string) =>
      ['no', 'nor', 'none', 'never'].find(
        (text) => (createHash('sha256').update(`${prefix}:${text}`).digest()[0] ?? 0) >= 4,
      );
    const register = (email: string, more: object) =>
      http()
        .post('/api/auth/register')
        .set(fresh())
        .send({ email, password: 'long enough', ...more });
    const asked = await register('new@example.com', {}).expect(400);
    expect(asked.body).toMatchObject({ code: 'CAPTCHA_REQUIRED', captcha_required: true });
    const { wrong, ...solved } = await solve();
    const { captcha_hash } = solved;
    await register('new@example.com', { captcha_hash, captcha_text: wrong }).expect(400);
    await register('new@example.com', { ...solved, captcha_hash: `${captcha_hash.slice(0, -4)}AAAA` }).expect(400);
    for (const body of [solved, solved]) await http().post('/api/captcha/verify').send(body).expect(200);
    await register('new@example.com', solved).expect(201);
    expect((await register('two@example.com', solved).expect(400)).body).toMatchObject({ code: 'CAPTCHA_WRONG' });
    const { wrong: another, ...spent } = await solve();
    for (let count = 0; count < 5; count += 1) {
      await http()
        .post('/api/captcha/verify')
        .send({ ...spent, captcha_text: another })
        .expect(400);
    }
    await register('two@example.com', spent).expect(400);

    const ada = await makePerson(test.app);
    const guess = (header: Readonly<Record<string, string>>) => login(ada.email, 'wrong', header);
    for (let count = 0; count < 5; count += 1) await guess(fresh()).expect(401);
    expect((await login(ada.email, PASSWORD, fresh()).expect(400)).body).toMatchObject({ code: 'CAPTCHA_REQUIRED' });
    const { captcha_hash: hash, captcha_text } = await solve();
    await http()
      .post('/api/auth/login')
      .set(fresh())
      .send({ email: ada.email, password: PASSWORD, captcha_hash: hash, captcha_text })
      .expect(200);
  });

  it('showing tokens is limited by address', async () => {
    await start({ RATE_LIMIT_LOGIN_PER_MINUTE: '1' });
    const stranger = fresh();
    const body = { token: 'x'.repeat(43), new_password: 'long enough' };
    const show = (path: string) => http().post(`/api/auth/${path}`).set(stranger).send(body);
    for (const path of ['reset-password', 'verify-email', 'reset-password']) await show(path).expect(400);
    await show('reset-password').expect(429);
    await show('verify-email').expect(429);
  });
});

describe('webhooks', () => {
  it('are tried out ten times an hour by one owner, over all of them', async () => {
    await start({ WEBHOOK_ALLOW_LOOPBACK: 'true' });
    const [ada, bob] = [await makePerson(test.app), await makePerson(test.app)];
    const wish = { url: 'http://127.0.0.1:9/', events: ['payment.paid'] };
    const make = async (who: Person) => {
      const { body } = await http().post('/api/webhooks').set(who.auth).send(wish).expect(201);
      return (body as { webhook: { id: number } }).webhook.id;
    };
    const [first, second, other] = [await make(ada), await make(ada), await make(bob)];
    const attempt = (who: Person, id: number) => http().post(`/api/webhooks/${id}/test`).set(who.auth);
    for (let count = 0; count < 5; count += 1) {
      for (const id of [first, second]) await attempt(ada, id).expect(200);
    }
    expect((await attempt(ada, second).expect(429)).headers['retry-after']).toBeDefined();
    await attempt(bob, other).expect(200);
    await attempt(bob, first).expect(404);
  });
});
