/**
 * The mobile contract line by line: rules and conventions (1, 1.1), system, safety and reports (section 8; its stops of trading are in safety.e2e-spec.ts), what was insecure in the
 * old server (section 15, as far as it exists here), and the owner's acceptance calls in their order (section 16).
 */
import request from 'supertest';
import { makePerson, PASSWORD, type Person } from '../../factories/people.js';
import {
  eventually,
  RememberingChannel,
  startTestApplication,
  type TestApplication,
} from '../../support/application.js';

const FAILURE = { ok: false, error: expect.any(String) as string, code: expect.any(String) as string };

let test: TestApplication;
let admin: Person;
let ada: Person;
const groups = new RememberingChannel();
const http = () => request(test.app.getHttpServer());

beforeAll(async () => {
  test = await startTestApplication({
    env: { TELEGRAM_VIP_CHAT_ID: '-1001', TELEGRAM_TRIAL_CHAT_ID: '-1002', SIGNAL_REPEAT_SECONDS: '0' },
    parts: { broadcastChannel: groups },
  });
  admin = await makePerson(test.app, { role: 'admin' });
  ada = await makePerson(test.app);
});

afterAll(() => test.close());

describe('contract 1, rules that no single route keeps', () => {
  it('5: GET /api/auth/me answers while every connection of trading is busy', async () => {
    await test.db.transaction(async () => {
      await test.db.query('SELECT pg_advisory_xact_lock(4711)');
      const busy = Array.from({ length: 12 }, () =>
        test.db.inLane('worker', () => test.db.query('SELECT pg_advisory_xact_lock(4711)')),
      );
      await eventually(() => test.db.poolState('worker').waiting > 0 && test.db.poolState('worker').idle === 0);
      await http().get('/api/auth/me').set(ada.auth).expect(200);
      expect(test.db.poolState('worker').waiting).toBeGreaterThan(0);
      return busy;
    });
  });

  it('12: POST /api/auth/register answers although the mail server does not', async () => {
    const address = 'slow@example.com';
    const arrived = () => test.mail.sent.some(({ target }) => target === address);
    const send = test.mail.send;
    let answerMail: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => (answerMail = resolve));
    test.mail.send = async (...message) => {
      await answered;
      return send.apply(test.mail, message);
    };
    await http().post('/api/auth/register').send({ email: address, password: 'secret words' }).expect(201);
    expect(arrived()).toBe(false);
    answerMail();
    test.mail.send = send;
    await eventually(arrived);
  });
});

describe('contract 1.1 conventions', () => {
  it('a body that is not a JSON object is 400, everywhere', async () => {
    for (const body of ['{', '"text"', '7', '[]', 'null']) {
      const general = http().put(`/api/users/${ada.id}/risk`).set(ada.auth).type('json').send(body);
      const answer = await general;
      expect([body, answer.status]).toEqual([body, 400]);
      expect(answer.body).toMatchObject(FAILURE);
    }
  });

  it('authentication failures are 401 with ok, error, msg and code', async () => {
    const answer = await http().get('/api/positions').expect(401);
    expect(answer.body).toMatchObject({ ...FAILURE, msg: expect.any(String) as string });
  });

  it('an unknown route is 404, a wrong method 405 with Allow, both in JSON', async () => {
    expect((await http().get('/api/nowhere').expect(404)).body).toMatchObject(FAILURE);
    const wrong = await http().put('/api/signals').expect(405);
    expect(wrong.body).toMatchObject(FAILURE);
    expect(wrong.headers.allow).toBe('GET, POST');
  });

  it('what nobody foresaw is 500 in the failure shape, without stack or driver’s text', async () => {
    await test.db.query('ALTER TABLE daily_reports RENAME TO mislaid_reports');
    const answer = await http().get('/api/reports').set(ada.auth).expect(500);
    await test.db.query('ALTER TABLE mislaid_reports RENAME TO daily_reports');
    expect(answer.body).toMatchObject({ ...FAILURE, code: 'INTERNAL' });
    expect(answer.text).not.toMatch(/daily_reports|relation|42P01|\.[jt]s\b/);
  });

  it('paging: limit is capped at 200 and must be a number; before_id goes on', async () => {
    for (const path of ['/api/signals', '/api/positions']) {
      await http().get(path).query({ limit: 200 }).set(ada.auth).expect(200);
      for (const limit of ['201', 'abc', '-1', '1.5']) {
        expect((await http().get(path).query({ limit }).set(ada.auth).expect(400)).body).toMatchObject(FAILURE);
      }
    }
  });

  it('JSON runs and frames nothing; the pages of the documentation run their own scripts only', async () => {
    const json = await http().get('/api/ping');
    expect(json.headers).toMatchObject({
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    const page = await http().get('/api/docs').expect(200);
    expect(page.headers['content-security-policy']).toContain("script-src 'self'");
    expect(page.headers['content-security-policy']).not.toContain('upgrade-insecure-requests');
    await http().get('/api/docs/swagger-ui.css').expect(200).expect('content-type', /css/);
  });

  it('what no route is asked about is refused in the documented shape too', async () => {
    const asked = 'undecodable-1';
    const address = await http().get('/api/users/%zz').set('X-Request-Id', asked).set(ada.auth).expect(400);
    expect(address.body).toEqual({ ...FAILURE, code: 'INVALID_INPUT', request_id: asked });
    expect(address.headers).toMatchObject({ 'x-request-id': asked, 'x-content-type-options': 'nosniff' });
    const headers = await http().get('/api/ping').set('X-Filler', 'x'.repeat(20_000)).expect(431);
    expect(headers.body).toEqual({ ...FAILURE, code: 'HEADERS_TOO_LARGE' });
    expect(headers.headers).toMatchObject({ connection: 'close', 'x-content-type-options': 'nosniff' });
  });

  it('CORS is an allow-list: nothing is allowed by default', async () => {
    const answer = await http().get('/api/ping').set('Origin', 'https://evil.example');
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('contract 8 system and safety', () => {
  it('GET /api/ping', async () => {
    expect((await http().get('/api/ping').expect(200)).body).toMatchObject({
      status: 'ok',
      service: 'VerzekBackend',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
      message: expect.any(String) as string,
    });
  });

  it('GET /api/health: 200 and the exact text that the watchdog greps for', async () => {
    const answer = await http().get('/api/health').expect(200);
    expect(answer.text).toContain('"ok":true');
    expect(answer.body).toMatchObject({
      status: expect.any(String) as string,
      timestamp: expect.stringMatching(/Z$/) as string,
    });
  });

  it('GET /api/health: 503 with ok:false while the database is away', async () => {
    const lost = await startTestApplication();
    await lost.database.drop();
    const answer = await request(lost.app.getHttpServer()).get('/api/health').expect(503);
    expect(answer.text).toContain('"ok":false');
    expect(answer.body).toMatchObject({ status: 'unavailable', timestamp: expect.stringMatching(/Z$/) as string });
    await lost.close();
  });

  it('GET /api/system/ip with the older names beside', async () => {
    const { body } = (await http().get('/api/system/ip').expect(200)) as { body: Record<string, unknown> };
    expect(body).toMatchObject({ ok: true, ip: expect.stringMatching(/^[\d.]+$/) as string, server_ip: body.ip });
    expect(Array.isArray(body.ip_list)).toBe(true);
  });

  it('GET /api/safety/status with real values', async () => {
    await eventually(async () => {
      const { body } = (await http().get('/api/safety/status').expect(200)) as { body: Record<string, unknown> };
      return body.active_workers === 1 ? body : undefined;
    });
    expect((await http().get('/api/safety/status')).body).toMatchObject({
      ok: true,
      mode: 'paper',
      trading_allowed: true,
    });
  });
});

describe('contract 8 GET /api/reports/daily', () => {
  it('needs a token, answers numbers, and 404 for a day without a report', async () => {
    await http().get('/api/reports/daily').expect(401);
    const { report } = (await http().get('/api/reports/daily').set(ada.auth).expect(200)).body as {
      report: Record<string, unknown>;
    };
    expect(report.date).toMatch(/^\d{4}-\d\d-\d\d$/);
    const figures = [
      'total_trades',
      'winning_trades',
      'losing_trades',
      'total_pnl_usdt',
      'win_rate_pct',
      'tp_hits',
      'sl_hits',
    ];
    for (const figure of figures) expect([figure, typeof report[figure]]).toEqual([figure, 'number']);
    expect(
      (await http().get('/api/reports/daily').query({ date: '2020-01-01' }).set(ada.auth).expect(404)).body,
    ).toMatchObject(FAILURE);
    await http().get('/api/reports/daily').query({ date: 'yesterday' }).set(ada.auth).expect(400);
  });
});

describe('contract 15, index of what was insecure', () => {
  it('#2 nobody gives himself a plan or a role', async () => {
    await http()
      .put(`/api/users/${ada.id}/general`)
      .set(ada.auth)
      .send({ role: 'admin', subscription_type: 'PREMIUM' })
      .expect(200);
    const { user } = (await http().get('/api/auth/me').set(ada.auth)).body as { user: Record<string, unknown> };
    expect(user).toMatchObject({ role: 'user', subscription_type: 'TRIAL' });
  });

  it('#6 the published defaults of the old system open nothing', async () => {
    await http().get('/api/auth/me').set('X-API-KEY', 'anything').expect(401);
  });

  it('#7 sign-ins, registrations and mails are limited over all replicas: 429 with Retry-After', async () => {
    const limits = {
      RATE_LIMIT_LOGIN_PER_MINUTE: '2',
      RATE_LIMIT_REGISTER_PER_HOUR: '2',
      RATE_LIMIT_MAIL_PER_HOUR: '2',
    };
    const env = { RATE_LIMIT_ENABLED: 'true', ...limits };
    const first = await startTestApplication({ env });
    const second = await startTestApplication({ env: { ...env, ROLE: 'api' }, database: first.database });
    const email = 'a@example.com';
    let count = 0;
    const calls: [string, () => object, number][] = [
      ['login', () => ({ email, password: 'wrong' }), 401],
      ['register', () => ({ email: `new${(count += 1)}@example.com`, password: 'secret words' }), 201],
      ['forgot-password', () => ({ email }), 200],
      ['resend-verification', () => ({ email: 'b@example.com' }), 200],
    ];
    for (const [route, body, usual] of calls) {
      const send = ({ app }: TestApplication) => request(app.getHttpServer()).post(`/api/auth/${route}`).send(body());
      await send(first).expect(usual);
      await send(second).expect(usual);
      for (const replica of [first, second]) {
        const refused = await send(replica).expect(429);
        expect(refused.body).toMatchObject(FAILURE);
        expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      }
    }
    await second.close();
    await first.close();
  });
});

describe('contract 16, the owner’s acceptance calls in their order', () => {
  let token: string;
  let signalId: number;
  let follower: Person;
  const as = () => ({ Authorization: `Bearer ${token}` });

  beforeAll(async () => {
    follower = await makePerson(test.app);
  });

  async function position(): Promise<Record<string, unknown>> {
    return eventually(async () => {
      const { positions } = (await http().get('/api/positions').query({ signal_id: signalId }).set(as()).expect(200))
        .body as {
        positions: Record<string, unknown>[];
      };
      return positions[0];
    });
  }

  async function post(): Promise<void> {
    const signal = {
      symbol: 'BTCUSDT',
      side: 'LONG',
      entry: 70000,
      tp: [70500, 71000, 72000],
      sl: 69500,
      confidence: 90,
      leverage: 10,
    };
    test.feed.tick('BTCUSDT', 70000);
    const answer = await http().post('/api/signals').set(admin.auth).send(signal).expect(201);
    signalId = (answer.body as { signal_id: number }).signal_id;
  }

  it('1 login: .access_token is a string', async () => {
    const answer = await http().post('/api/auth/login').send({ email: follower.email, password: PASSWORD }).expect(200);
    token = (answer.body as { access_token: string }).access_token;
    expect(typeof token).toBe('string');
  });

  it('2 PUT /general {auto_trade_enabled:true}', async () => {
    await http().put(`/api/users/${follower.id}/general`).set(as()).send({ auto_trade_enabled: true }).expect(200);
  });

  it('3 PUT /preferences flat, visible in GET /api/users/{id}', async () => {
    const flat = { max_concurrent_trades: 50, leverage: 10, per_trade_usdt: 5 };
    await http().put(`/api/users/${follower.id}/preferences`).set(as()).send(flat).expect(200);
    expect((await http().get(`/api/users/${follower.id}`).set(as())).body).toMatchObject({ user: { settings: flat } });
  });

  it('4 POST /api/signals: 201, in the list, broadcast', async () => {
    await post();
    const { signals } = (await http().get('/api/signals').set(as())).body as { signals: { id: number }[] };
    expect(signals[0]?.id).toBe(signalId);
    await eventually(() => groups.sent.some(({ message }) => message.text.includes('BTCUSDT LONG')));
  });

  it('5 a position with three targets, quantity = per_trade × leverage ÷ entry', async () => {
    const found = await position();
    expect(found.targets).toHaveLength(3);
    expect(found.qty).toBeCloseTo(Math.floor(((5 * 10) / 70000) * 1e6) / 1e6, 9);
  });

  it('6 target-reached: target 1 hit, a third gone, PARTIAL', async () => {
    const before = await position();
    await http()
      .post('/api/signals/target-reached')
      .set(admin.auth)
      .send({ signal_id: signalId, target_index: 1 })
      .expect(200);
    const after = await position();
    expect(after).toMatchObject({ status: 'PARTIAL', targets: [{ hit: true }, { hit: false }, { hit: false }] });
    expect(Number(after.remaining_qty) / Number(before.qty)).toBeCloseTo(2 / 3, 2);
  });

  it('7 stop-loss: STOPPED, remaining 0', async () => {
    await http().post('/api/signals/stop-loss').set(admin.auth).send({ signal_id: signalId }).expect(200);
    expect(await position()).toMatchObject({ status: 'STOPPED', remaining_qty: 0 });
  });

  it('8 cancel: CANCELLED', async () => {
    await post();
    await position();
    await http().post('/api/signals/cancel').set(admin.auth).send({ signal_id: signalId }).expect(200);
    expect(await position()).toMatchObject({ status: 'CANCELLED', remaining_qty: 0 });
  });

  it('9 GET /api/reports/daily: the report', async () => {
    const { report } = (await http().get('/api/reports/daily').set(as()).expect(200)).body as {
      report: Record<string, unknown>;
    };
    expect(report).toMatchObject({ total_trades: 2, tp_hits: 1, sl_hits: 1 });
  });
});
