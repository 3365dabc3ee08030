/**
 * Leaving, and taking one's data along: the week of grace, what closes, what goes and what stays without a name. And who
 * of the staff looked at it.
 */
import request from 'supertest';
import { makeDocument } from '../../src/documentation.js';
import { STAFF_READS } from '../../src/modules/access-tokens/scopes.js';
import { UserAccess } from '../../src/modules/auth/user-access.service.js';
import { DeletionsService } from '../../src/modules/privacy/deletions.service.js';
import { makePerson, PASSWORD, type Person } from '../factories/people.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';
import { ledgerViolations } from '../support/invariants.js';
import { postSignal, tickThrough } from '../support/signals.js';

let test: TestApplication;
let admin: Person;
const http = () => request(test.app.getHttpServer());
const deletion = (method: 'get' | 'post' | 'delete', person: Person, body?: object) =>
  http()[method]('/api/account/deletion').set(person.auth).send(body);
const mailsTo = (address: string) => test.mail.sent.filter(({ target }) => target === address);
const login = (email: string) => http().post('/api/auth/login').send({ email, password: PASSWORD });

beforeAll(async () => {
  test = await startTestApplication({ env: { SIGNAL_REPEAT_SECONDS: '0' } });
  admin = await makePerson(test.app, { role: 'admin' });
});

afterAll(() => test.close());

const openOf = async ({ id }: Person) =>
  (
    await test.db.first<{ n: number }>(
      `SELECT count(*) AS n FROM positions WHERE user_id = $1 AND status IN ('PENDING', 'OPEN', 'PARTIAL')`,
      [id],
    )
  )?.n;

/** A person with an open paper position and connected exchange keys. */
async function trader(symbol: string): Promise<Person> {
  const person = await makePerson(test.app, { autoTrade: true, settings: { per_trade_usdt: '50', leverage: 5 } });
  const keys = { exchange: 'bybit', api_key: 'privacy-test-key-0001', api_secret: 'privacy-test-secret-0001' };
  await http().post(`/api/users/${person.id}/exchanges`).set(person.auth).send(keys).expect(201);
  await tickThrough(test, symbol, 3000);
  await postSignal(test, admin, { symbol, side: 'LONG', entry: 3000, tp: [3030, 3060], sl: 2950 });
  await eventually(async () => (await openOf(person)) === 1);
  return person;
}

const fallDue = async ({ id }: Person) => {
  await test.db.query(
    `UPDATE account_deletions SET requested_at = now() - interval '8 days', due_at = now() - interval '1 second' WHERE user_id = $1`,
    [id],
  );
  await test.app.get(DeletionsService).schedule();
};

describe('leaving', () => {
  it('asks for the password, stops trading, closes paper positions, and can be taken back', async () => {
    const person = await trader('PRIVAUSDT');
    await deletion('post', person, { password: 'wrong' }).expect(403);
    await deletion('get', person).expect(404);
    const { body } = await deletion('post', person, { password: PASSWORD }).expect(200);
    const { deletion: wish } = body as { deletion: { requested_at: string; due_at: string } };
    expect(Date.parse(wish.due_at) - Date.parse(wish.requested_at)).toBe(7 * 86_400_000);
    await eventually(async () => (await openOf(person)) === 0);
    expect((await deletion('post', person, { password: PASSWORD })).body).toEqual(body);
    await deletion('get', person).expect(200);
    await deletion('delete', person).expect(200);
    await deletion('delete', person).expect(404);
    const { switches } = (await http().get('/api/safety/switches?active=true').set(person.auth)).body as {
      switches: unknown[];
    };
    expect(switches).toEqual([]);
    await fallDue(person);
    await login(person.email).expect(200);
  });

  it('is refused while a real position is open, waits for one on its day, and is not for staff', async () => {
    const person = await trader('PRIVBUSDT');
    await test.db.query(`UPDATE positions SET exchange = 'bybit' WHERE user_id = $1`, [person.id]);
    const refused = await deletion('post', person, { password: PASSWORD }).expect(409);
    expect(refused.body).toMatchObject({ code: 'LIVE_POSITIONS_OPEN' });
    await test.db.query(
      `INSERT INTO account_deletions (user_id, requested_at, due_at) VALUES ($1, now() - interval '8 days', now())`,
      [person.id],
    );
    await fallDue(person);
    await eventually(() =>
      test.db.first(
        `SELECT 1 FROM work_items WHERE queue = 'privacy.delete' AND payload->>'user_id' = $1 AND last_error IS NOT NULL`,
        [String(person.id)],
      ),
    );
    expect(await openOf(person)).toBe(1);
    await login(person.email).expect(200);
    expect((await deletion('post', admin, { password: PASSWORD }).expect(409)).body).toMatchObject({
      code: 'STAFF_ACCOUNT',
    });
  });

  it('on its day takes the person out of everything; the books stay and balance', async () => {
    const person = await trader('PRIVCUSDT');
    await deletion('post', person, { password: PASSWORD }).expect(200);
    await eventually(async () => (await openOf(person)) === 0);
    await fallDue(person);
    await eventually(() => mailsTo(person.email).some(({ message }) => message.text.includes('is deleted')));
    await login(person.email).expect(401);
    await http().get('/api/auth/me').set(person.auth).expect(401);
    const left: string[] = [];
    const tables = await test.db.query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
    );
    for (const { name } of tables) {
      const found = await test.db.query(`SELECT 1 FROM "${name}" t WHERE t::text LIKE '%' || $1 || '%' LIMIT 1`, [
        person.email,
      ]);
      if (found.length > 0) left.push(name);
    }
    expect(left).toEqual([]);
    const kept = await test.db.first(
      `SELECT (SELECT count(*) FROM sessions WHERE user_id = $1) AS sessions,
        (SELECT count(*) FROM user_data_keys WHERE user_id = $1) AS keys,
        (SELECT count(*) FROM account_credentials c JOIN accounts a ON a.id = c.account_id WHERE a.user_id = $1) AS secrets,
        (SELECT count(*) FROM positions WHERE user_id = $1) AS positions,
        (SELECT completed_at IS NOT NULL FROM account_deletions WHERE user_id = $1) AS done`,
      [person.id],
    );
    expect(kept).toEqual({ sessions: 0, keys: 0, secrets: 0, positions: 1, done: true });
    await http().post('/api/auth/register').send({ email: person.email, password: 'long enough' }).expect(201);
    expect(await ledgerViolations(test.db)).toEqual([]);
  });
});

describe('taking one’s data along', () => {
  it('everything of the user in one document, and nothing of others, no secret', async () => {
    const [person, other] = [await trader('PRIVDUSDT'), await makePerson(test.app)];
    await http().get('/api/account/export').set(person.auth).expect(404);
    const ordered = await http().post('/api/account/export').set(person.auth).expect(200);
    expect(ordered.body).toMatchObject({ export: { status: expect.stringMatching(/pending|ready/) as string } });
    await eventually(() => mailsTo(person.email).some(({ message }) => message.subject === 'Your data is ready'));
    const answer = await http().get('/api/account/export/download').set(person.auth).expect(200);
    expect(answer.headers['content-disposition']).toContain('attachment');
    const { data } = answer.body as { data: Record<string, Record<string, unknown>[]> };
    expect(data.user?.[0]).toMatchObject({ id: person.id, email: person.email });
    expect(data.positions?.[0]).toMatchObject({ user_id: person.id, symbol: 'PRIVDUSDT' });
    expect((data.positions?.[0]?.orders as unknown[]).length).toBeGreaterThan(0);
    expect(Object.keys(data)).toEqual(
      expect.arrayContaining(['accounts', 'sessions', 'user_settings', 'decisions', 'audit']),
    );
    for (const rows of Object.values(data)) {
      for (const row of rows) expect([undefined, null, person.id]).toContain(row.user_id);
    }
    const text = JSON.stringify(data);
    for (const secret of ['argon2', 'privacy-test-secret', 'password_hash', other.email])
      expect(text).not.toContain(secret);
    await http().get('/api/account/export/download').set(other.auth).expect(404);
    await test.db.query(`UPDATE data_exports SET expires_at = now() WHERE user_id = $1`, [person.id]);
    await http().get('/api/account/export/download').set(person.auth).expect(404);
  });

  it('asks who it is before it hands the document out', async () => {
    const person = await makePerson(test.app);
    await http().post('/api/account/export').set(person.auth).expect(200);
    await test.db.query(`UPDATE sessions SET authenticated_at = now() - interval '6 minutes' WHERE user_id = $1`, [
      person.id,
    ]);
    await http().post('/api/account/export').set(person.auth).expect(403);
    await http().get('/api/account/export/download').set(person.auth).expect(403);
  });
});

describe('in a user’s place', () => {
  interface Seen {
    readonly action: string;
    readonly by: string;
    readonly impersonated_by: number | null;
    readonly reason: string | null;
  }
  let dana: Person;
  let staff: Person;
  const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
  const me = (token: string) => http().get('/api/auth/me').set(bearer(token));

  const path = () => `/api/admin/users/${dana.id}/impersonation`;
  const begin = async (who: Person = staff) => {
    const answer = await http().post(path()).set(who.auth).send({ reason: 'Ticket #1' }).expect(201);
    return (answer.body as { access_token: string }).access_token;
  };

  beforeEach(async () => {
    dana ??= await makePerson(test.app);
    staff = await makePerson(test.app, { role: 'admin' });
  });

  it('reads what the user sees and nothing else: every route', async () => {
    const token = await begin();
    expect((await me(token).expect(200)).text).toContain(dana.email);
    const wrong: unknown[] = [];
    for (const [template, item] of Object.entries(makeDocument(test.app).paths)) {
      for (const [method, operation] of Object.entries(item as Record<string, { security?: unknown }>)) {
        // A refresh knows no access token.
        if (operation.security === undefined || template === '/api/auth/refresh') continue;
        const target = template.replace(/\{(id|user_id)\}/, String(dana.id)).replace(/\{\w+\}/g, '999999');
        const answer = await http()[method as 'get'](target).set(bearer(token));
        const isIn = (answer.body as { code?: string }).code !== 'IMPERSONATION_READ_ONLY' && answer.status !== 401;
        const isMarked = answer.headers['x-impersonated-by'] === String(staff.id);
        const route = `${method.toUpperCase()} ${template}`;
        if (isIn !== STAFF_READS.has(route) || !isMarked) wrong.push([route, answer.status, isMarked]);
      }
    }
    expect(wrong).toEqual([]);
    expect([...STAFF_READS].filter((route) => !route.startsWith('GET ') || route.includes('exchange'))).toEqual([]);
    await http().get(`/api/users/${admin.id}`).set(bearer(token)).expect(403);
    const own = await http().get('/api/access-tokens').set(dana.auth).expect(200);
    expect((own.body as { tokens: object[] }).tokens).toEqual([]);
  });

  it('is seen by the user with its reason, and every request is audited', async () => {
    const token = await begin();
    await http().get(`/api/users/${dana.id}?x=1`).set(bearer(token)).expect(200);
    await http().put(`/api/users/${dana.id}/risk`).set(bearer(token)).send({ leverage: 2 }).expect(403);
    await http().delete(path()).set(staff.auth).expect(200);
    const requests = await test.db.query<{ after: object }>(
      `SELECT after - 'via' AS after FROM audit_events WHERE actor_id = $1 AND action = 'impersonation.request' ORDER BY id`,
      [staff.id],
    );
    expect(requests.map(({ after }) => after)).toEqual([
      { method: 'GET', path: `/api/users/${dana.id}` },
      { method: 'PUT', path: `/api/users/${dana.id}/risk` },
    ]);
    const log = await http().get('/api/auth/security-log').query({ limit: 2 }).set(dana.auth).expect(200);
    const { events } = log.body as { events: Seen[] };
    expect(events).toEqual([
      expect.objectContaining({ action: 'impersonation.end', by: 'staff', impersonated_by: staff.id, address: null }),
      expect.objectContaining({ action: 'impersonation.begin', impersonated_by: staff.id, reason: 'Ticket #1' }),
    ]);
    const others = await http().get('/api/auth/security-log').set(admin.auth).expect(200);
    expect(others.text).not.toContain('impersonation');
  });

  it.each<[string, (token: string) => Promise<unknown>]>([
    ['signs out', () => http().post('/api/auth/logout').set(staff.auth).expect(200)],
    ['is disabled', () => test.app.get(UserAccess).disable(staff.id, admin.id, 'left')],
    ['is no administrator any more', () => test.app.get(UserAccess).setRole(staff.id, 'user', admin.id)],
    ['ends it', () => http().delete(path()).set(staff.auth).expect(200)],
    ['begins another', () => begin()],
    ['waits too long', () => test.db.query(`UPDATE access_tokens SET expires_at = now() WHERE name = 'read by staff'`)],
  ])('ends at once when the administrator %s', async (_name, end) => {
    const token = await begin();
    await me(token).expect(200);
    await end(token);
    await me(token).expect(401);
  });

  it('is for administrators, of somebody who is none, with a reason', async () => {
    await http().post(path()).set(dana.auth).send({ reason: 'x' }).expect(403);
    await http().post(path()).set(staff.auth).send({}).expect(400);
    await http().delete(path()).set(staff.auth).expect(404);
    for (const [id, status] of [
      [admin.id, 403],
      [999_999, 404],
    ]) {
      await http()
        .post(`/api/admin/users/${id}/impersonation`)
        .set(staff.auth)
        .send({ reason: 'x' })
        .expect(Number(status));
    }
    const { expires_in } = (await http().post(path()).set(staff.auth).send({ reason: 'x' })).body as {
      expires_in: number;
    };
    expect(expires_in).toBe(900);
    const tokens = await test.db.query(
      `SELECT 1 FROM access_tokens WHERE staff_session_id IS NOT NULL AND expires_at > now() + interval '15 minutes'`,
    );
    expect(tokens).toEqual([]);
  });
});
