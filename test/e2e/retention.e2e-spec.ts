/**
 * What is deleted after its time, and what stays.
 */
import request from 'supertest';
import { RetentionService } from '../../src/modules/ops/retention.service.js';
import { makePerson } from '../factories/people.js';
import { startTestApplication, type TestApplication } from '../support/application.js';

let test: TestApplication;

beforeAll(async () => {
  test = await startTestApplication({ env: { RATE_LIMIT_ENABLED: 'true' } });
});

afterAll(() => test.close());

it('counters, mail tokens and sessions go after their end; what is alive stays', async () => {
  const person = await makePerson(test.app);
  await request(test.app.getHttpServer()).get('/api/auth/me').set(person.auth).expect(200);
  const count = async (sql: string) => Number((await test.db.first<{ count: number }>(sql))?.count);
  await test.db.query(`INSERT INTO rate_limits (key, points, expire)
    SELECT 'login:' || n, 1, extract(epoch FROM now()) * 1000 - 1000 FROM generate_series(1, 12000) n`);
  await test.db.query(
    `INSERT INTO one_time_tokens (user_id, purpose, token_hash, created_at, expires_at, used_at)
     SELECT $1, 'password_reset', 'h' || days, now(), now() - make_interval(days => days), now()
     FROM unnest(ARRAY[0, 2]) days`,
    [person.id],
  );
  await test.db.query(
    `INSERT INTO sessions (id, user_id, created_at, authenticated_at, last_used_at, expires_at)
     SELECT gen_random_uuid(), $1, now(), now(), now(), now() - make_interval(days => days) FROM unnest(ARRAY[6, 8]) days`,
    [person.id],
  );
  const living = await count('SELECT count(*) FROM rate_limits WHERE expire > extract(epoch FROM now()) * 1000');
  expect(living).toBeGreaterThan(0);
  await test.app.get(RetentionService).purge();
  expect(await count('SELECT count(*) FROM rate_limits')).toBe(living);
  expect(await count('SELECT count(*) FROM one_time_tokens')).toBe(1);
  expect(await count(`SELECT count(*) FROM sessions WHERE expires_at < now()`)).toBe(1);
  await request(test.app.getHttpServer()).get('/api/auth/me').set(person.auth).expect(200);
});
