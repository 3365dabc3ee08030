/**
 * Several processes and one bot: one of them asks, a killed one is replaced without loss, and by webhook the same chats go on.
 */
import request from 'supertest';
import { said } from '../factories/telegram.js';
import { TelegramBotApi } from '../servers/telegram-bot-api.js';
import { eventually, startTestApplication } from '../support/application.js';
import { createTestDatabase } from '../support/database.js';
import { Processes } from '../support/processes.js';

const TOKEN = '1234:local-stand-in';
const CHANNEL = -100_700;

it('one replica asks; when it is killed between storing and confirming, the next loses and doubles nothing', async () => {
  const other = new TelegramBotApi();
  const database = await createTestDatabase();
  const settings = { TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_API_ROOT: await other.start(), TELEGRAM_LISTEN: 'polling' };
  const processes = new Processes({ ...settings, DATABASE_URL: database.url });
  const victim = processes.start('worker', { VERZEK_KILL_POINT: 'telegram:taken' });
  await eventually(() => other.updates.asked.length > 0);
  const second = await startTestApplication({ database, env: { ...settings, SIGNAL_REPEAT_SECONDS: '0' } });
  const [source] = await second.db.query<{ id: number }>(
    `INSERT INTO sources (code, kind, name, created_at) VALUES ('desk', 'webhook', 'Desk', now()) RETURNING id`,
  );
  await second.db.query(
    `INSERT INTO telegram_chats (chat_id, kind, is_allowed, role, source_id, first_seen_at, last_seen_at)
     VALUES ($1, 'channel', true, 'VIP', $2, now(), now())`,
    [CHANNEL, source?.id],
  );
  const number = other.updates.add(said(CHANNEL, 'LONG KKKUSDT\nEntry: 100\nTP: 110\nSL: 92').update);
  expect(await victim.ended).toBe('SIGKILL');
  expect(other.updates.waiting).toHaveLength(1);
  await eventually(() => other.updates.waiting.length === 0, 60_000);
  const rows = await eventually(async () => {
    const found = await second.db.query<{ verdict: string; update_id: number }>(
      'SELECT verdict, update_id FROM telegram_messages',
    );
    return found[0]?.verdict === 'PENDING' ? undefined : found;
  });
  expect(rows).toEqual([{ verdict: 'SIGNAL', update_id: number }]);
  expect(await second.db.query('SELECT symbol FROM signals')).toEqual([{ symbol: 'KKKUSDT' }]);
  expect(other.updates.conflicts).toBe(0);
  await second.close();
  await processes.close();

  // The same chats, by webhook.
  const SECRET = 'local-secret-0123456789abcdef0123456789';
  const env = {
    ...settings,
    TELEGRAM_LISTEN: 'webhook',
    TELEGRAM_WEBHOOK_SECRET: SECRET,
    PUBLIC_URL: 'http://127.0.0.1',
  };
  const third = await startTestApplication({ database, env: { ...env, SIGNAL_REPEAT_SECONDS: '0' } });
  await eventually(() => other.updates.webhook.url === 'http://127.0.0.1/api/telegram/webhook');
  expect(other.updates.webhook.secret_token).toBe(SECRET);
  const send = (update: object, secret = SECRET) =>
    request(third.app.getHttpServer())
      .post('/api/telegram/webhook')
      .set('X-Telegram-Bot-Api-Secret-Token', secret)
      .send(update);
  const { update } = said(CHANNEL, 'LONG LLLUSDT\nEntry: 100\nTP: 110\nSL: 92\0');
  await send({ update_id: 1, ...update }, 'wrong').expect(401);
  await send({ update_id: 1, ...update }).expect(200);
  await send({ update_id: 1, ...update }).expect(200);
  await send({ nonsense: true }).expect(200);
  await eventually(async () => (await third.db.query(`SELECT 1 FROM signals WHERE symbol = 'LLLUSDT'`)).length === 1);
  expect(await third.db.query('SELECT 1 FROM telegram_messages')).toHaveLength(2);
  await third.close();
  await database.drop();
  await other.stop();
}, 120_000);
