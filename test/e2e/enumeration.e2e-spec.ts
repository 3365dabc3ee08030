/**
 * What an anonymous caller may not learn from the sign-in routes: whether an address is known, and how old its account is.
 * And what they may not cost: the dear work of hashing, without a token that is alive.
 */
import bcrypt from 'bcrypt';
import request from 'supertest';
import { PasswordService } from '../../src/modules/auth/password.service.js';
import { makePerson, type Person } from '../factories/people.js';
import { startTestApplication, type TestApplication } from '../support/application.js';

let test: TestApplication;
let ada: Person;
const post = (path: string, body: object) => request(test.app.getHttpServer()).post(`/api/auth/${path}`).send(body);

/** An API without workers: what happens before the answer, and nothing after it. */
beforeAll(async () => {
  test = await startTestApplication({ env: { ROLE: 'api' } });
  ada = await makePerson(test.app);
});

afterAll(() => test.close());

const written = () =>
  test.db.query<{ queue: string; count: number }>('SELECT queue, count(*) AS count FROM work_items GROUP BY queue');

describe('asking for a mail', () => {
  it.each(['forgot-password', 'resend-verification'])('%s does the same for every address', async (path) => {
    const waits = await makePerson(test.app, { isVerified: false });
    const before = Number((await written())[0]?.count ?? 0);
    for (const email of [ada.email, waits.email, 'nobody@example.com']) await post(path, { email }).expect(200);
    expect(await written()).toEqual([{ queue: 'auth_mail', count: before + 3 }]);
    expect(await test.db.query('SELECT 1 FROM one_time_tokens')).toEqual([]);
  });
});

describe('a refused sign-in', () => {
  it('takes its step of time for no account, a new one and one of the old system', async () => {
    const old = await makePerson(test.app);
    const hash = await bcrypt.hash('abcd', 4);
    await test.db.query('UPDATE users SET password_hash = $2 WHERE id = $1', [old.id, hash]);
    for (const email of ['nobody@example.com', ada.email, old.email]) {
      const began = performance.now();
      await post('login', { email, password: 'wrong' }).expect(401);
      expect(performance.now() - began).toBeGreaterThanOrEqual(495);
    }
  });
});

describe('a token that is not alive', () => {
  it('costs no hash', async () => {
    const passwords = test.app.get(PasswordService);
    const hash = passwords.hash.bind(passwords);
    let hashes = 0;
    passwords.hash = (password) => {
      hashes += 1;
      return hash(password);
    };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => post('reset-password', { token: 'x'.repeat(43), new_password: 'long enough' })),
    );
    passwords.hash = hash;
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([400]));
    expect(hashes).toBe(0);
  });
});
