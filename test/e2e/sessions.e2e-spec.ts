/**
 * What ends a session ends it at once and for everybody who was on the way in: resets, logouts, disabled users,
 * one-time tokens asked for at the same time.
 */
import bcrypt from 'bcrypt';
import request from 'supertest';
import { PasswordService } from '../../src/modules/auth/password.service.js';
import { UserAccess } from '../../src/modules/auth/user-access.service.js';
import { makePerson, PASSWORD, type Person } from '../factories/people.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';

let test: TestApplication;
const http = () => request(test.app.getHttpServer());
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const me = (auth: { Authorization: string }) => http().get('/api/auth/me').set(auth);
const login = (email: string, password = PASSWORD) => http().post('/api/auth/login').send({ email, password });
const reset = (token: string, new_password: string) =>
  http().post('/api/auth/reset-password').send({ token, new_password });

beforeAll(async () => {
  test = await startTestApplication();
});

afterAll(() => test.close());

const mailsTo = (address: string) => test.mail.sent.filter(({ target }) => target === address);

const tokensOf = (address: string) =>
  mailsTo(address).map(({ message }) => /token=([\w-]+)/.exec(message.text)?.[1] ?? '');

async function forgot(person: Person): Promise<string> {
  const before = mailsTo(person.email).length;
  await http().post('/api/auth/forgot-password').send({ email: person.email }).expect(200);
  await eventually(() => mailsTo(person.email).length > before);
  return tokensOf(person.email).at(-1) ?? '';
}

/** Holds every password check that begins from now on, after its work, until `release`. */
function holdChecks(): { begun: () => number; release: () => void } {
  const passwords = test.app.get(PasswordService);
  const check = passwords.check.bind(passwords);
  let begun = 0;
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  passwords.check = async (password, storedHash) => {
    const matches = await check(password, storedHash);
    begun += 1;
    await gate;
    return matches;
  };
  return {
    begun: () => begun,
    release: () => {
      passwords.check = check;
      release();
    },
  };
}

describe('a sign-in that is under way', () => {
  it('with the old password leaves no session when the password is reset meanwhile', async () => {
    const person = await makePerson(test.app);
    const token = await forgot(person);
    const held = holdChecks();
    const late = Promise.all([1, 2, 3].map(() => login(person.email).then((answer) => answer)));
    await eventually(() => held.begun() === 3);
    await reset(token, 'quite another one').expect(200);
    held.release();
    expect((await late).map(({ status }) => status)).toEqual([401, 401, 401]);
    const live = await test.db.query('SELECT 1 FROM sessions WHERE user_id = $1 AND revoked_at IS NULL', [person.id]);
    expect(live).toEqual([]);
    await login(person.email, 'quite another one').expect(200);
  });

  it('of a user who is disabled meanwhile is refused', async () => {
    const person = await makePerson(test.app);
    const held = holdChecks();
    const late = login(person.email).then((answer) => answer);
    await eventually(() => held.begun() === 1);
    await test.db.query('UPDATE users SET disabled_at = now() WHERE id = $1', [person.id]);
    held.release();
    expect((await late).status).toBe(401);
  });

  it('survives that another sign-in renews an outdated hash at the same time', async () => {
    const person = await makePerson(test.app);
    const old = await bcrypt.hash('abcd', 4);
    await test.db.query('UPDATE users SET password_hash = $2 WHERE id = $1', [person.id, old]);
    const held = holdChecks();
    const both = Promise.all([1, 2].map(() => login(person.email, 'abcd').then((answer) => answer)));
    await eventually(() => held.begun() === 2);
    held.release();
    expect((await both).map(({ status }) => status)).toEqual([200, 200]);
  });
});

describe('a session', () => {
  const claims = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { exp: number };
  const end = async (person: Person) =>
    (await test.db.first<{ at: Date; address: string }>(
      'SELECT expires_at AS at, address FROM sessions WHERE user_id = $1',
      [person.id],
    )) ?? { at: new Date(0), address: '' };

  it('lives as long as its newest refresh token says', async () => {
    const person = await makePerson(test.app);
    expect(claims(person.refreshToken).exp).toBe(Math.floor((await end(person)).at.getTime() / 1_000));
    await test.db.query(
      `UPDATE sessions SET expires_at = now() + interval '1 hour', address = '203.0.113.9' WHERE user_id = $1`,
      [person.id],
    );
    const answer = await http().post('/api/auth/refresh').send({ refresh_token: person.refreshToken }).expect(200);
    const after = await end(person);
    const { exp } = claims((answer.body as { refresh_token: string }).refresh_token);
    expect(exp).toBe(Math.floor(after.at.getTime() / 1_000));
    expect(after.at.getTime() - Date.now()).toBeGreaterThan(29 * 86_400_000);
    expect(after.address).toContain('127.0.0.1');
  });

  it('is made with its account, or neither is', async () => {
    const given = { email: 'half@example.com', password: 'long enough' };
    const register = () => http().post('/api/auth/register').send(given);
    for (const broken of ['sessions', 'one_time_tokens']) {
      await test.db.query(`ALTER TABLE ${broken} ADD CONSTRAINT ck_broken CHECK (false) NOT VALID`);
      await register().expect(500);
      await test.db.query(`ALTER TABLE ${broken} DROP CONSTRAINT ck_broken`);
    }
    expect(await test.db.query('SELECT id FROM users WHERE email = $1', [given.email])).toEqual([]);
    await register().expect(201);
    await register().expect(400);
  });
});

describe('what ends a session', () => {
  it('is known to the replica that ended it before it answers', async () => {
    for (let round = 0; round < 20; round += 1) {
      const person = await makePerson(test.app);
      await me(person.auth).expect(200);
      await http()
        .post(round % 2 === 0 ? '/api/auth/logout' : '/api/auth/logout-all')
        .set(person.auth)
        .expect(200);
      expect((await me(person.auth)).status).toBe(401);
    }
  });

  it('counts for asking the verification mail by access token too', async () => {
    const person = await makePerson(test.app, { isVerified: false });
    await http().post('/api/auth/logout').set(person.auth).expect(200);
    await http().post('/api/auth/resend-verification').set(person.auth).expect(401);
  });
});

describe('a disabled user', () => {
  let admin: Person;
  const disable = (id: number, word = 'disable') => http().post(`/api/admin/users/${id}/${word}`).set(admin.auth);

  beforeAll(async () => {
    admin = await makePerson(test.app, { role: 'admin' });
  });

  it('is refused at once everywhere, and may come back', async () => {
    const person = await makePerson(test.app);
    const token = await forgot(person);
    await me(person.auth).expect(200);
    await disable(person.id).send({ reason: 'charge-back' }).expect(200);
    await me(person.auth).expect(401);
    await http().post('/api/auth/refresh').set(bearer(person.refreshToken)).send({}).expect(401);
    await http().post('/api/auth/refresh').send({ refresh_token: person.refreshToken }).expect(401);
    await login(person.email).expect(401);
    await reset(token, 'quite another one').expect(400);
    await disable(person.id).expect(200);
    await disable(person.id, 'enable').expect(200);
    await me(person.auth).expect(401);
    await login(person.email).expect(200);
    const rows = await test.db.query<{ action: string; reason: string | null }>(
      `SELECT action, after->>'reason' AS reason FROM audit_events WHERE subject = $1 AND actor_id = $2 ORDER BY id`,
      [`user:${person.id}`, admin.id],
    );
    expect(rows).toEqual([
      { action: 'user.disable', reason: 'charge-back' },
      { action: 'user.enable', reason: null },
    ]);
  });

  it('and one with another role: at the next request, audited, never oneself', async () => {
    const person = await makePerson(test.app);
    const give = (id: number, role: string) => http().put(`/api/admin/users/${id}/role`).set(admin.auth).send({ role });
    const report = () => http().post('/api/signals/stop-loss').set(person.auth).send({ signal_id: 999_999 });
    await report().expect(403);
    await give(person.id, 'Provider').expect(200);
    await report().expect(404);
    await give(person.id, 'user').expect(200);
    await report().expect(403);
    await give(person.id, 'owner').expect(400);
    await give(77_777_777, 'provider').expect(404);
    await give(admin.id, 'user').expect(409);
    const rows = await test.db.query(
      `SELECT before->>'role' AS before, after->>'role' AS after FROM audit_events
       WHERE subject = $1 AND action = 'user.role' ORDER BY id`,
      [`user:${person.id}`],
    );
    expect(rows).toEqual([
      { before: 'user', after: 'provider' },
      { before: 'provider', after: 'user' },
    ]);
  });

  it('is nobody unknown, and not the administrator who asks', async () => {
    await disable(77_777_777).expect(404);
    await disable(admin.id).expect(409);
    await me(admin.auth).expect(200);
  });

  it('disabled by SQL is refused as soon as the change is announced, refresh at once', async () => {
    const person = await makePerson(test.app);
    await me(person.auth).expect(200);
    await test.db.query('UPDATE users SET disabled_at = now() WHERE id = $1', [person.id]);
    await http().post('/api/auth/refresh').set(bearer(person.refreshToken)).send({}).expect(401);
    await http().post('/api/auth/refresh').send({ refresh_token: person.refreshToken }).expect(401);
    await eventually(async () => (await me(person.auth)).status === 401, 2_000);
  });

  it.each(['role', 'verification'])('a change of %s by SQL is announced as well', async (what) => {
    const person = await makePerson(test.app, { role: 'admin' });
    const seen = async () => (await http().get('/api/admin/broadcasts').set(person.auth)).status;
    expect(await seen()).toBe(200);
    const change = what === 'role' ? `role = 'user'` : 'is_verified = false';
    await test.db.query(`UPDATE users SET ${change} WHERE id = $1`, [person.id]);
    await eventually(async () => (await seen()) === 403, 2_000);
  });
});

describe('tokens of mails', () => {
  const open = (person: Person, purpose: string) =>
    test.db.query('SELECT id FROM one_time_tokens WHERE user_id = $1 AND purpose = $2 AND used_at IS NULL', [
      person.id,
      purpose,
    ]);

  it('of one purpose: only the newest is alive, also when several are asked for at once', async () => {
    const person = await makePerson(test.app);
    await Promise.all(
      [1, 2, 3, 4].map(() => http().post('/api/auth/forgot-password').send({ email: person.email }).expect(200)),
    );
    await eventually(() => mailsTo(person.email).length === 4);
    expect(await open(person, 'password_reset')).toHaveLength(1);
    const answers: number[] = [];
    for (const token of tokensOf(person.email)) answers.push((await reset(token, 'quite another one')).status);
    expect(answers.sort()).toEqual([200, 400, 400, 400]);
  });

  it('are all ended by a change of the password', async () => {
    const person = await makePerson(test.app);
    await forgot(person);
    const hash = await test.app.get(PasswordService).hash('given by the operator');
    await test.app.get(UserAccess).promote(person.id, hash);
    expect(await open(person, 'password_reset')).toEqual([]);
    await me(person.auth).expect(401);
    await login(person.email, 'given by the operator').expect(200);
  });
});

describe('one’s own sessions', () => {
  interface Listed {
    readonly id: string;
    readonly device: string;
    readonly is_current: boolean;
  }
  const path = '/api/auth/sessions';
  const list = async (auth: { Authorization: string }) =>
    ((await http().get(path).set(auth).expect(200)).body as { sessions: Listed[] }).sessions;
  const phone = async (person: Person) => {
    const answer = await login(person.email).set({ 'User-Agent': 'okhttp/4.9.2' });
    return bearer((answer.body as { access_token: string }).access_token);
  };

  it('are listed with device and the present one, and ended one by one or all others', async () => {
    const person = await makePerson(test.app);
    const [first, second] = [await phone(person), await phone(person)];
    const seen = await list(first);
    expect(seen.map(({ device }) => device).sort()).toEqual(['App on Android', 'App on Android', 'Unknown device']);
    const current = seen.filter(({ is_current }) => is_current);
    expect(current).toHaveLength(1);
    const end = (id: string, auth: { Authorization: string }) => http().delete(`${path}/${id}`).set(auth);
    const stranger = await makePerson(test.app);
    await end(current[0]?.id ?? '', stranger.auth).expect(404);
    await end('nonsense', stranger.auth).expect(400);
    await end(current[0]?.id ?? '', second).expect(200);
    await end(current[0]?.id ?? '', second).expect(404);
    await me(first).expect(401);
    const others = await http().delete(path).set(second).expect(200);
    expect(others.body).toMatchObject({ ended: 1 });
    await me(person.auth).expect(401);
    await me(second).expect(200);
    expect(await list(second)).toHaveLength(1);
  });

  it('a sign-in from a device that is not known is told by mail, once, and not the first', async () => {
    const person = await makePerson(test.app);
    const alerts = () => mailsTo(person.email).filter(({ message }) => message.subject?.startsWith('New sign-in'));
    await login(person.email).set({ 'User-Agent': '<b>Firefox/127.0</b>' }).expect(200);
    await eventually(() => alerts().length === 1);
    expect(alerts()[0]?.message.html).toContain('Firefox');
    expect(alerts()[0]?.message.html).not.toContain('<b>');
    await login(person.email).set({ 'User-Agent': '<b>Firefox/127.0</b>' }).expect(200);
    await forgot(person);
    expect(alerts()).toHaveLength(1);
  });
});

describe('a change of password', () => {
  const change = (auth: { Authorization: string }, current_password: string, new_password: string) =>
    http().post('/api/auth/change-password').set(auth).send({ current_password, new_password });

  it('asks for the present one, ends other sessions and links, and keeps this one', async () => {
    const person = await makePerson(test.app);
    const other = (await login(person.email)).body as { access_token: string; refresh_token: string };
    const link = await forgot(person);
    expect((await change(person.auth, 'wrong', 'quite another one').expect(403)).body).toMatchObject({
      code: 'STEP_UP_REFUSED',
      password_required: true,
    });
    await change(person.auth, PASSWORD, 'short').expect(400);
    await change(person.auth, PASSWORD, 'quite another one').expect(200);
    await me(person.auth).expect(200);
    await me(bearer(other.access_token)).expect(401);
    await http().post('/api/auth/refresh').set(bearer(other.refresh_token)).send({}).expect(401);
    await reset(link, 'yet another one').expect(400);
    await login(person.email).expect(401);
    await login(person.email, 'quite another one').expect(200);
  });

  it('twice at once: one counts', async () => {
    const person = await makePerson(test.app);
    const both = await Promise.all(['first new one', 'second new one'].map((to) => change(person.auth, PASSWORD, to)));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 403]);
  });
});

describe('a change of address', () => {
  const propose = (person: Person, new_email: string, password = PASSWORD) =>
    http().post('/api/auth/change-email').set(person.auth).send({ new_email, password });
  const confirm = (token: string) => http().post('/api/auth/confirm-email-change').send({ token });
  const token = async (address: string) => eventually(() => tokensOf(address).at(-1));

  it('counts when both addresses have confirmed it, in any order; older links end', async () => {
    const person = await makePerson(test.app);
    const link = await forgot(person);
    await propose(person, 'else@example.com', 'wrong').expect(403);
    await propose(person, ' Else@Example.com').expect(200);
    const fresh = await token('else@example.com');
    const old = await eventually(() => tokensOf(person.email).find((one) => one !== link));
    await http().get(`/api/auth/confirm-email-change?token=${fresh}`).expect(200);
    expect((await confirm(fresh).expect(200)).body).toMatchObject({ completed: false });
    expect((await confirm(fresh).expect(200)).body).toMatchObject({ completed: false });
    await login(person.email).expect(200);
    const both = await Promise.all([confirm(old), confirm(old)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 400]);
    await login(person.email).expect(401);
    await login('else@example.com').expect(200);
    await reset(link, 'yet another one').expect(400);
    await eventually(() => mailsTo(person.email).some(({ message }) => message.text.includes('now else@example.com')));
    const trail = await test.db.query(`SELECT 1 FROM audit_events WHERE subject = $1 AND after::text LIKE '%else@%'`, [
      `user:${person.id}`,
    ]);
    expect(trail).toEqual([]);
  });

  it('to an address that has an account is answered alike, and never carried out', async () => {
    const [ada, bob] = [await makePerson(test.app), await makePerson(test.app)];
    const free = await propose(ada, 'free@example.com').expect(200);
    const taken = await propose(ada, bob.email).expect(200);
    const plain = (body: object) => ({ ...body, request_id: '' });
    expect(plain(taken.body as object)).toEqual(plain(free.body as object));
    await eventually(() => mailsTo(bob.email).length > 0);
    expect(tokensOf(bob.email)).toEqual(['']);
    await propose(ada, 'soon@example.com').expect(200);
    const [fresh, old] = [await token('soon@example.com'), await eventually(() => tokensOf(ada.email)[2])];
    await http().post('/api/auth/register').send({ email: 'soon@example.com', password: 'long enough' }).expect(201);
    await confirm(fresh).expect(200);
    expect((await confirm(old).expect(400)).body).toMatchObject({ code: 'EMAIL_TAKEN' });
    await login(ada.email).expect(200);
  });

  it('ends with a new password, and after an hour', async () => {
    const person = await makePerson(test.app);
    await propose(person, 'late@example.com').expect(200);
    const fresh = await token('late@example.com');
    await test.db.query(`UPDATE email_changes SET expires_at = now() WHERE user_id = $1`, [person.id]);
    await confirm(fresh).expect(400);
    await propose(person, 'late@example.com').expect(200);
    const again = await eventually(() => tokensOf('late@example.com').at(1));
    await reset(await forgot(person), 'quite another one').expect(200);
    await confirm(again).expect(400);
  });
});
