/**
 * Broadcasting over the real channel to a local Bot API: refusals, limits and outages, while trading goes on.
 */
import request from 'supertest';
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
    const signal = { symbol, side: 'LONG', entry: 100, tp: [110], sl: 90 };
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
    const bad = await http().post('/api/admin/telegram/test').set(admin.auth).expect(503);
    expect(bad.body).toMatchObject({
      ok: false,
      results: { VIP: expect.stringContaining('chat not found') as string },
    });
  });
});
