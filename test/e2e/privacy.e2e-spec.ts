/**
 * Leaving, and taking one's data along: the week of grace, what closes, what goes and what stays without a name.
 */
import request from 'supertest';
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
    `UPDATE account_deletions SET requested_at = now() - interval '8 days', due_at = now() WHERE user_id = $1`,
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
