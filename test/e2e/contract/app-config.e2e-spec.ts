/**
 * Remote configuration (contract 11): what the app polls, publishing it, flags by user, plan and share, and maintenance,
 * over two replicas.
 */
import request from 'supertest';
import { AppConfigRepository } from '../../../src/modules/app-config/app-config.repository.js';
import { RemoteConfig } from '../../../src/modules/app-config/remote-config.service.js';
import { makePerson, PASSWORD, type Person } from '../../factories/people.js';
import { eventually, startTestApplication, TEST_SECRETS, type TestApplication } from '../../support/application.js';

let test: TestApplication;
let replica: TestApplication;
let admin: Person;
let ada: Person;
const http = () => request(test.app.getHttpServer());
const elsewhere = () => request(replica.app.getHttpServer());

type Json = Record<string, unknown>;

beforeAll(async () => {
  test = await startTestApplication({ env: { APP_CONFIG_HOSTS: 'play.google.com,.example.com' } });
  admin = await makePerson(test.app, { role: 'admin' });
  ada = await makePerson(test.app);
});

afterAll(() => test.close());

const publish = (config_version: string, config_data: Json, more: Json = {}) =>
  http()
    .post('/api/admin/config')
    .set(admin.auth)
    .send({ config_version, config_data, ...more });

describe('contract 11 GET /api/app-config', () => {
  it('public, whole objects, an ETag that is the version, 304 for who has it', async () => {
    const answer = await http().get('/api/app-config').expect(200);
    const body = answer.body as Record<string, unknown> & { configVersion: string };
    expect(Object.keys(body).sort()).toEqual(
      [
        ...['version', 'configVersion', 'appVersionMin', 'bundleVersion', 'forceUpdate', 'updateUrl', 'playStoreUrl'],
        ...['featureFlags', 'serviceEndpoints', 'uiMessages', 'tradingLimits', 'subscriptionPlans'],
        ...['experiments', 'rollout', '_metadata'],
      ].sort(),
    );
    expect(body).toMatchObject({
      forceUpdate: false,
      appVersionMin: '1.0.0',
      featureFlags: { autoTrade: true, dcaEngine: true, aiAssistant: false, websocketPrices: false },
      serviceEndpoints: { apiBaseUrl: expect.any(String) as string, signalsUrl: expect.any(String) as string },
      uiMessages: { maintenance: false, banner: '', announcement: '' },
      tradingLimits: { maxPositionsPerUser: 50, minOrderSize: 10, maxOrderSize: 10_000, defaultLeverage: 5 },
      subscriptionPlans: { PREMIUM: { maxPositions: 50, maxExchanges: 5 }, FREE: { features: [expect.any(String)] } },
      rollout: { enabledForAll: true, betaUsers: [] },
      _metadata: { configVersion: body.configVersion, serverTime: expect.any(String) as string },
    });
    expect(answer.headers).toMatchObject({ 'cache-control': 'public, max-age=300', etag: `"${body.configVersion}"` });
    const again = await http().get('/api/app-config').set('If-None-Match', `W/"${body.configVersion}"`).expect(304);
    expect(again.text).toBe('');
    await http().get('/api/app-config').set('If-None-Match', '"another"').expect(200);
  });

  it('says what the operator sets, under another version', async () => {
    const { configVersion } = (await http().get('/api/app-config')).body as { configVersion: string };
    const env = { APP_MAINTENANCE: 'true', APP_MAINTENANCE_MESSAGE: 'Back at noon', MAX_CONCURRENT_TRADES: '20' };
    const other = await startTestApplication({
      env: { ...env, DEFAULT_MAX_CONCURRENT_TRADES: '20', ROLE: 'api' },
      database: test.database,
    });
    const { body } = await request(other.app.getHttpServer()).get('/api/app-config').expect(200);
    expect(body).toMatchObject({
      uiMessages: { maintenance: true, maintenanceMessage: 'Back at noon' },
      tradingLimits: { maxPositionsPerUser: 20 },
      subscriptionPlans: { PREMIUM: { maxPositions: 20 }, FREE: { maxPositions: 3 } },
    });
    expect((body as { configVersion: string }).configVersion).not.toBe(configVersion);
    await other.close();
  });
});

describe('contract 9 and 11 /api/admin/config', () => {
  beforeAll(async () => {
    replica = await startTestApplication({ env: { ROLE: 'api' }, database: test.database });
  });

  afterAll(() => replica.close());

  it('a version is in force at once, here and on the other replica, each object whole, and audited', async () => {
    const before = (await http().get('/api/app-config')).body as { uiMessages: Json };
    const data = { uiMessages: { banner: 'New' }, subscriptionPlans: { VIP: { maxExchanges: 4 } } };
    const { body } = await publish('7.1', data).expect(201);
    expect(body).toMatchObject({ ok: true, version: { config_version: '7.1', is_active: true, config_data: data } });
    const { body: now, headers } = await http().get('/api/config').expect(200);
    expect(headers.etag).toBe('"7.1"');
    expect(now).toMatchObject({
      version: '7.1',
      configVersion: '7.1',
      uiMessages: { ...before.uiMessages, banner: 'New' },
      subscriptionPlans: { VIP: { maxPositions: 30, maxExchanges: 4, features: expect.any(Array) as string[] } },
    });
    await eventually(async () => (await elsewhere().get('/api/app-config')).headers.etag === '"7.1"');
    await http().get('/api/app-config').set('If-None-Match', '"7.1"').expect(304);
    const audited = await test.db.first<{ action: string; after: Json }>(
      'SELECT action, after FROM audit_events WHERE actor_id = $1 ORDER BY id DESC LIMIT 1',
      [admin.id],
    );
    expect(audited).toMatchObject({
      action: 'app_config.publish',
      after: { config_version: '7.1', config_data: data },
    });
  });

  it('goes back to an earlier version; a draft changes nothing; a name is used once; what was published is fixed', async () => {
    await publish('7.2', { forceUpdate: true, appVersionMin: '2.0.0' }, { set_active: false }).expect(201);
    expect((await http().get('/api/config')).body).toMatchObject({ version: '7.1', forceUpdate: false });
    const { body } = await http().get('/api/admin/config').query({ limit: 1 }).set(admin.auth).expect(200);
    const draft = (body as { versions: { id: number }[] }).versions[0] as { id: number };
    expect(body).toMatchObject({ in_force: { config_version: '7.1' }, versions: [{ is_active: false }] });
    await http().post(`/api/admin/config/${draft.id}/activate`).set(admin.auth).expect(200);
    expect((await http().get('/api/config')).body).toMatchObject({ forceUpdate: true, appVersionMin: '2.0.0' });
    await http().post('/api/admin/config/999999/activate').set(admin.auth).expect(404);
    await publish('7.2', {}).expect(409);
    await expect(test.db.query(`UPDATE app_config_versions SET config_data = '{}'`)).rejects.toThrow(/does not change/);
    await publish('7.3', {}).expect(201);
    expect((await http().get('/api/config')).body).toMatchObject({ forceUpdate: false });
  });

  it.each<[string, Json, string]>([
    ['an unknown part', { colours: {} }, 'config_data.colours'],
    ['an unknown word', { uiMessages: { hello: 'x' } }, 'config_data.uiMessages.hello'],
    ['text for a number', { tradingLimits: { maxLeverage: '20' } }, 'config_data.tradingLimits.maxLeverage'],
    ['a share above all', { featureFlags: { a: { enabled: true, percentage: 101 } } }, 'config_data.featureFlags.a'],
    ['a script for an address', { updateUrl: 'javascript:alert(1)' }, 'config_data.updateUrl'],
    ['an address without TLS', { serviceEndpoints: { apiBaseUrl: 'http://api.example.com' } }, 'apiBaseUrl'],
    ['a socket of another kind', { serviceEndpoints: { websocketUrl: 'https://api.example.com' } }, 'websocketUrl'],
    ['a name in an address', { serviceEndpoints: { signalsUrl: 'https://a:b@api.example.com' } }, 'signalsUrl'],
    ['a host that is not on the list', { serviceEndpoints: { signalsUrl: 'https://example.org/' } }, 'signalsUrl'],
    ['a host that ends alike', { playStoreUrl: 'https://play.google.com.example.org/' }, 'config_data.playStoreUrl'],
    ['no version', { appVersionMin: 'latest' }, 'config_data.appVersionMin'],
  ])('refuses %s and names the field', async (_name, data, field) => {
    const { body } = await publish('bad', data).expect(400);
    expect((body as { fields: { field: string }[] }).fields[0]?.field).toContain(field);
  });

  it('addresses on the list are taken; an earlier version with others is not put in force again', async () => {
    const serviceEndpoints = { apiBaseUrl: 'https://api.example.com', websocketUrl: 'wss://api.example.com/socket' };
    await publish('hosts', { serviceEndpoints, updateUrl: 'https://play.google.com/store' }).expect(201);
    expect((await http().get('/api/config')).body).toMatchObject({ serviceEndpoints });
    const [old] = await test.db.query<{ id: number }>(
      `INSERT INTO app_config_versions (config_version, config_data, base_hash, created_by_id, created_at)
       VALUES ('old', '{"serviceEndpoints":{"apiBaseUrl":"http://api.example.com"}}', '-', $1, now()) RETURNING id`,
      [admin.id],
    );
    await http().post(`/api/admin/config/${old?.id}/activate`).set(admin.auth).expect(400);
    await publish('hosts.2', {}).expect(201);
  });

  it('apps below the smallest version are told where the new one is; signing in, health and stopping stay open', async () => {
    await publish('min', { appVersionMin: '2.1.0', updateUrl: 'https://play.google.com/store/verzek' }).expect(201);
    const as = (version: string, path: string) => http().get(path).set(ada.auth).set('X-App-Version', version);
    const refusal = await as('2.0.9', '/api/positions').expect(426);
    expect(refusal.body).toMatchObject({
      ok: false,
      code: 'APP_TOO_OLD',
      minimum_version: '2.1.0',
      update_url: 'https://play.google.com/store/verzek',
    });
    for (const version of ['2.1.0', '10.0', 'nightly']) await as(version, '/api/positions').expect(200);
    await http().get('/api/positions').set(ada.auth).expect(200);
    for (const path of ['/api/app-config', '/api/config', '/api/ping', '/api/auth/me', '/api/safety/status'])
      await as('1.0.0', path).expect(200);
    const post = (path: string) => http().post(path).set(ada.auth).set('X-App-Version', '1.0.0');
    await post('/api/auth/login').send({ email: ada.email, password: PASSWORD }).expect(200);
    await post('/api/safety/switches').send({ scope: 'user', reason: 'old app' }).expect(200);
    await post('/api/positions/close').send({ position_id: 999_999 }).expect(404);
    await post('/api/users/request-telegram-access').expect(426);
    await publish('min.2', {}).expect(201);
    await as('1.0.0', '/api/positions').expect(200);
  });

  it('no plan is promised more than it includes', async () => {
    const limit = (concurrent_trades: number | null) =>
      http().put('/api/admin/plans/VIP').set(admin.auth).send({ concurrent_trades }).expect(200);
    const before = await http().get('/api/config').expect(200);
    await limit(2);
    const cut = await http().get('/api/config').set('If-None-Match', String(before.headers.etag)).expect(200);
    expect(cut.body).toMatchObject({ subscriptionPlans: { VIP: { maxPositions: 2 }, PREMIUM: { maxPositions: 50 } } });
    await limit(null);
    await http().get('/api/config').set('If-None-Match', String(before.headers.etag)).expect(304);
  });

  it('what a flag switches off for somebody is refused by the server too', async () => {
    const bob = await makePerson(test.app);
    const ask = () => http().post('/api/users/request-telegram-access').set(bob.auth);
    await publish('off', { featureFlags: { telegramIntegration: { enabled: true, users: [ada.id] } } }).expect(201);
    expect((await ask().expect(403)).body).toMatchObject({ code: 'FEATURE_OFF', feature: 'telegramIntegration' });
    await publish('on', { featureFlags: { telegramIntegration: { enabled: true, users: [bob.id] } } }).expect(201);
    await ask().expect(200);
    await publish('on.2', {}).expect(201);
  });

  it('flags are the own ones of who is signed in, and beta users are told to nobody else', async () => {
    const featureFlags = {
      socialTrading: { enabled: true, users: [ada.id] },
      aiAssistant: { enabled: true, tiers: ['PREMIUM'] },
      websocketPrices: { enabled: true, percentage: 100 },
    };
    await publish('flags', { featureFlags, rollout: { enabledForAll: false, betaUsers: [ada.id, 999] } }).expect(201);
    const stranger = await http().get('/api/config').expect(200);
    const on = { websocketPrices: true, autoTrade: true };
    const off = { socialTrading: false, aiAssistant: false };
    expect(stranger.body).toMatchObject({ featureFlags: { ...off, ...on }, rollout: { betaUsers: [] } });
    const own = await http().get('/api/config').set(ada.auth).expect(200);
    expect(own.body).toMatchObject({
      version: 'flags',
      featureFlags: { ...on, socialTrading: true, aiAssistant: false },
      rollout: { betaUsers: [String(ada.id)] },
    });
    expect(own.headers).toMatchObject({
      'cache-control': 'private, max-age=300',
      vary: expect.stringContaining('Authorization') as string,
    });
    expect(own.headers.etag).not.toBe(stranger.headers.etag);
    await test.db.query(`UPDATE users SET subscription_type = 'PREMIUM' WHERE id = $1`, [ada.id]);
    const premium = await http().get('/api/config').set(ada.auth).set('If-None-Match', String(own.headers.etag));
    expect([premium.status, (premium.body as { featureFlags: Json }).featureFlags.aiAssistant]).toEqual([200, true]);
    const { body } = await http().get('/api/config').set('Authorization', 'Bearer not.a.token').expect(200);
    expect(body).toMatchObject({ featureFlags: off });
  });

  it('maintenance: clients are answered 503, on both replicas, until it is switched off', async () => {
    const asked = { enabled: true, message: 'Back at noon' };
    await http().post('/api/admin/config/maintenance').set(admin.auth).send(asked).expect(200);
    await eventually(async () => (await elsewhere().get('/api/signals').set(ada.auth)).status === 503);
    const { body, headers } = await http().get('/api/signals').set(ada.auth).expect(503);
    expect(body).toMatchObject({ ok: false, code: 'MAINTENANCE', error: 'Back at noon', maintenance: true });
    expect(headers['retry-after']).toBe('60');
    await http().post('/api/auth/register').send({ email: 'm@example.com', password: 'a good long word' }).expect(503);
    await http().get('/api/positions').set(admin.auth).expect(200);
    await http().get('/api/health').expect(200);
    await http().get('/api/auth/me').set(ada.auth).expect(200);
    await http().get('/api/safety/switches').set(ada.auth).expect(200);
    const config = {
      featureFlags: { websocketPrices: true },
      uiMessages: { maintenance: true, maintenanceMessage: 'Back at noon' },
    };
    expect((await http().get('/api/app-config').expect(200)).body).toMatchObject(config);
    await http().post('/api/admin/config/maintenance').set(admin.auth).send({ enabled: false }).expect(200);
    await http().get('/api/positions').set(ada.auth).expect(200);
    await eventually(async () => (await elsewhere().get('/api/signals').set(ada.auth)).status === 200);
  });

  it('maintenance lets people out of what they are in, and nothing new begins, by service token neither', async () => {
    const provider = await makePerson(test.app, { role: 'provider' });
    const switched = (enabled: boolean) =>
      http().post('/api/admin/config/maintenance').set(admin.auth).send({ enabled }).expect(200);
    const house = { 'X-INTERNAL-TOKEN': TEST_SECRETS.HOUSE_ENGINE_TOKEN };
    const signal = { symbol: 'MNTUSDT', side: 'LONG', entry: 100, tp: [110], sl: 92 };
    const own = `/api/users/${ada.id}`;
    await switched(true);
    const statusOf = async (
      method: 'get' | 'post' | 'put' | 'delete',
      path: string,
      who: Record<string, string>,
      body: object = {},
    ) => (await http()[method](path).set(who).send(body)).status;
    const open: [string, Promise<number>][] = [
      ['list', statusOf('get', '/api/positions', ada.auth)],
      ['close', statusOf('post', '/api/positions/close', ada.auth, { position_id: 999_999 })],
      ['edit', statusOf('put', '/api/positions/999999', ada.auth, { stop_loss: 1 })],
      ['off', statusOf('put', `${own}/general`, ada.auth, { auto_trade_enabled: false })],
      ['off by preferences', statusOf('put', `${own}/preferences`, ada.auth, { auto_trade_enabled: false })],
      [
        'off among them',
        statusOf('put', `${own}/preferences`, ada.auth, { preferences: { auto_trade_enabled: false } }),
      ],
      ['revoke', statusOf('delete', '/api/access-tokens/999999', ada.auth)],
      ['password', statusOf('post', '/api/auth/change-password', ada.auth)],
      ['forgot', statusOf('post', '/api/auth/forgot-password', {}, { email: ada.email })],
      ['reset', statusOf('post', '/api/auth/reset-password', {})],
      ['unsubscribe', statusOf('get', '/api/notifications/unsubscribe?token=none', {})],
      ...['stop-loss', 'cancel', 'target-reached'].flatMap((path): [string, Promise<number>][] =>
        [provider.auth, house].map((who) => [
          path,
          statusOf('post', `/api/signals/${path}`, who, { signal_id: 999_999 }),
        ]),
      ),
    ];
    for (const [name, status] of open) expect([name, await status]).not.toEqual([name, 503]);
    for (const who of [provider.auth, house]) expect(await statusOf('post', '/api/signals', who, signal)).toBe(503);
    expect(await statusOf('put', `${own}/general`, ada.auth, { auto_trade_enabled: true })).toBe(503);
    expect(await statusOf('put', `${own}/risk`, ada.auth, { leverage: 3 })).toBe(503);
    await switched(false);
    expect(await statusOf('post', '/api/signals', house, signal)).toBe(201);
  });

  it('a version that does not name maintenance carries it over, and so does going back to an earlier one', async () => {
    const isOn = async () =>
      ((await http().get('/api/config')).body as { uiMessages: { maintenance: boolean } }).uiMessages.maintenance;
    const earlier = (await publish('8.0', { uiMessages: { banner: 'Old' } }).expect(201)).body as {
      version: { id: number };
    };
    const goBack = () => http().post(`/api/admin/config/${earlier.version.id}/activate`).set(admin.auth).expect(200);
    await http().post('/api/admin/config/maintenance').set(admin.auth).send({ enabled: true, message: 'Soon' });
    await publish('8.1', { uiMessages: { banner: 'Hello' } }).expect(201);
    const { body } = await http().get('/api/config').expect(200);
    expect(body).toMatchObject({ uiMessages: { banner: 'Hello', maintenance: true, maintenanceMessage: 'Soon' } });
    await goBack();
    expect((await http().get('/api/config')).body).toMatchObject({ uiMessages: { banner: 'Old', maintenance: true } });
    await publish('8.2', { uiMessages: { maintenance: false } }).expect(201);
    expect(await isOn()).toBe(false);
    await goBack();
    expect(await isOn()).toBe(false);
  });

  it('a slow answer of the database does not replace a newer one', async () => {
    const remote = test.app.get(RemoteConfig);
    const repository = test.app.get(AppConfigRepository);
    const active = repository.active.bind(repository);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await publish('9.0', {}).expect(201);
    const old = await active();
    repository.active = async () => {
      repository.active = active;
      await held;
      return old;
    };
    const slow = remote.refresh();
    await publish('9.1', {}).expect(201);
    release();
    await slow;
    expect(remote.inForce.version).toBe('9.1');
  });
});
