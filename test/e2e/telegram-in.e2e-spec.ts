/**
 * Telegram from its updates to trades and back, over the real listener and a local Bot API: who is read, commands, posts that
 * become signals, edits and replies, forwarding, and what must never be read.
 */
import request from 'supertest';
import { pressed, said } from '../factories/telegram.js';
import { makePerson, type Person } from '../factories/people.js';
import { TelegramBotApi } from '../servers/telegram-bot-api.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';

const TOKEN = '1234:local-stand-in';
const ADMIN_GROUP = -100_500;
const CHANNEL = -100_700;
const GROUP = -100_701;
const UNKNOWN = -100_999;
const ADA = 7_001;
const STRANGER = 7_999;

const telegram = new TelegramBotApi();
let test: TestApplication;
let admin: Person;
let provider: Person;
let sourceId: number;

beforeAll(async () => {
  test = await startTestApplication({
    env: {
      TELEGRAM_BOT_TOKEN: TOKEN,
      TELEGRAM_API_ROOT: await telegram.start(),
      TELEGRAM_VIP_CHAT_ID: '-1001',
      TELEGRAM_TRIAL_CHAT_ID: '-1002',
      TELEGRAM_ADMIN_CHAT_ID: String(ADMIN_GROUP),
      TELEGRAM_LISTEN: 'polling',
      TELEGRAM_PER_GROUP_PER_MINUTE: '6000',
      SIGNAL_REPEAT_SECONDS: '0',
    },
  });
  admin = await makePerson(test.app, { role: 'admin' });
  provider = await makePerson(test.app, { role: 'provider' });
  const made = await post('/api/admin/sources', { code: 'alpha-desk', name: 'Alpha & desk' });
  sourceId = (made.body as { source: { id: number } }).source.id;
  await test.db.query('UPDATE sources SET owner_id = $2 WHERE id = $1', [sourceId, provider.id]);
});

afterAll(async () => {
  await test.close();
  await telegram.stop();
});

const http = () => request(test.app.getHttpServer());
const post = (path: string, body: object, status = [200, 201]) =>
  http()
    .post(path)
    .set(admin.auth)
    .send(body)
    .expect((answer) => expect(status).toContain(answer.status));

interface Message {
  id: number;
  message_id: number;
  verdict: string;
  code: string | null;
  text: string;
  signal_id: number | null;
  result: Record<string, unknown> | null;
}

async function heard(query: object, person = admin): Promise<Message[]> {
  const answer = await http().get('/api/telegram/messages').query(query).set(person.auth).expect(200);
  return (answer.body as { messages: Message[] }).messages;
}

/** Tells it, and waits for its verdict. */
async function tell(chatId: number, text: string, options: Parameters<typeof said>[2] = {}): Promise<Message> {
  const before = (await heard({ limit: 1 }))[0]?.id ?? 0;
  const { update, messageId } = said(chatId, text, options);
  telegram.updates.add(update);
  return eventually(async () => {
    const rows = await heard({ chat_id: chatId, limit: 3 });
    const row = rows.find((one) => one.message_id === messageId && one.id > before);
    return row !== undefined && row.verdict !== 'PENDING' ? row : undefined;
  });
}

const sentTo = (chat: number) => telegram.accepted.filter(({ chat_id }) => Number(chat_id) === chat);

/** What the bot answered last in a chat, after `already` answers. */
const answerIn = (chat: number, already: number) => eventually(() => sentTo(chat)[already]);

describe('who is read', () => {
  it('listens, and says so in the health', async () => {
    await eventually(async () => {
      const { body } = await http().get('/api/health').expect(200);
      return (body as { checks: { listening: { state: string } } }).checks.listening.state === 'listening';
    });
    const { body } = await http().get('/api/telegram/status').set(admin.auth).expect(200);
    expect(body).toMatchObject({ mode: 'polling', state: 'listening', failures: 0 });
  });

  it('lists chats in which it was seen, and keeps nothing of what is said there', async () => {
    telegram.updates.add(said(UNKNOWN, 'LONG BTCUSDT entry 100 tp 110 sl 90').update);
    const chat = await eventually(async () => {
      const { body } = await http().get('/api/telegram/chats').query({ is_allowed: false }).set(admin.auth).expect(200);
      return (body as { chats: { chat_id: number }[] }).chats.find(({ chat_id }) => chat_id === UNKNOWN);
    });
    expect(chat).toMatchObject({ title: `Chat ${UNKNOWN}`, is_allowed: false, role: null });
    expect(await test.db.query('SELECT * FROM telegram_messages WHERE chat_id = $1', [UNKNOWN])).toEqual([]);
  });

  it('lets administrators allow chats, by field and rule, and never a group of its own', async () => {
    const allow = (body: object) => http().post('/api/telegram/chats').set(admin.auth).send(body);
    const field = async (body: object) =>
      ((await allow(body).expect(400)).body as { fields: { field: string }[] }).fields[0]?.field;
    expect(await field({ chat_id: CHANNEL, role: 'VIP' })).toBe('source_id');
    expect(await field({ chat_id: CHANNEL, role: 'VIP', source_id: 999_999 })).toBe('source_id');
    expect(await field({ chat_id: CHANNEL, role: 'ADMIN', source_id: sourceId })).toBe('source_id');
    expect(await field({ chat_id: 5, role: 'VIP', source_id: sourceId })).toBe('chat_id');
    expect(await field({ chat_id: CHANNEL, role: 'VIP', source_id: sourceId, senders: ['x'] })).toBe('senders');
    await allow({ chat_id: -1001, role: 'VIP', source_id: sourceId }).expect(409);
    const { body } = await allow({ chat_id: CHANNEL, role: 'VIP', source_id: sourceId }).expect(200);
    expect((body as { chat: object }).chat).toMatchObject({
      chat_id: CHANNEL,
      is_allowed: true,
      source: 'alpha-desk',
      forward_to: ['VIP', 'TRIAL'],
    });
    await allow({ chat_id: GROUP, role: 'PROVIDER', source_id: sourceId, senders: [ADA], forward_to: [] }).expect(200);
  });

  it('reads in a group whom it is told to, and of others keeps no word', async () => {
    const row = await tell(GROUP, 'private matters', { from: { id: STRANGER } });
    expect(row).toMatchObject({ verdict: 'IGNORED', code: 'SENDER_NOT_ALLOWED', text: '' });
  });

  it('shows providers what was said as their own source, and nothing of others', async () => {
    expect((await heard({ chat_id: GROUP }, provider)).length).toBeGreaterThan(0);
    const other = await makePerson(test.app, { role: 'provider' });
    expect(await heard({}, other)).toEqual([]);
  });

  it('reads nothing any more where it is forbidden to', async () => {
    const { body } = await http().get('/api/telegram/chats').query({ is_allowed: true }).set(admin.auth).expect(200);
    const chat = (body as { chats: { id: number; chat_id: number }[] }).chats.find(({ chat_id }) => chat_id === GROUP);
    await http().delete(`/api/telegram/chats/${chat?.id}`).set(admin.auth).expect(200);
    const before = (await heard({ chat_id: GROUP })).length;
    telegram.updates.add(said(GROUP, 'more', { from: { id: ADA } }).update);
    await eventually(() => telegram.updates.waiting.length === 0);
    expect(await heard({ chat_id: GROUP })).toHaveLength(before);
    await http().delete('/api/telegram/chats/999999').set(admin.auth).expect(404);
  });
});

describe('commands', () => {
  it('are given by nobody who is not linked: strangers are not answered, and nothing of them is kept', async () => {
    for (const text of ['/kill', '/status', '/start', `/start ${'a'.repeat(43)}`]) {
      telegram.updates.add(said(STRANGER, text, { from: { id: STRANGER } }).update);
      telegram.updates.add(said(ADMIN_GROUP, text, { from: { id: STRANGER } }).update);
    }
    telegram.updates.add(pressed(STRANGER, { id: STRANGER }, 'kill:00000000'));
    await eventually(() => telegram.updates.waiting.length === 0);
    expect(
      await test.db.query('SELECT * FROM telegram_messages WHERE sender_id = $1 AND text <> $2', [STRANGER, '']),
    ).toEqual([]);
    expect(sentTo(STRANGER)).toEqual([]);
    expect(sentTo(ADMIN_GROUP)).toEqual([]);
  });

  it('are given by administrators who showed a code from the app, which works once', async () => {
    const { body } = await post('/api/telegram/link', {});
    const { code, link } = body as { code: string; link: string };
    expect(link).toBe(`https://t.me/verzek_test_bot?start=${code}`);
    await tell(ADA, `/start ${code}`, { from: { id: ADA } });
    expect((await answerIn(ADA, 0)).text).toContain('You are linked');
    telegram.updates.add(said(STRANGER, `/start ${code}`, { from: { id: STRANGER } }).update);
    await eventually(() => telegram.updates.waiting.length === 0);
    const admins = await http().get('/api/telegram/admins').set(admin.auth).expect(200);
    expect((admins.body as { admins: object[] }).admins).toMatchObject([{ telegram_user_id: ADA, user_id: admin.id }]);
    const stored = await test.db.query<{ text: string }>('SELECT text FROM telegram_messages WHERE sender_id = $1', [
      ADA,
    ]);
    expect(JSON.stringify(stored)).not.toContain(code);
  });

  it('answer what they are asked', async () => {
    for (const [command, answer] of [
      ['/status', 'Trading works'],
      ['/positions', 'Nothing is held'],
      ['/report@verzek_test_bot', 'No daily report'],
      ['/help', '/kill: stop all new exposure'],
      ['/pause x', 'Say for how many minutes'],
    ] as const) {
      const already = sentTo(ADMIN_GROUP).length;
      await tell(ADMIN_GROUP, command, { from: { id: ADA } });
      expect((await answerIn(ADMIN_GROUP, already)).text).toContain(answer);
    }
    expect(await tell(ADMIN_GROUP, '/status@other_bot', { from: { id: ADA } })).toMatchObject({ verdict: 'IGNORED' });
  });

  it('stop trading after a code is sent back, once, by the same person, and let it go on so', async () => {
    const safety = async () =>
      ((await http().get('/api/safety/status')).body as { kill_switch: { active: boolean } }).kill_switch.active;
    const already = sentTo(ADA).length;
    await tell(ADA, '/kill', { from: { id: ADA } });
    expect(await safety()).toBe(false);
    const asked = await answerIn(ADA, already);
    const data = asked.reply_markup?.inline_keyboard[0]?.[0]?.callback_data ?? '';
    telegram.updates.add(pressed(ADA, { id: STRANGER }, data));
    telegram.updates.add(pressed(ADA, { id: ADA }, data));
    await eventually(safety);
    expect((await answerIn(ADA, already + 1)).text).toContain('Trading is stopped');
    await eventually(() => telegram.acknowledged.length === 1);
    telegram.updates.add(pressed(ADA, { id: ADA }, data));
    expect((await answerIn(ADA, already + 2)).text).toContain('not good any more');
    expect(JSON.stringify(await heard({ chat_id: ADA }))).not.toContain(data.split(':')[1]);
    await tell(ADA, '/resume', { from: { id: ADA } });
    const code = /\/resume ([0-9A-F]{8})/.exec((await answerIn(ADA, already + 3)).text)?.[1] ?? '';
    await tell(ADA, `/resume ${code.toLowerCase()}`, { from: { id: ADA } });
    await eventually(async () => !(await safety()));
    const rows = await test.db.query<{ action: string; after: object }>(
      `SELECT action, after FROM audit_events WHERE action LIKE 'safety.switch.%' AND actor_id = $1 ORDER BY id`,
      [admin.id],
    );
    expect(rows.map(({ action }) => action)).toEqual(['safety.switch.set', 'safety.switch.clear']);
    expect(rows[0]?.after).toMatchObject({ via: `telegram:${ADA}`, reason: '/kill in Telegram' });
  });

  it('pause at once', async () => {
    const already = sentTo(ADA).length;
    await tell(ADA, '/pause 5', { from: { id: ADA } });
    expect((await answerIn(ADA, already)).text).toContain('No new entries until');
    await post('/api/safety/resume', {});
  });

  it('are not taken any more from whoever is no administrator, or unlinked', async () => {
    await test.db.query(`UPDATE users SET role = 'user' WHERE id = $1`, [admin.id]);
    telegram.updates.add(said(ADA, '/status', { from: { id: ADA } }).update);
    await eventually(() => telegram.updates.waiting.length === 0);
    await test.db.query(`UPDATE users SET role = 'admin' WHERE id = $1`, [admin.id]);
    expect((await heard({ chat_id: ADA, limit: 1 }))[0]?.text).not.toBe('/status');
    await http().delete(`/api/telegram/admins/${STRANGER}`).set(admin.auth).expect(404);
  });
});

describe('posts', () => {
  const signalOf = async (row: Message) => {
    const { body } = await http().get(`/api/signals/${row.signal_id}`).set(admin.auth).expect(200);
    return (body as { signal: Record<string, unknown> }).signal;
  };
  const LONG = (symbol: string) =>
    `#Signal #${symbol}/USDT\n\nLONG Lev x10\nEntry: 100\nTP1: 110\nTP2: 120\nSL: 92\nhttps://t.me/join`;

  it('become signals, traded and told in the provider’s words, once to each group', async () => {
    const row = await tell(CHANNEL, LONG('AAA'));
    expect(row).toMatchObject({ verdict: 'SIGNAL', code: null, result: { outcome: 'done' } });
    expect(await signalOf(row)).toMatchObject({ symbol: 'AAAUSDT', side: 'LONG', source: 'alpha-desk' });
    await eventually(() => sentTo(-1001).some(({ text }) => text.includes('AAA')));
    await eventually(() => sentTo(-1002).some(({ text }) => text.includes('AAA')));
    const told = sentTo(-1001).filter(({ text }) => text.includes('AAA'));
    expect(told.map(({ text }) => text)).toEqual([
      `<b>📡 VerzekAutoTrader</b>\nSource: Alpha &amp; desk\nSignal AAA/USDT\nLONG\nEntry: 100\nTP1: 110\nTP2: 120\nSL: 92\nSignal #${row.signal_id}`,
    ]);
    expect(sentTo(-1002).filter(({ text }) => text.includes('AAA'))).toHaveLength(1);
  });

  it('are read once, however often they are told, and not again where they come back', async () => {
    const { update } = said(CHANNEL, LONG('BBB'));
    telegram.updates.add(update);
    telegram.updates.add(update);
    const count = async () => (await heard({ chat_id: CHANNEL })).filter(({ text }) => text.includes('BBB')).length;
    await eventually(async () => (await count()) === 1);
    expect(await tell(CHANNEL, LONG('BBB'))).toMatchObject({ verdict: 'IGNORED', code: 'REPEATED' });
    const own = sentTo(-1001).at(-1)?.text ?? '';
    expect(await tell(CHANNEL, own)).toMatchObject({ verdict: 'IGNORED', code: 'OWN_WORDS' });
    const forward = { forward_origin: { type: 'channel', chat: { id: -1001, type: 'channel' } } };
    expect(await tell(CHANNEL, LONG('CCC'), { more: forward })).toMatchObject({ code: 'OWN_FORWARD' });
    const copy = { is_automatic_forward: true };
    expect(await tell(CHANNEL, LONG('CCC'), { more: copy })).toMatchObject({ code: 'AUTOMATIC_FORWARD' });
  });

  it('change with their edits, each change once', async () => {
    const row = await tell(CHANNEL, LONG('DDD'));
    const edit = await tell(CHANNEL, LONG('DDD').replace('SL: 92', 'SL: 95'), { messageId: row.message_id, edited: 1 });
    expect(edit).toMatchObject({ verdict: 'UPDATE', signal_id: row.signal_id, result: { outcome: 'done' } });
    await eventually(async () => (await signalOf(row)).sl === 95);
    const again = await tell(CHANNEL, `${LONG('DDD').replace('SL: 92', 'SL: 95')}\n!`, {
      messageId: row.message_id,
      edited: 2,
    });
    expect(again).toMatchObject({ verdict: 'UPDATE', code: 'UNCHANGED' });
    const other = await tell(CHANNEL, LONG('EEE'), { messageId: row.message_id, edited: 3 });
    expect(other).toMatchObject({ verdict: 'REFUSED', code: 'ANOTHER_TRADE', signal_id: row.signal_id });
    const signals = await test.db.query('SELECT 1 FROM signals WHERE symbol = $1', ['EEEUSDT']);
    expect(signals).toEqual([]);
  });

  it('are updated by what answers them', async () => {
    const [first, second] = [await tell(CHANNEL, LONG('FFF')), await tell(CHANNEL, LONG('FFF').replace('110', '111'))];
    expect(second.verdict).toBe('SIGNAL');
    const close = await tell(CHANNEL, 'close now', { replyTo: first.message_id });
    expect(close).toMatchObject({ verdict: 'UPDATE', signal_id: first.signal_id });
    await eventually(async () => (await signalOf(first)).status === 'CANCELLED');
    expect(['NEW', 'OPENED']).toContain((await signalOf(second)).status);
    const late = await tell(CHANNEL, 'close now', { replyTo: first.message_id });
    expect(late.result).toMatchObject({ outcome: 'nothing' });
  });

  it('open nothing when they are old, unclear or chatter; administrators are asked once', async () => {
    const already = sentTo(ADMIN_GROUP).length;
    expect(await tell(CHANNEL, LONG('GGG'), { age: 3_600 })).toMatchObject({ verdict: 'REFUSED', code: 'TOO_OLD' });
    expect(await tell(CHANNEL, 'good morning everybody')).toMatchObject({ verdict: 'NOISE' });
    const unclear = await tell(CHANNEL, 'LONG HHHUSDT or HHJUSDT\nEntry: 100\nTP: 110\nSL: 92');
    expect(unclear.verdict).toBe('REFUSED');
    await eventually(() => sentTo(ADMIN_GROUP).length === already + 2);
    expect(sentTo(ADMIN_GROUP).at(-1)?.text).toContain('A post was not carried out');
    expect(await test.db.query(`SELECT 1 FROM signals WHERE symbol IN ('GGGUSDT', 'HHHUSDT')`)).toEqual([]);
    expect((await heard({ chat_id: CHANNEL, verdict: 'NOISE', from: '2026-01-01' })).map(({ text }) => text)).toEqual([
      'good morning everybody',
    ]);
    expect(await heard({ to: '2026-01-01' })).toEqual([]);
    const { body } = await http().get('/api/telegram/statistics').set(admin.auth).expect(200);
    const { chats } = body as { chats: { chat_id: number; verdict: string; count: number }[] };
    expect(chats.find(({ chat_id, verdict }) => chat_id === CHANNEL && verdict === 'NOISE')?.count).toBe(1);
  });

  it('may be mended by an edit as long as they are fresh', async () => {
    const row = await tell(CHANNEL, 'LONG IIIUSDT or IIJUSDT\nEntry: 100\nTP: 110\nSL: 92');
    expect(row).toMatchObject({ verdict: 'REFUSED', signal_id: null });
    const edit = await tell(CHANNEL, LONG('III'), { messageId: row.message_id, edited: 5 });
    expect(edit).toMatchObject({ verdict: 'SIGNAL' });
  });

  it('a flood is stored as it comes and handled in its order', async () => {
    const symbols = Array.from({ length: 60 }, (_, index) => `FL${String.fromCharCode(65 + (index % 26))}${index}`);
    for (const symbol of symbols) telegram.updates.add(said(CHANNEL, LONG(symbol)).update);
    await eventually(async () => {
      const rows = await test.db.query(`SELECT 1 FROM signals WHERE symbol LIKE 'FL%USDT'`);
      return rows.length === symbols.length;
    });
    const rows = await test.db.query<{ symbol: string }>(
      `SELECT symbol FROM signals WHERE symbol LIKE 'FL%USDT' ORDER BY id`,
    );
    expect(rows.map(({ symbol }) => symbol)).toEqual(symbols.map((symbol) => `${symbol}USDT`));
  });

  it('shows administrators in private how a text is read, and trades nothing', async () => {
    await test.db.query(
      'INSERT INTO telegram_admins (telegram_user_id, user_id, linked_at) VALUES ($1, $2, now()) ON CONFLICT DO NOTHING',
      [ADA, admin.id],
    );
    const already = sentTo(ADA).length;
    const row = await tell(ADA, LONG('DRY'), { from: { id: ADA } });
    expect(row).toMatchObject({ verdict: 'DRY_RUN', code: 'SIGNAL', signal_id: null });
    const { text } = await answerIn(ADA, already);
    expect(text).toContain('A signal: DRYUSDT LONG');
    expect(text).toContain('Nothing is traded');
  });
});

describe('what dies and what comes back', () => {
  it('a verdict that was not written before a crash is found again: one signal', async () => {
    const row = await tell(CHANNEL, 'LONG JJJUSDT\nEntry: 100\nTP: 110\nSL: 92');
    await test.db.query(
      `UPDATE telegram_messages SET verdict = 'PENDING', handled_at = NULL, signal_id = NULL, sent_at = sent_at - interval '1 hour'
       WHERE id = $1`,
      [row.id],
    );
    await test.db.query(
      `UPDATE work_items SET state = 'open', finished_at = NULL, available_at = now() WHERE queue = 'telegram.message' AND key = $1`,
      [String(row.id)],
    );
    await test.db.query(`SELECT pg_notify('verzek_work', 'telegram.message')`);
    await eventually(async () => (await heard({ limit: 1 }))[0]?.signal_id === row.signal_id);
    expect(await test.db.query(`SELECT 1 FROM signals WHERE symbol = 'JJJUSDT'`)).toHaveLength(1);
  });
});
