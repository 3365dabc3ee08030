/**
 * The mobile contract line by line: users, settings, subscription, push (section 3, defaults of 13.1).
 * Exchange accounts (3.3) are in accounts.e2e-spec.ts; the stories behind them all in people.e2e-spec.ts.
 */
import request from 'supertest';
import { makePerson, type Person } from '../../factories/people.js';
import {
  eventually,
  RememberingChannel,
  startTestApplication,
  type TestApplication,
} from '../../support/application.js';

const FAILURE = { ok: false, error: expect.any(String) as string, code: expect.any(String) as string };
const SAVED = { ok: true, message: expect.any(String) as string };

interface Answer {
  subscription?: { features: object };
  settings?: { features: object };
}

let test: TestApplication;
let ada: Person;
let bob: Person;
const http = () => request(test.app.getHttpServer());
const path = (rest: string, person: Person = ada) => `/api/users/${person.id}${rest}`;
const get = (rest: string) => http().get(path(rest)).set(ada.auth);
const put = (rest: string, body: object) => http().put(path(rest)).set(ada.auth).send(body);

async function settings(): Promise<Record<string, unknown>> {
  return ((await get('').expect(200)).body as { user: { settings: Record<string, unknown> } }).user.settings;
}

beforeAll(async () => {
  test = await startTestApplication();
  ada = await makePerson(test.app);
  bob = await makePerson(test.app);
});

afterAll(() => test.close());

describe('contract 3 and 3.1 GET /api/users/{id}', () => {
  it('own id only: 403 alike for a user that exists and one that does not; staff may read', async () => {
    const admin = await makePerson(test.app, { role: 'admin' });
    const plain = (body: object) => ({ ...body, request_id: '' });
    const foreign = await http().get(path('', bob)).set(ada.auth).expect(403);
    const missing = await http().get('/api/users/99999999').set(ada.auth).expect(403);
    expect(plain(foreign.body as object)).toEqual(plain(missing.body as object));
    await http().get(path('')).set(admin.auth).expect(200);
    await http().get('/api/users/99999999').set(admin.auth).expect(404);
  });

  it('3.1 the user with settings, and what the incumbent stores but does not return', async () => {
    const answer = await get('').expect(200);
    expect(answer.body).toMatchObject({
      ok: true,
      user: {
        id: ada.id,
        email: ada.email,
        full_name: expect.any(String) as string,
        subscription_type: 'TRIAL',
        is_verified: true,
        auto_trade_enabled: false,
      },
    });
  });

  it('13.1 the defaults', async () => {
    const { risk, position_mode, ...rest } = await settings();
    expect(position_mode).toBe('ONE_WAY');
    expect(Object.values(risk as object).every((limit) => limit === null)).toBe(true);
    expect(rest).toEqual({
      capital_usdt: 0,
      per_trade_usdt: 5,
      leverage: 1,
      max_concurrent_trades: 50,
      dca_enabled: false,
      dca_steps: 3,
      dca_step_percent: 2,
      auto_reversal_enabled: true,
      symbol_whitelist: [],
      symbol_blacklist: [],
      strategy: {},
      preferences: {},
    });
  });
});

describe('contract 3.2 the writers', () => {
  it('PUT /general auto_trade_enabled alone; a bool only', async () => {
    expect((await put('/general', { auto_trade_enabled: true }).expect(200)).body).toMatchObject(SAVED);
    expect((await get('')).body).toMatchObject({ user: { auto_trade_enabled: true } });
    for (const value of ['true', 1, null]) await put('/general', { auto_trade_enabled: value }).expect(400);
    await put('/general', { full_name: 'Ada King' }).expect(200);
    expect((await get('')).body).toMatchObject({ user: { full_name: 'Ada King', auto_trade_enabled: true } });
  });

  it('PUT /general: 403 for a plan without auto-trading, and for an unverified user', async () => {
    const strict = await startTestApplication({ env: { AUTO_TRADE_TIERS_PAPER: 'VIP' } });
    const person = await makePerson(strict.app);
    const fresh = await makePerson(strict.app, { isVerified: false });
    const on = (whose: Person, caller: Person) =>
      request(strict.app.getHttpServer())
        .put(path('/general', whose))
        .set(caller.auth)
        .send({ auto_trade_enabled: true });
    expect((await on(person, person).expect(403)).body).toMatchObject({ ...FAILURE, plan: 'TRIAL' });
    expect((await on(fresh, fresh).expect(403)).body).toMatchObject({ ...FAILURE, needs_verification: true });
    await strict.db.query(`UPDATE users SET subscription_type = 'VIP' WHERE id = $1`, [person.id]);
    await on(person, person).expect(200);
    await strict.db.query(`UPDATE users SET subscription_expires_at = now() WHERE id = $1`, [person.id]);
    await on(person, person).expect(403);
    await strict.close();
  });

  it('PUT /risk changes what is named, within the ranges', async () => {
    const risk = { capital_usdt: 0, per_trade_usdt: 0.01, leverage: 25, max_concurrent_trades: 1 };
    expect((await put('/risk', risk).expect(200)).body).toMatchObject(SAVED);
    expect(await settings()).toMatchObject(risk);
    await put('/risk', { leverage: 1 }).expect(200);
    expect(await settings()).toMatchObject({ ...risk, leverage: 1 });
  });

  it.each([
    [{ leverage: 0 }, 'leverage'],
    [{ leverage: 26 }, 'leverage'],
    [{ leverage: 2.5 }, 'leverage'],
    [{ max_concurrent_trades: 0 }, 'max_concurrent_trades'],
    [{ max_concurrent_trades: 51 }, 'max_concurrent_trades'],
    [{ per_trade_usdt: 0 }, 'per_trade_usdt'],
    [{ per_trade_usdt: -5 }, 'per_trade_usdt'],
    [{ per_trade_usdt: 'a lot' }, 'per_trade_usdt'],
    [{ capital_usdt: -1 }, 'capital_usdt'],
    [{ capital_usdt: 'Infinity' }, 'capital_usdt'],
    [{ symbol_blacklist: ['drop table'] }, 'symbol_blacklist'],
  ])('PUT /risk %p is 400, names %s, and changes nothing', async (body, field) => {
    const before = await settings();
    const answer = await put('/risk', { symbol_whitelist: ['BTCUSDT'], ...body }).expect(400);
    expect(answer.body).toMatchObject({ ...FAILURE, fields: [{ field }] });
    expect(await settings()).toEqual(before);
  });

  it.each(['/risk', '/preferences', '/exchanges/paper/leverage', '/sources/1'])(
    'PUT %s names the limit of leverage that holds, and no other',
    async (rest) => {
      const refused = async (leverage: number) => {
        const { body } = await put(rest, { leverage }).expect(400);
        return (body as { error: string }).error;
      };
      for (const leverage of [26, 126, 1e300]) expect(await refused(leverage)).toBe('leverage must be at most 25');
      for (const leverage of [0, 2.5]) {
        expect(await refused(leverage)).toBe('leverage must be a whole number of at least 1');
      }
    },
  );

  it('PUT /dca steps 0 to 10, percent 0.1 to 50', async () => {
    await put('/dca', { dca_enabled: true, dca_steps: 10, dca_step_percent: 0.1 }).expect(200);
    expect(await settings()).toMatchObject({ dca_enabled: true, dca_steps: 10, dca_step_percent: 0.1 });
    for (const body of [{ dca_steps: 11 }, { dca_steps: -1 }, { dca_step_percent: 0.09 }, { dca_step_percent: 50.1 }]) {
      await put('/dca', body).expect(400);
    }
  });

  it('PUT /strategy as an object and flat, merged', async () => {
    await put('/strategy', { strategy: { target_based_tp: true } }).expect(200);
    await put('/strategy', { auto_follow: false }).expect(200);
    expect((await settings()).strategy).toEqual({ target_based_tp: true, auto_follow: false });
  });

  it('PUT /preferences as an object and flat; risk goes to risk, auto_trade_enabled to the user, the rest is kept', async () => {
    await put('/preferences', { preferences: { theme: 'dark' } }).expect(200);
    await put('/preferences', { preferences: { sound: true } }).expect(200);
    const flat = { max_concurrent_trades: 50, leverage: 10, per_trade_usdt: 5 };
    await put('/preferences', { ...flat, auto_trade_enabled: false, notify_on_tp: true }).expect(200);
    expect(await settings()).toMatchObject({
      ...flat,
      preferences: { theme: 'dark', sound: true, notify_on_tp: true },
    });
    expect((await get('')).body).toMatchObject({ user: { auto_trade_enabled: false } });
  });

  it('PUT /preferences takes what has an effect inside the object too, and keeps the rest there', async () => {
    const wishes = { leverage: 3, per_trade_usdt: '7.5', symbol_whitelist: ['ethusdt'], position_mode: 'hedge' };
    const kept = { theme: 'light', nested: { leverage: 9 } };
    await put('/general', { auto_trade_enabled: true }).expect(200);
    await put('/preferences', { preferences: { ...wishes, ...kept, auto_trade_enabled: false } }).expect(200);
    const { preferences, ...rest } = await settings();
    expect(rest).toMatchObject({
      leverage: 3,
      per_trade_usdt: 7.5,
      symbol_whitelist: ['ETHUSDT'],
      position_mode: 'HEDGE',
    });
    expect(preferences).toMatchObject(kept);
    for (const name of [...Object.keys(wishes), 'auto_trade_enabled']) expect(preferences).not.toHaveProperty(name);
    expect((await get('')).body).toMatchObject({ user: { auto_trade_enabled: false } });
    await put('/preferences', { preferences: { symbol_whitelist: [], position_mode: 'ONE_WAY' } }).expect(200);
    expect(await settings()).toMatchObject({ symbol_whitelist: [], position_mode: 'ONE_WAY', leverage: 3 });
  });

  it.each([
    [{ leverage: 26 }, 'preferences.leverage'],
    [{ leverage: 0 }, 'preferences.leverage'],
    [{ leverage: null }, 'preferences.leverage'],
    [{ per_trade_usdt: -5 }, 'preferences.per_trade_usdt'],
    [{ symbol_whitelist: ['drop table'] }, 'preferences.symbol_whitelist'],
    [{ auto_trade_enabled: 'false' }, 'preferences.auto_trade_enabled'],
    ['dark', 'preferences'],
    [[{ leverage: 0 }], 'preferences'],
  ])('PUT /preferences {"preferences":%j} is 400, names %s, and changes nothing', async (preferences, field) => {
    const before = await settings();
    const { body } = await put('/preferences', { preferences }).expect(400);
    expect((body as { fields: { field: string }[] }).fields[0]?.field).toBe(field);
    expect(await settings()).toEqual(before);
  });

  it('PUT /preferences may say the same twice, and not two things', async () => {
    await put('/preferences', { leverage: 4, preferences: { leverage: 4 } }).expect(200);
    const body = { leverage: 4, auto_trade_enabled: true, preferences: { leverage: 5, auto_trade_enabled: false } };
    expect((await put('/preferences', body).expect(400)).body).toMatchObject({
      ...FAILURE,
      fields: [
        { field: 'leverage', rule: 'must not differ from preferences.leverage' },
        { field: 'auto_trade_enabled', rule: 'must not differ from preferences.auto_trade_enabled' },
      ],
    });
    expect(await settings()).toMatchObject({ leverage: 4 });
  });

  it('PUT /preferences takes away what an object had kept of a wish before it took effect', async () => {
    const stale = `UPDATE user_settings SET preferences = preferences || '{"leverage": 3}' WHERE user_id = $1`;
    await test.db.query(stale, [ada.id]);
    await put('/preferences', { preferences: { leverage: 6 } }).expect(200);
    const { leverage, preferences } = await settings();
    expect(leverage).toBe(6);
    expect(preferences).not.toHaveProperty('leverage');
  });

  it('PUT /preferences is one act: a part that is refused keeps all of it from being saved', async () => {
    const before = await settings();
    await put('/preferences', { leverage: 99, preferences: { lost: true } }).expect(400);
    const fresh = await makePerson(test.app, { isVerified: false });
    const body = { leverage: 9, auto_trade_enabled: true, preferences: { lost: true } };
    await http().put(path('/preferences', fresh)).set(fresh.auth).send(body).expect(403);
    const kept = (await http().get(path('', fresh)).set(fresh.auth)).body as { user: { settings: object } };
    expect(kept.user.settings).toMatchObject({ leverage: 1, preferences: {} });
    expect(await settings()).toEqual(before);
  });

  it('PUT /reversal is 200', async () => {
    expect((await put('/reversal', { auto_reversal_enabled: false }).expect(200)).body).toMatchObject(SAVED);
    expect((await settings()).auto_reversal_enabled).toBe(false);
    expect((await put('/reversal', {}).expect(400)).body).toMatchObject({
      fields: [{ field: 'auto_reversal_enabled' }],
    });
  });
});

describe('contract 3.4 subscription', () => {
  it('GET /subscription', async () => {
    expect((await get('/subscription').expect(200)).body).toMatchObject({
      ok: true,
      subscription: {
        plan: 'TRIAL',
        auto_trade_enabled: false,
        features: { signals: true, auto_trading: false, advanced_analytics: false },
      },
    });
  });

  it('12: beside GET /api/signals the caller’s own plan for the older app, as it is now', async () => {
    const person = await makePerson(test.app);
    const told = async () => {
      const { body } = await http().get('/api/signals').set(person.auth).expect(200);
      const { subscription_status, plan, expires_at } = body as Record<string, unknown>;
      return [subscription_status, plan, expires_at];
    };
    expect(await told()).toEqual(['active', 'trial', expect.stringMatching(/Z$/)]);
    const paid = `UPDATE users SET subscription_type = 'VIP', subscription_expires_at = $2 WHERE id = $1`;
    await test.db.query(paid, [person.id, '2100-01-01T00:00:00Z']);
    await eventually(async () => (await told())[1] === 'vip', 2_000);
    expect(await told()).toEqual(['active', 'vip', '2100-01-01T00:00:00.000Z']);
    await test.db.query(paid, [person.id, '2026-01-01T00:00:00Z']);
    await eventually(async () => (await told())[0] === 'expired', 2_000);
    expect(await told()).toEqual(['expired', 'trial', '2026-01-01T00:00:00.000Z']);
  });

  it('features by plan: auto-trading from VIP on, analytics for PREMIUM, pushes as paid for', async () => {
    const person = await makePerson(test.app);
    const seen = async (plan: string) => {
      await test.db.query(`UPDATE users SET subscription_type = $2 WHERE id = $1`, [person.id, plan]);
      const read = async (rest: string) =>
        (await http().get(path(rest, person)).set(person.auth).expect(200)).body as Answer;
      const { subscription } = await read('/subscription');
      return { ...subscription?.features, ...(await read('/notifications/settings')).settings?.features };
    };
    const all = { signals: true, auto_trading: true, signal_notifications: true };
    expect(await seen('VIP')).toEqual({ ...all, advanced_analytics: false, trade_notifications: false });
    expect(await seen('PREMIUM')).toEqual({ ...all, advanced_analytics: true, trade_notifications: true });
  });

  it('PUT and POST are 403 for everyone but an administrator (who may PUT)', async () => {
    expect((await put('/subscription', { subscription_type: 'PREMIUM' }).expect(403)).body).toMatchObject(FAILURE);
    await http().post(path('/subscription')).set(ada.auth).send({ plan: 'VIP', duration_days: 30 }).expect(403);
    expect((await get('')).body).toMatchObject({ user: { subscription_type: 'TRIAL' } });
  });
});

describe('contract 3.5 push', () => {
  const push_token = 'ExponentPushToken[contract-1]';
  const add = (body: object, person = ada) => http().post(path('/device-token', person)).set(person.auth).send(body);
  const drop = (body: object, person = ada) => http().delete(path('/device-token', person)).set(person.auth).send(body);

  it('POST /device-token 201 new, 200 refreshed, 400 missing or misshapen; a native token is accepted', async () => {
    await add({ push_token, device_name: 'Phone', device_platform: 'ios' }).expect(201);
    await add({ push_token }).expect(200);
    await add({}).expect(400);
    await add({ push_token: 'short' }).expect(400);
    await add({ push_token: `fcm:${'a'.repeat(120)}` }).expect(201);
  });

  it('a device that changes hands moves to the newest user', async () => {
    await add({ push_token }, bob).expect(200);
    await drop({ push_token }).expect(404);
  });

  it('DELETE 200, 400 without token, 404 unknown; deactivates and does not erase', async () => {
    await drop({ push_token }, bob).expect(200);
    await drop({}, bob).expect(400);
    await drop({ push_token: 'ExponentPushToken[unknown]' }, bob).expect(404);
    const row = await test.db.first<{ is_active: boolean }>('SELECT is_active FROM device_tokens WHERE token = $1', [
      push_token,
    ]);
    expect(row?.is_active).toBe(false);
  });

  it('GET and PUT /notifications/settings; no phone is taken while notifications are off', async () => {
    expect((await get('/notifications/settings').expect(200)).body).toEqual({
      ok: true,
      settings: {
        notifications_enabled: true,
        subscription_type: 'TRIAL',
        features: { signal_notifications: false, trade_notifications: false },
      },
    });
    expect((await put('/notifications/settings', { notifications_enabled: false }).expect(200)).body).toMatchObject(
      SAVED,
    );
    await add({ push_token }).expect(403);
    await put('/notifications/settings', { notifications_enabled: true }).expect(200);
    await put('/notifications/settings', {}).expect(400);
  });
});

describe('contract 12 POST /api/users/request-telegram-access', () => {
  it('TRIAL and verified only, 3 an hour; administrators find the request, in their chat and among the broadcasts', async () => {
    const chat = new RememberingChannel();
    const limited = await startTestApplication({
      env: { RATE_LIMIT_ENABLED: 'true', TELEGRAM_ADMIN_CHAT_ID: '-1003' },
      parts: { broadcastChannel: chat },
    });
    const [person, paying, fresh, admin] = [
      await makePerson(limited.app),
      await makePerson(limited.app),
      await makePerson(limited.app, { isVerified: false }),
      await makePerson(limited.app, { role: 'admin' }),
    ];
    const ask = (who: Person) =>
      request(limited.app.getHttpServer()).post('/api/users/request-telegram-access').set(who.auth);
    await limited.db.query(`UPDATE users SET subscription_type = 'VIP' WHERE id = $1`, [paying.id]);
    expect((await ask(paying).expect(403)).body).toMatchObject(FAILURE);
    expect((await ask(fresh).expect(403)).body).toMatchObject({ ...FAILURE, needs_verification: true });
    for (let count = 0; count < 3; count += 1) expect((await ask(person).expect(200)).body).toMatchObject(SAVED);
    const refused = await ask(person).expect(429);
    expect(refused.body).toMatchObject(FAILURE);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(60);
    await eventually(() => chat.sent.length === 3);
    expect(chat.sent.map(({ target }) => target)).toEqual(['-1003', '-1003', '-1003']);
    expect(chat.sent[0]?.message.text).toContain(`User #${person.id}`);
    expect(chat.sent[0]?.message.text).not.toContain(person.email);
    const list = await request(limited.app.getHttpServer()).get('/api/admin/broadcasts').set(admin.auth).expect(200);
    const { broadcasts } = list.body as { broadcasts: { kind: string }[] };
    expect(broadcasts.map(({ kind }) => kind)).toEqual(['TELEGRAM_ACCESS', 'TELEGRAM_ACCESS', 'TELEGRAM_ACCESS']);
    await limited.close();
  });
});
