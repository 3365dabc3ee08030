/**
 * Broadcasting over the real channel to a local Bot API: refusals, limits and outages, while trading goes on.
 */
import request from 'supertest';
import { MarketWatch } from '../../src/modules/market-data/market-watch.service.js';
import { makePerson, type Person } from '../factories/people.js';
import { TelegramBotApi } from '../servers/telegram-bot-api.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';

const TOKEN = '1234:local-stand-in';

describe('Telegram', () => {
  const telegram = new TelegramBotApi();
  let test: TestApplication;
  let admin: Person;
  let ada: Person;

  beforeAll(async () => {
    test = await startTestApplication({
      env: {
        TELEGRAM_BOT_TOKEN: TOKEN,
        TELEGRAM_API_ROOT: await telegram.start(),
        TELEGRAM_VIP_CHAT_ID: '-1001',
        SIGNAL_REPEAT_SECONDS: '0',
        TELEGRAM_PER_GROUP_PER_MINUTE: '60',
      },
    });
    admin = await makePerson(test.app, { role: 'admin' });
    ada = await makePerson(test.app, { autoTrade: true });
  });

  afterAll(async () => {
    await test.close();
    await telegram.stop();
  });

  beforeEach(() => {
    telegram.received.length = 0;
    telegram.accepted.length = 0;
    telegram.script.length = 0;
  });

  const http = () => request(test.app.getHttpServer());

  async function post(symbol: string): Promise<void> {
    const signal = { symbol, side: 'LONG', entry: 100, tp: [110], sl: 92 };
    await http().post('/api/signals').set(admin.auth).send(signal).expect(201);
  }

  const deliveries = () =>
    test.db.query<{ status: string; attempts: number; last_error: string | null }>(
      `SELECT d.status, d.attempts, d.last_error FROM deliveries d ORDER BY d.id DESC LIMIT 1`,
    );

  it('sends to the group, as HTML, with the bot’s token', async () => {
    await post('AAAUSDT');
    await eventually(() => telegram.accepted.length === 1);
    expect(telegram.accepted[0]).toMatchObject({ token: TOKEN, chat_id: '-1001', parse_mode: 'HTML' });
    expect(telegram.accepted[0]?.text).toContain('<b>🟢 VerzekAutoTrader: AAAUSDT LONG</b>');
    await eventually(async () => (await deliveries())[0]?.status === 'SENT');
  });

  it('waits as long as a 429 says, and not longer', async () => {
    telegram.script.push({ kind: 'error', status: 429, description: 'Too Many Requests', retryAfter: 1 });
    await post('BBBUSDT');
    await eventually(() => telegram.received.length === 1);
    const start = performance.now();
    await eventually(() => telegram.accepted.length === 1);
    expect(performance.now() - start).toBeGreaterThan(800);
    expect(performance.now() - start).toBeLessThan(4_000);
  });

  it('tries again after 5xx and dropped connections, and trades meanwhile', async () => {
    telegram.script.push({ kind: 'error', status: 502, description: 'Bad Gateway' }, { kind: 'drop' });
    await post('CCCUSDT');
    await eventually(async () => {
      const list = await http().get('/api/positions').query({ symbol: 'CCCUSDT' }).set(ada.auth);
      return (list.body as { positions: unknown[] }).positions.length === 1;
    });
    await eventually(() => telegram.accepted.length === 1);
    expect(telegram.received).toHaveLength(3);
    await eventually(async () => (await deliveries())[0]?.status === 'SENT');
  });

  it('gives up where trying again is useless, with the reason, and goes on with the next', async () => {
    telegram.script.push({ kind: 'error', status: 403, description: 'Forbidden: bot was kicked from the group' });
    await post('DDDUSDT');
    await eventually(async () => (await deliveries())[0]?.status === 'DEAD');
    expect((await deliveries())[0]?.last_error).toContain('kicked');
    await post('EEEUSDT');
    await eventually(() => telegram.accepted.length === 1);
    expect(telegram.received).toHaveLength(2);
  });

  it('gives up in the end, with the reason, where nothing but trying again ever came of it', async () => {
    const error = { kind: 'error', status: 502, description: 'Bad Gateway' } as const;
    telegram.script.push(...Array.from({ length: 50 }, () => error));
    await post('LASTUSDT');
    await eventually(async () => (await deliveries())[0]?.last_error?.includes('Bad Gateway'));
    await test.db.query(
      `UPDATE work_items SET attempts = 1499, available_at = now() WHERE queue = 'delivery' AND state = 'open'`,
    );
    await eventually(async () => {
      await test.db.query(`SELECT pg_notify('verzek_work', 'delivery')`);
      return (await deliveries())[0]?.status === 'DEAD';
    });
    expect((await deliveries())[0]?.last_error).toMatch(/given up after 150\d attempts: .*Bad Gateway/);
    const open = await test.db.query(`SELECT FROM work_items WHERE queue = 'delivery' AND state <> 'done'`);
    expect(open).toEqual([]);
  });

  it('keeps messages waiting while the token is wrong, and follows a group to its new id', async () => {
    telegram.script.push(
      { kind: 'error', status: 401, description: 'Unauthorized' },
      { kind: 'error', status: 404, description: 'Not Found' },
      { kind: 'error', status: 400, description: 'group chat was upgraded to a supergroup chat', migrateTo: -1009 },
    );
    await post('GGGUSDT');
    await eventually(() => telegram.received.length > 0);
    await post('HHHUSDT');
    await eventually(() => telegram.accepted.length === 2);
    expect(telegram.accepted.map(({ chat_id }) => chat_id)).toEqual(['-1009', '-1009']);
    expect(telegram.accepted[0]?.text).toContain('GGGUSDT');
    expect(telegram.received.map(({ chat_id }) => chat_id)).toEqual(['-1001', '-1001', '-1001', '-1009', '-1009']);
    await eventually(async () => (await deliveries())[0]?.status === 'SENT');
  });

  it('shows in the health what was given up, and sends all of it again on one call', async () => {
    const health = async () =>
      ((await http().get('/api/health').expect(200)).body as { status: string; checks: { broadcast: object } }) ?? {};
    await test.db.query(`DELETE FROM deliveries WHERE status = 'DEAD'`);
    expect(await health()).toMatchObject({ checks: { broadcast: { ok: true, given_up: 0 } } });
    const kicked = { kind: 'error', status: 403, description: 'Forbidden: bot was kicked' } as const;
    telegram.script.push(kicked, kicked);
    await post('IIIUSDT');
    await eventually(() => telegram.received.length === 1);
    await post('JJJUSDT');
    await eventually(() => telegram.received.length === 2);
    await eventually(async () => (await deliveries())[0]?.status === 'DEAD');
    expect(await health()).toMatchObject({ status: 'degraded', checks: { broadcast: { ok: false, given_up: 2 } } });
    const answer = await http().post('/api/admin/broadcasts/deliveries/retry').set(admin.auth).send({}).expect(200);
    expect(answer.body).toMatchObject({ ok: true, count: 2 });
    await eventually(() => telegram.accepted.length === 2);
    expect(telegram.accepted.map(({ text }) => /[IJ]{3}USDT/.exec(text)?.[0])).toEqual(['IIIUSDT', 'JJJUSDT']);
    await eventually(async () => (await deliveries())[0]?.status === 'SENT');
    expect(await health()).toMatchObject({ checks: { broadcast: { ok: true, given_up: 0 } } });
  });

  it('sends again what was given up, when an administrator says so, and nothing else', async () => {
    telegram.script.push({ kind: 'error', status: 403, description: 'Forbidden: bot was kicked from the group' });
    await post('FFFUSDT');
    const dead = await eventually(async () => {
      const { body } = await http().get('/api/admin/broadcasts').query({ limit: 1 }).set(admin.auth).expect(200);
      const { broadcasts } = body as { broadcasts: { deliveries: { id: number; status: string }[] }[] };
      return broadcasts[0]?.deliveries.find(({ status }) => status === 'DEAD');
    });
    const retry = (id: number) => http().post(`/api/admin/broadcasts/deliveries/${id}/retry`).set(admin.auth);
    await retry(dead.id).expect(200);
    await eventually(async () => (await deliveries())[0]?.status === 'SENT');
    expect(telegram.accepted).toHaveLength(1);
    await retry(dead.id).expect(404);
    await retry(999999).expect(404);
  });

  it('tests the connection for admins', async () => {
    const good = await http().post('/api/admin/telegram/test').set(admin.auth).expect(200);
    expect(good.body).toMatchObject({ ok: true, results: { VIP: 'delivered' } });
    telegram.script.push({ kind: 'error', status: 400, description: 'Bad Request: chat not found' });
    const bad = await http().post('/api/admin/telegram/test').set(admin.auth).expect(500);
    expect(bad.body).toMatchObject({
      ok: false,
      results: { VIP: expect.stringContaining('chat not found') as string },
    });
  });
});

it('a Telegram that does not answer holds up neither the end of a process nor the next leader', async () => {
  const telegram = new TelegramBotApi();
  const env = { TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_API_ROOT: await telegram.start(), TELEGRAM_VIP_CHAT_ID: '-1001' };
  const first = await startTestApplication({ env });
  const admin = await makePerson(first.app, { role: 'admin' });
  await eventually(() => first.app.get(MarketWatch).isLeading);
  const second = await startTestApplication({ env, database: first.database });
  telegram.script.push({ kind: 'hang' }, { kind: 'hang' }, { kind: 'hang' });
  const signal = { symbol: 'BTCUSDT', side: 'LONG', entry: 100, tp: [110], sl: 92 };
  await request(first.app.getHttpServer()).post('/api/signals').set(admin.auth).send(signal).expect(201);
  await eventually(() => telegram.received.length === 1);
  const began = performance.now();
  await Promise.all([first.app.close(), eventually(() => second.app.get(MarketWatch).isLeading)]);
  expect(performance.now() - began).toBeLessThan(5_000);
  await second.close();
  await first.database.drop();
  await telegram.stop();
});
