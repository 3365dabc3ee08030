/**
 * What people are told: broadcasts of a signal's life, in order and once, and the daily report.
 */
import { createServer, type AddressInfo } from 'node:net';
import pg from 'pg';
import request from 'supertest';
import { ReportsService } from '../../src/modules/reports/reports.service.js';
import { lastEnded } from '../../src/modules/reports/report-window.js';
import { ManualClock } from '../../src/platform/clock/manual-clock.js';
import { makePerson, type Person } from '../factories/people.js';
import { eventually, RememberingChannel, startTestApplication, type TestApplication } from '../support/application.js';

describe('telling people', () => {
  const groups = new RememberingChannel();
  let test: TestApplication;
  let admin: Person;
  let ada: Person;

  beforeAll(async () => {
    test = await startTestApplication({
      env: { TELEGRAM_VIP_CHAT_ID: '-1001', TELEGRAM_TRIAL_CHAT_ID: '-1002' },
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
