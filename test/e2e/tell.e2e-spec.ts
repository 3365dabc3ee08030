/**
 * What people are told: broadcasts of a signal's life, in order and once, and the daily report.
 */
import { createServer, type AddressInfo } from 'node:net';
import pg from 'pg';
import request from 'supertest';
import { ReportsService } from '../../src/modules/reports/reports.service.js';
import { lastEnded } from '../../src/modules/reports/report-window.js';
import { TOLD_QUEUE } from '../../src/domain/notification/told.js';
import { ManualClock } from '../../src/platform/clock/manual-clock.js';
import { WorkQueue } from '../../src/platform/work/work-queue.js';
import { makePerson, type Person } from '../factories/people.js';
import { eventually, RememberingChannel, startTestApplication, type TestApplication } from '../support/application.js';

describe('telling people', () => {
  const groups = new RememberingChannel();
  let test: TestApplication;
  let admin: Person;
  let ada: Person;

  beforeAll(async () => {
    test = await startTestApplication({
      env: { TELEGRAM_VIP_CHAT_ID: '-1001', TELEGRAM_TRIAL_CHAT_ID: '-1002', BROADCAST_APPROVAL_ABOVE: '2' },
      parts: { broadcastChannel: groups },
    });
    admin = await makePerson(test.app, { role: 'admin' });
    ada = await makePerson(test.app, { autoTrade: true });
  });

  afterAll(() => test.close());

  const http = () => request(test.app.getHttpServer());
  const toldTo = (chat: string) =>
    groups.sent.filter(({ target }) => target === chat).map(({ message }) => message.text.split('\n')[0]);

  it('tells both groups each step once, in order', async () => {
    const signal = { symbol: 'BTCUSDT', side: 'LONG', entry: 70000, tp: [70500, 71000], sl: 69500 };
    const answer = await http().post('/api/signals').set(admin.auth).send(signal).expect(201);
    const { signal_id } = answer.body as { signal_id: number };
    await eventually(async () => {
      const list = await http().get('/api/positions').set(ada.auth);
      return (list.body as { positions: unknown[] }).positions.length === 1;
    });
    test.feed.tick('BTCUSDT', 70500);
    await eventually(() => toldTo('-1001').length === 2);
    test.feed.tick('BTCUSDT', 71000);
    await eventually(() => toldTo('-1001').length === 4 && toldTo('-1002').length === 4);
    expect(toldTo('-1001')).toEqual([
      '🟢 VerzekAutoTrader: BTCUSDT LONG',
      '🎯 BTCUSDT: target 1 hit',
      '🎯 BTCUSDT: target 2 hit',
      '🏁 BTCUSDT: all targets hit',
    ]);
    expect(toldTo('-1002')).toEqual(toldTo('-1001'));
    const list = await http().get('/api/admin/broadcasts').set(admin.auth).expect(200);
    expect((list.body as { count: number }).count).toBe(4);
    await http().get('/api/admin/broadcasts').set(ada.auth).expect(403);
    expect(signal_id).toBeGreaterThan(0);
  });

  it('shows the running day, own and platform-wide', async () => {
    const own = await http().get('/api/reports/daily').set(ada.auth).expect(200);
    expect(own.body).toMatchObject({
      ok: true,
      report: {
        scope: 'own',
        final: false,
        total_trades: 1,
        winning_trades: 1,
        losing_trades: 0,
        win_rate_pct: 100,
        tp_hits: 2,
        sl_hits: 0,
      },
    });
    const platform = await http().get('/api/reports/daily').set(admin.auth).expect(200);
    expect(platform.body).toMatchObject({ report: { scope: 'platform', total_trades: 1 } });
    await http().get('/api/reports/daily').query({ scope: 'platform' }).set(ada.auth).expect(403);
    await http().get('/api/reports/daily').query({ date: '2001-01-01' }).set(ada.auth).expect(404);
    await http().get('/api/reports/daily').query({ date: 'yesterday' }).set(ada.auth).expect(400);
    await http().get('/api/reports/daily').expect(401);
  });

  it('stores and tells the report of a day once, however often it is asked for', async () => {
    const reports = test.app.get(ReportsService);
    const tomorrow = new ManualClock(new Date(performance.timeOrigin + performance.now() + 86_400_000));
    const { day } = lastEnded(tomorrow.now(), '23:00');
    const made = await Promise.all([reports.make(day), reports.make(day), reports.make(day)]);
    expect(made.filter(Boolean)).toHaveLength(1);
    await eventually(() => toldTo('-1002').some((line) => line?.startsWith('📊 Daily report') === true));
    expect(toldTo('-1002').filter((line) => line?.startsWith('📊') === true)).toHaveLength(1);
    const stored = await http().get('/api/reports/daily').query({ date: day }).set(ada.auth);
    expect(stored.body).toMatchObject({ ok: true, report: { date: day, total_trades: 1 } });
  });

  describe('what staff write to many', () => {
    interface Shown {
      readonly id: number;
      readonly state: string;
      readonly version: number;
      readonly people: number;
    }
    const PATH = '/api/admin/announcements';
    let bea: Person;

    const send = async (who: Person, path: string, body: object = {}, status = 200) =>
      (await http().post(`${PATH}${path}`).set(who.auth).send(body).expect(status)).body as {
        announcement: Shown;
        code: string;
      };
    const write = async (body: object) =>
      (await send(admin, '', { title: 'News', body: 'Text', ...body }, 201)).announcement;
    const read = async (id: number) =>
      (await http().get(`${PATH}/${id}`).set(admin.auth).expect(200)).body as { announcement: Shown; figures: object };
    const once = (id: number, state: string) =>
      eventually(async () => {
        const { announcement } = await read(id);
        return announcement.state === state ? announcement : undefined;
      });
    const told = async (who: Person) => {
      const { body } = await http().get('/api/notifications').set(who.auth).expect(200);
      return (body as { notifications: { event: string; title: string }[] }).notifications
        .filter(({ event }) => event === 'announcement')
        .map(({ title }) => title);
    };
    const setTier = (tier: string, ...people: Person[]) =>
      test.db.query(
        `UPDATE users SET subscription_type = $1, subscription_expires_at = '2100-01-01' WHERE id = ANY ($2::bigint[])`,
        [tier, people.map(({ id }) => id)],
      );

    beforeAll(async () => {
      bea = await makePerson(test.app, { role: 'admin' });
      await setTier('VIP', ada);
    });

    it('reaches a group when a second administrator has read it and agreed', async () => {
      const { id } = await write({ title: 'Sunday <b>', body: '1 < 2 & "so"\non.', groups: ['vip', 'VIP'] });
      const { body } = await http().get(`${PATH}/${id}/preview`).set(admin.auth).expect(200);
      expect(body).toMatchObject({
        preview: {
          telegram: { html: '<b>Sunday &lt;b&gt;</b>\n\n1 &lt; 2 &amp; &quot;so&quot;\non.' },
          push: { title: 'Sunday <b>', body: '1 < 2 & "so"\non.' },
          reach: { people: 0, groups: [{ group: 'VIP', is_configured: true }], needs_approval: true },
        },
      });
      const first = (await send(admin, `/${id}/submit`)).announcement;
      expect(first.state).toBe('WAITING');
      expect((await send(admin, `/${id}/approve`, { version: first.version }, 403)).code).toBe('SECOND_PERSON_NEEDED');
      expect((await send(bea, `/${id}/refuse`)).announcement.state).toBe('DRAFT');
      const edit = { title: 'Sunday' };
      await http().put(`${PATH}/${id}`).set(admin.auth).send(edit).expect(200);
      const second = (await send(admin, `/${id}/submit`)).announcement;
      // What was read before is not what waits now.
      expect((await send(bea, `/${id}/approve`, { version: first.version }, 409)).code).toBe('ANNOUNCEMENT_CHANGED');
      await http().put(`${PATH}/${id}`).set(admin.auth).send(edit).expect(409);
      await send(bea, `/${id}/approve`, { version: second.version });
      await once(id, 'SENT');
      await eventually(() => toldTo('-1001').includes('Sunday'));
      expect(toldTo('-1002')).not.toContain('Sunday');
      await send(admin, `/${id}/cancel`, {}, 409);
      await eventually(async () => JSON.stringify((await read(id)).announcement).includes('"status":"SENT"'));
      const acts = await test.db.query<{ act: string; actor: number | null }>(
        `SELECT action AS act, actor_id AS actor FROM audit_events WHERE subject = $1 ORDER BY id`,
        [`announcement:${id}`],
      );
      expect(acts.map(({ act, actor }) => [act.replace('announcement.', ''), actor])).toEqual([
        ['create', admin.id],
        ['ask', admin.id],
        ['refuse', bea.id],
        ['edit', admin.id],
        ['ask', admin.id],
        ['approve', bea.id],
        ['begin', null],
        ['finish', null],
      ]);
    });

    it('reaches a few people on the word of one, each once', async () => {
      const { id } = await write({ title: 'For VIP', tiers: ['VIP'] });
      // A worker may have begun by the time of the answer.
      await send(admin, `/${id}/submit`);
      await once(id, 'SENT');
      await eventually(async () => (await told(ada)).length === 1);
      expect([await told(ada), await told(bea)]).toEqual([['For VIP'], []]);
      // Told again by a worker that died after it had told.
      const again = {
        userIds: [ada.id],
        event: 'announcement',
        key: `announcement:${id}`,
        title: 'x',
        body: 'x',
        data: {},
      };
      await test.app.get(WorkQueue).enqueue([{ queue: TOLD_QUEUE, key: 'again', payload: { many: again } }]);
      const done = `SELECT 1 FROM work_items WHERE queue = $1 AND key = 'again' AND state = 'done'`;
      await eventually(async () => (await test.db.query(done, [TOLD_QUEUE])).length === 1);
      expect(await told(ada)).toEqual(['For VIP']);
      expect((await read(id)).figures).toMatchObject({ told: 1, read: 0 });
      await http().post('/api/notifications/read-all').set(ada.auth).expect(200);
      expect((await read(id)).figures).toMatchObject({ told: 1, read: 1 });
    });

    it('waits for its time, and for a second person where it meanwhile reaches many', async () => {
      const past = { send_at: '2020-01-01T00:00:00Z' };
      const { id } = await write({ title: 'Later', tiers: ['PREMIUM'] });
      await send(admin, `/${id}/submit`, past, 400);
      const later = { send_at: new Date(performance.timeOrigin + performance.now() + 3_600_000).toISOString() };
      expect((await send(admin, `/${id}/submit`, later)).announcement).toMatchObject({ state: 'SCHEDULED', people: 0 });
      await setTier('PREMIUM', ada, bea, admin);
      await test.db.query(`UPDATE work_items SET available_at = now() - interval '1 s' WHERE queue = 'announcement'`);
      await test.db.query(`SELECT pg_notify('verzek_work', 'announcement')`);
      expect(await once(id, 'WAITING')).toMatchObject({ people: 3 });
      const cancelled = (await send(bea, `/${id}/cancel`)).announcement;
      expect(cancelled.state).toBe('CANCELLED');
      await send(bea, `/${id}/approve`, { version: cancelled.version }, 409);
      expect(await told(ada)).toEqual(['For VIP']);
    });

    it('is for somebody, fits a message, and its groups have a chat', async () => {
      const refused = async (body: object, field: string) => {
        const answer = await http()
          .post(PATH)
          .set(admin.auth)
          .send({ title: 'T', body: 'B', ...body })
          .expect(400);
        expect((answer.body as { fields: { field: string }[] }).fields[0]?.field).toBe(field);
      };
      await refused({}, 'everybody');
      await refused({ groups: ['NONE'] }, 'groups');
      await refused({ tiers: ['GOLD'] }, 'tiers');
      await refused({ title: 'a\nb', everybody: true }, 'title');
      await refused({ body: '&'.repeat(2_000), everybody: true }, 'body');
      const { id } = await write({ groups: ['ADMIN'] });
      expect((await send(admin, `/${id}/submit`, {}, 422)).code).toBe('GROUP_NOT_CONFIGURED');
      const list = await http().get(PATH).query({ limit: 1, state: 'DRAFT' }).set(admin.auth).expect(200);
      expect(list.body).toMatchObject({ announcements: [{ id, state: 'DRAFT' }], count: 1, next_before_id: null });
    });
  });
});

it('keeps no link of a mail that was refused for good', async () => {
  const refusing = { code: 'refusing', send: () => Promise.resolve({ outcome: 'refused', reason: '550 no' } as const) };
  const test = await startTestApplication({ parts: { mailChannel: refusing } });
  const body = { email: 'gone@example.com', password: 'secret words' };
  await request(test.app.getHttpServer()).post('/api/auth/register').send(body).expect(201);
  const mail = () => test.db.first(`SELECT state, payload, last_error FROM work_items WHERE queue = 'mail'`);
  await eventually(async () => ((await mail()) as { state: string } | undefined)?.state === 'dead');
  expect(await mail()).toEqual({ state: 'dead', payload: {}, last_error: '550 no' });
  await test.close();
});

describe('the system routes', () => {
  let test: TestApplication;

  beforeAll(async () => {
    test = await startTestApplication();
  });

  afterAll(() => test.close());

  it('answer watchdogs', async () => {
    const http = () => request(test.app.getHttpServer());
    const health = await http().get('/api/health').expect(200);
    expect(health.text).toContain('"ok":true');
    expect(health.body).toMatchObject({ status: 'healthy', checks: { database: { ok: true }, queue: { ok: true } } });
    await http().get('/api/ping').expect(200);
    expect((await http().get('/api/system/ip').expect(200)).body).toMatchObject({
      ok: true,
      ip: expect.any(String) as string,
    });
    const safety = await http().get('/api/safety/status').expect(200);
    expect(safety.body).toMatchObject({ ok: true, mode: 'paper', active_workers: 1, status: 'operational' });
  });

  it('say what is wrong, soon and without 500, while a table is locked and every connection of requests waits', async () => {
    const http = () => request(test.app.getHttpServer());
    const person = await makePerson(test.app);
    const pool = new pg.Pool({ connectionString: test.database.url, max: 1 });
    const locker = await pool.connect();
    await locker.query('BEGIN; LOCK TABLE positions');
    const waiting = Array.from({ length: 20 }, () => http().get('/api/positions').set(person.auth).then());
    await eventually(() => test.db.poolState('http').waiting > 0);
    const began = performance.now();
    const health = await http().get('/api/health').expect(200);
    const safety = await http().get('/api/safety/status').expect(200);
    expect(performance.now() - began).toBeLessThan(6_000);
    expect(health.body).toMatchObject({
      ok: true,
      status: 'degraded',
      checks: { database: { ok: true }, queue: { ok: true }, prices: { ok: false, symbols: null } },
    });
    expect(safety.body).toMatchObject({ ok: true, status: 'degraded', active_workers: 1 });
    await locker.query('ROLLBACK');
    locker.release();
    await Promise.all(waiting);
    expect((await http().get('/api/health')).body).toMatchObject({ status: 'healthy' });
    await pool.end();
  });

  it('tell the address that was set, whatever the machine tells', async () => {
    const set = await startTestApplication({ env: { SYSTEM_PUBLIC_IP: '203.0.113.9' }, database: test.database });
    const { body } = await request(set.app.getHttpServer()).get('/api/system/ip').expect(200);
    expect(body).toMatchObject({ ip: '203.0.113.9', server_ip: '203.0.113.9', ip_list: ['203.0.113.9'] });
    await set.close();
  });

  it('serves metrics on a port of their own: durations by route, without ids', async () => {
    const port = await freePort();
    const measured = await startTestApplication({ env: { METRICS_PORT: String(port) } });
    await request(measured.app.getHttpServer()).get('/api/users/17').expect(401);
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(text).toContain('verzek_http_request_seconds_count{method="GET",route="/api/users/:id",status="401"} 1');
    expect(text).not.toContain('/api/users/17');
    for (const name of [
      'verzek_work_items',
      'verzek_positions',
      'verzek_deliveries',
      'verzek_price_age_seconds',
      'verzek_price_rejections',
      'verzek_trading_stops',
    ]) {
      expect(text).toContain(`# TYPE ${name} gauge`);
    }
    expect(text).toMatch(/verzek_pool_connections\{lane="http",state="total"\} \d/);
    await measured.close();
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
