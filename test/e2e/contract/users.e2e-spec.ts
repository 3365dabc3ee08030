/**
 * The mobile contract line by line: users, settings, exchange accounts, subscription, push (section 3, defaults of 13.1).
 * The stories behind them are in people.e2e-spec.ts and accounts.e2e-spec.ts.
 */
import request from 'supertest';
import { makePerson, type Person } from '../../factories/people.js';
import { startTestApplication, type TestApplication } from '../../support/application.js';

const KEYS = { api_key: 'contract-test-key-0001', api_secret: 'contract-test-secret-0001' };
const FAILURE = { ok: false, error: expect.any(String) as string, code: expect.any(String) as string };
const SAVED = { ok: true, message: expect.any(String) as string };

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
    expect(await settings()).toEqual({
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
    for (const value of ['true', 1, null])
      await put('/general', { auto_trade_enabled: value }).expect(value === null ? 200 : 400);
    await put('/general', { full_name: 'Ada King' }).expect(200);
    expect((await get('')).body).toMatchObject({ user: { full_name: 'Ada King', auto_trade_enabled: true } });
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
  ])('PUT /risk %p is 400, names %s, and changes nothing', async (body, field) => {
    const before = await settings();
    const answer = await put('/risk', { ...body, symbol_blacklist: ['BTCUSDT'] }).expect(400);
    expect(answer.body).toMatchObject({ ...FAILURE, fields: [{ field }] });
    expect(await settings()).toEqual(before);
  });

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
  });
});

describe('contract 3.3 exchange accounts', () => {
  let id: number;

  it('POST /exchanges 201 with exchange_id, for every venue named, in any case; testnet unless told otherwise', async () => {
    for (const exchange of ['Binance', 'BYBIT', 'okx', 'phemex', 'kraken']) {
      const answer = await http()
        .post(path('/exchanges'))
        .set(ada.auth)
        .send({ exchange, ...KEYS })
        .expect(201);
      expect(answer.body).toMatchObject({ ...SAVED, exchange_id: expect.any(Number) as number });
      id = (answer.body as { exchange_id: number }).exchange_id;
    }
  });

  it('GET /exchanges: id, exchange, testnet, is_active and no key material', async () => {
    const { exchanges } = (await get('/exchanges').expect(200)).body as { exchanges: Record<string, unknown>[] };
    expect(exchanges).toHaveLength(5);
    for (const account of exchanges) {
      expect(Object.keys(account).sort()).toEqual(['exchange', 'id', 'is_active', 'testnet']);
      expect(account).toMatchObject({ testnet: true, is_active: true });
    }
    expect((await http().get(path('/exchanges', bob)).set(bob.auth)).body).toEqual({ ok: true, exchanges: [] });
  });

  it('409 for a second account of a venue, 400 for unknown venues and empty keys, 403 unverified', async () => {
    const add = (body: object, person = ada) => http().post(path('/exchanges', person)).set(person.auth).send(body);
    await add({ exchange: 'okx', ...KEYS, passphrase: 'optional' }).expect(409);
    await add({ exchange: 'mtgox', ...KEYS }).expect(400);
    await add({ exchange: 'binance', api_key: '', api_secret: '' }).expect(400);
    const fresh = await makePerson(test.app, { isVerified: false });
    const answer = await add({ exchange: 'okx', ...KEYS }, fresh).expect(403);
    expect(answer.body).toMatchObject({ ...FAILURE, needs_verification: true });
  });

  it('GET /exchanges/{id}/balance: 404 unknown, and a failure rather than an invented figure', async () => {
    await get('/exchanges/99999999/balance').expect(404);
    expect((await get(`/exchanges/${id}/balance`).expect(503)).body).toMatchObject(FAILURE);
  });

  it('rule 8: the paper balance carries total and available, and both pairs of names', async () => {
    const paper = await test.db.first<{ id: number }>(
      `SELECT id FROM accounts WHERE user_id = $1 AND exchange = 'paper'`,
      [ada.id],
    );
    const answer = await get(`/exchanges/${paper?.id ?? 0}/balance`).expect(200);
    expect(answer.body).toMatchObject({
      ok: true,
      exchange: 'paper',
      balance: {
        ok: true,
        total: 10000,
        available: 10000,
        currency: 'USDT',
        total_usdt: 10000,
        available_usdt: 10000,
        currencies: { USDT: { free: 10000, locked: 0 } },
      },
    });
  });

  it('GET /balance/{exchange}: available, total, locked at the top', async () => {
    const answer = await get('/balance/paper').expect(200);
    expect(answer.body).toMatchObject({ available_balance: 10000, total_balance: 10000, locked_balance: 0 });
  });

  it('GET and PUT /exchanges/{exchange}/leverage: 1 to 25, 10 by default', async () => {
    expect((await get('/exchanges/bybit/leverage').expect(200)).body).toMatchObject({
      exchange: 'bybit',
      leverage: 10,
    });
    await put('/exchanges/bybit/leverage', { leverage: 25 }).expect(200);
    expect((await get('/exchanges/bybit/leverage')).body).toMatchObject({ leverage: 25 });
    for (const leverage of [0, 26, 'x']) await put('/exchanges/bybit/leverage', { leverage }).expect(400);
  });

  it('DELETE in three forms; what is unknown or foreign is 404 and a no-op', async () => {
    const remove = (rest: string, body?: object, person = ada) =>
      http().delete(path(rest, person)).set(person.auth).send(body);
    await remove(`/exchanges?exchange_id=${id}`, undefined, bob).expect(404);
    const { exchanges } = (await get('/exchanges')).body as { exchanges: { id: number }[] };
    expect(exchanges).toHaveLength(5);
    await remove(`/exchanges?exchange_id=${exchanges[0]?.id ?? 0}`).expect(200);
    await remove('/exchanges', { account_id: exchanges[1]?.id }).expect(200);
    await remove(`/exchanges/${exchanges[2]?.id ?? 0}`).expect(200);
    await remove(`/exchanges/${exchanges[2]?.id ?? 0}`).expect(404);
    await remove('/exchanges').expect(400);
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
