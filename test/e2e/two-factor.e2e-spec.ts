/**
 * The second factor over HTTP: switching it on and off, signing in with it, recovery codes, and the acts that ask for it
 * again. A code works once, whatever comes at the same time.
 */
import request from 'supertest';
import { totpCode, totpStep } from '../../src/domain/sign-in/totp.js';
import { PasswordService } from '../../src/modules/auth/password.service.js';
import { makePerson, PASSWORD, type Person } from '../factories/people.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';

type Body = Record<string, never>;

let test: TestApplication;
const http = () => request(test.app.getHttpServer());
const post = (path: string, person: Person, body: object = {}) => http().post(path).set(person.auth).send(body);
const login = (email: string, mfa_token?: string) =>
  http().post('/api/auth/login').send({ email, password: PASSWORD, mfa_token });

beforeAll(async () => {
  test = await startTestApplication();
});

afterAll(() => test.close());

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function bytesOf(base32: string): Buffer {
  const bits = [...base32].map((sign) => ALPHABET.indexOf(sign).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}

interface Guarded extends Person {
  readonly secret: Buffer;
  readonly recoveryCodes: readonly string[];
}

/** A person with a second factor, whose present code has not been used. */
async function guarded(): Promise<Guarded> {
  const person = await makePerson(test.app);
  const secret = bytesOf(((await post('/api/auth/2fa/enroll', person).expect(200)).body as { secret: string }).secret);
  const mfa_token = totpCode(secret, totpStep(new Date()));
  const { body } = await post('/api/auth/2fa/confirm', person, { mfa_token }).expect(200);
  return { ...person, secret, recoveryCodes: (body as { recovery_codes: string[] }).recovery_codes };
}

/** A code that was not used: time is too slow for tests, so what was used is forgotten. */
async function freshCode({ id, secret }: Guarded): Promise<string> {
  await test.db.query('UPDATE two_factors SET last_step = 0 WHERE user_id = $1', [id]);
  return totpCode(secret, totpStep(new Date()));
}

/** Whatever the session showed, it was long ago. */
const forget = ({ id }: Person) =>
  test.db.query(`UPDATE sessions SET authenticated_at = now() - interval '6 minutes' WHERE user_id = $1`, [id]);

const mailsTo = (address: string) => test.mail.sent.filter(({ target }) => target === address);

describe('switching it on', () => {
  it('tells secret, URI and picture once, counts after the first code, and ends the other sessions', async () => {
    const person = await makePerson(test.app);
    const other = (await login(person.email)).body as Body;
    const { body } = await post('/api/auth/2fa/enroll', person).expect(200);
    const { secret, otpauth_uri, qr_code } = body as { secret: string; otpauth_uri: string; qr_code: string };
    expect(new URL(otpauth_uri).searchParams.get('secret')).toBe(secret);
    expect(Buffer.from(qr_code.split(',')[1] ?? '', 'base64').toString()).toMatch(/^<\?xml|^<svg/);
    await login(person.email).expect(200);
    await post('/api/auth/2fa/confirm', person, { mfa_token: '000000' }).then(({ status }) => expect(status).toBe(400));
    const mfa_token = totpCode(bytesOf(secret), totpStep(new Date()));
    const confirmed = await post('/api/auth/2fa/confirm', person, { mfa_token }).expect(200);
    expect(new Set((confirmed.body as { recovery_codes: string[] }).recovery_codes).size).toBe(10);
    expect((await http().get('/api/auth/2fa').set(person.auth)).body).toMatchObject({
      mfa_enabled: true,
      recovery_codes_left: 10,
    });
    await http()
      .post('/api/auth/refresh')
      .set({ Authorization: `Bearer ${String(other.refresh_token)}` })
      .expect(401);
    await post('/api/auth/2fa/enroll', person).expect(409);
    await eventually(() => mailsTo(person.email).some(({ message }) => message.text.includes('switched on')));
    const rows = await test.db.query<{ text: string }>('SELECT * FROM two_factors t, recovery_codes c');
    expect(JSON.stringify(rows)).not.toContain(secret);
  });

  it('50 at once: one success', async () => {
    const person = await makePerson(test.app);
    const { secret } = (await post('/api/auth/2fa/enroll', person)).body as { secret: string };
    const mfa_token = totpCode(bytesOf(secret), totpStep(new Date()));
    const tries = Array.from({ length: 50 }, () => post('/api/auth/2fa/confirm', person, { mfa_token }));
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, ...Array.from({ length: 49 }, () => 409)]);
  });

  it('too late, and for nothing', async () => {
    const person = await makePerson(test.app);
    await post('/api/auth/2fa/confirm', person, { mfa_token: '123456' }).expect(409);
    const { secret } = (await post('/api/auth/2fa/enroll', person)).body as { secret: string };
    await test.db.query(`UPDATE two_factors SET created_at = now() - interval '16 minutes' WHERE user_id = $1`, [
      person.id,
    ]);
    const mfa_token = totpCode(bytesOf(secret), totpStep(new Date()));
    await post('/api/auth/2fa/confirm', person, { mfa_token }).expect(409);
    await post('/api/auth/2fa/recovery-codes', person).expect(409);
    await post('/api/auth/2fa/disable', person).expect(409);
  });
});

describe('signing in with it', () => {
  it('asks for it after the right password only, and tells the user that it is on', async () => {
    const ada = await guarded();
    const asked = await login(ada.email).expect(401);
    expect(asked.body).toMatchObject({ ok: false, code: 'MFA_REQUIRED', mfa_required: true });
    const wrong = await http().post('/api/auth/login').send({ email: ada.email, password: 'wrong', mfa_token: '1' });
    expect(wrong.body).toMatchObject({ code: 'WRONG_CREDENTIALS' });
    expect((await login(ada.email, '000000')).body).toMatchObject({ code: 'MFA_REFUSED', mfa_required: true });
    const { body } = await login(ada.email, await freshCode(ada)).expect(200);
    expect((body as Body).user).toMatchObject({ mfa_enabled: true });
  });

  it('10 at once with one code: one success; and never again', async () => {
    const ada = await guarded();
    const code = await freshCode(ada);
    const answers = await Promise.all(Array.from({ length: 10 }, () => login(ada.email, code)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 401)]);
    await login(ada.email, code).expect(401);
  });

  it('a code older than one that was used is refused', async () => {
    const ada = await guarded();
    const step = totpStep(new Date());
    await test.db.query('UPDATE two_factors SET last_step = $2 WHERE user_id = $1', [ada.id, step + 1]);
    await login(ada.email, totpCode(ada.secret, step)).expect(401);
  });

  it('a recovery code works once, as people type it, and new ones end the old', async () => {
    const ada = await guarded();
    const [first = '', second = ''] = ada.recoveryCodes;
    const typed = ` ${first.toUpperCase().replace(/-/g, ' ')}`;
    const answers = await Promise.all(Array.from({ length: 5 }, () => login(ada.email, typed)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401, 401]);
    await eventually(() => mailsTo(ada.email).some(({ message }) => message.text.includes('9 are left')));
    await post('/api/auth/2fa/recovery-codes', ada).expect(200);
    await login(ada.email, second).expect(401);
  });

  it('is not skipped by a reset, nor by the other user’s secret', async () => {
    const [ada, bob] = [await guarded(), await guarded()];
    await http().post('/api/auth/forgot-password').send({ email: ada.email }).expect(200);
    const token = await eventually(() =>
      mailsTo(ada.email)
        .map(({ message }) => /token=([\w-]+)/.exec(message.text)?.[1])
        .find(Boolean),
    );
    await http().post('/api/auth/reset-password').send({ token, new_password: PASSWORD }).expect(200);
    expect((await login(ada.email)).body).toMatchObject({ code: 'MFA_REQUIRED' });
    await test.db.query(
      `UPDATE two_factors SET secret = (SELECT secret FROM two_factors WHERE user_id = $2), last_step = 0 WHERE user_id = $1`,
      [ada.id, bob.id],
    );
    expect((await login(ada.email, await freshCode(bob))).status).toBe(500);
  });

  it('switched on while a sign-in without it is under way: that one is asked for it', async () => {
    const person = await makePerson(test.app);
    const { secret } = (await post('/api/auth/2fa/enroll', person)).body as { secret: string };
    const passwords = test.app.get(PasswordService);
    const check = passwords.check.bind(passwords);
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    let held = false;
    passwords.check = async (...parts) => {
      const matches = await check(...parts);
      held = true;
      await gate;
      return matches;
    };
    const late = login(person.email).then((answer) => answer);
    await eventually(() => held);
    passwords.check = check;
    const mfa_token = totpCode(bytesOf(secret), totpStep(new Date()));
    await post('/api/auth/2fa/confirm', person, { mfa_token }).expect(200);
    go();
    expect((await late).body).toMatchObject({ code: 'MFA_REQUIRED' });
    const live = await test.db.query('SELECT 1 FROM sessions WHERE user_id = $1 AND revoked_at IS NULL', [person.id]);
    expect(live).toHaveLength(1);
  });

  it('lost altogether: an administrator switches it off, who shows his own first; the user is told', async () => {
    const [ada, admin] = [await guarded(), await makePerson(test.app, { role: 'admin' })];
    const path = (id: number) => `/api/admin/users/${id}/2fa/disable`;
    await forget(admin);
    await post(path(ada.id), admin).expect(403);
    await post(path(ada.id), admin, { password: PASSWORD }).expect(200);
    await post(path(ada.id), admin).expect(409);
    await post(path(admin.id), admin).expect(409);
    await login(ada.email).expect(200);
    await eventually(() => mailsTo(ada.email).some(({ message }) => message.text.includes('switched off')));
    const trail = await test.db.first(
      `SELECT actor_id FROM audit_events WHERE subject = $1 AND action = 'auth.two_factor_off'`,
      [`user:${ada.id}`],
    );
    expect(trail).toEqual({ actor_id: admin.id });
  });
});

describe('acts that ask again', () => {
  const keys = { exchange: 'bybit', api_key: 'step-up-test-key-0001', api_secret: 'step-up-test-secret-0001' };

  it('exchange keys: the second factor, in header or body, shown in the last five minutes of this session', async () => {
    const ada = await guarded();
    const path = `/api/users/${ada.id}/exchanges`;
    await forget(ada);
    const asked = await post(path, ada, keys).expect(403);
    expect(asked.body).toMatchObject({ code: 'STEP_UP_REQUIRED', mfa_required: true });
    const refused = await post(path, ada, { ...keys, password: PASSWORD, mfa_token: '000000' }).expect(403);
    expect(refused.body).toMatchObject({ code: 'STEP_UP_REFUSED', mfa_required: true });
    const added = await post(path, ada, keys)
      .set({ 'X-MFA-Token': await freshCode(ada) })
      .expect(201);
    const { exchange_id } = added.body as { exchange_id: number };
    await http().delete(`${path}/${exchange_id}`).set(ada.auth).expect(200);
    await forget(ada);
    await http().delete(`${path}?exchange_id=${exchange_id}`).set(ada.auth).expect(403);
    await post('/api/auth/step-up', ada, { mfa_token: await freshCode(ada) }).expect(200);
    await http().delete(`${path}?exchange_id=${exchange_id}`).set(ada.auth).expect(404);
  });

  it('those without one are asked for the password where the app knows it, not for keys', async () => {
    const person = await makePerson(test.app);
    await forget(person);
    await post(`/api/users/${person.id}/exchanges`, person, keys).expect(201);
    const asked = await post('/api/auth/2fa/enroll', person).expect(403);
    expect(asked.body).toMatchObject({ code: 'STEP_UP_REQUIRED', password_required: true });
    await post('/api/auth/2fa/enroll', person, { password: 'wrong' }).expect(403);
    await post('/api/auth/2fa/enroll', person, { password: PASSWORD }).expect(200);
    const admin = await makePerson(test.app, { role: 'admin' });
    await forget(admin);
    const own = await post(`/api/users/${admin.id}/exchanges`, admin, keys).expect(403);
    expect(own.body).toMatchObject({ code: 'STEP_UP_REQUIRED', password_required: true });
    await post(`/api/users/${person.id}/exchanges`, admin, { ...keys, password: PASSWORD }).expect(403);
    await post(`/api/users/${admin.id}/exchanges`, admin, { ...keys, password: PASSWORD }).expect(201);
    await forget(person);
    await post('/api/auth/step-up', person).expect(403);
    await post('/api/auth/step-up', person, { password: PASSWORD }).expect(200);
    await post('/api/auth/2fa/enroll', person).expect(200);
  });

  it('switching it off: the password is not enough; afterwards signing in asks no more', async () => {
    const ada = await guarded();
    await forget(ada);
    await post('/api/auth/2fa/disable', ada, { password: PASSWORD }).expect(403);
    await post('/api/auth/2fa/disable', ada, { mfa_token: ada.recoveryCodes[0] }).expect(200);
    await login(ada.email).expect(200);
    const left = await test.db.query('SELECT 1 FROM two_factors WHERE user_id = $1', [ada.id]);
    expect(left).toEqual([]);
  });
});
