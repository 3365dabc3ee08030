/**
 * How people hear of what happened: in the app with read state, by mail as they chose, quietly at night, gathered in
 * digests; and nothing twice, nothing lost, nobody told of what is another's.
 */
import request from 'supertest';
import { Digests } from '../../src/modules/notifications/digests.service.js';
import { NotificationFeed } from '../../src/modules/notifications/feed.service.js';
import { ReportsService } from '../../src/modules/reports/reports.service.js';
import { WorkRunner } from '../../src/platform/work/work-runner.js';
import { makePerson, PASSWORD, type Person } from '../factories/people.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';
import { ExpoServer } from '../servers/expo/expo-server.js';
import { FcmServer } from '../servers/fcm/fcm-server.js';
import { positionOnce, postSignal, tickThrough } from '../support/signals.js';

interface Told {
  readonly id: number;
  readonly event: string;
  readonly title: string;
  readonly body: string;
  readonly data: Record<string, unknown>;
  readonly is_read: boolean;
}

interface Page {
  readonly notifications: Told[];
  readonly unread_count: number;
  readonly next_before_id: number | null;
}

const expo = new ExpoServer();
const fcm = new FcmServer();
let test: TestApplication;
let admin: Person;
let premium: Person;
let vip: Person;
let trial: Person;
const http = () => request(test.app.getHttpServer());

async function withPlan(plan: string): Promise<Person> {
  const person = await makePerson(test.app, { autoTrade: true });
  await test.db.query('UPDATE users SET subscription_type = $2 WHERE id = $1', [person.id, plan]);
  return person;
}

/** Looks first at what happened, so that nobody waits for the next round. */
async function page(who: Person, query: object = {}): Promise<Page> {
  await test.app.get(NotificationFeed).look();
  return (await http().get('/api/notifications').query(query).set(who.auth).expect(200)).body as Page;
}

const told = (who: Person, event: string) =>
  eventually(async () => (await page(who)).notifications.find((one) => one.event === event));

const prefer = (who: Person, body: object) => http().put('/api/notifications/preferences').set(who.auth).send(body);

const mailsTo = ({ email }: Person) => test.mail.sent.filter(({ target }) => target === email);

/** A trade of somebody, as trading would log it; answers the position. */
async function logged(who: Person, type: string): Promise<number> {
  const row = await test.db.first<{ id: number }>(
    `WITH made AS (
       INSERT INTO positions (user_id, account_id, symbol, side, mode, exchange, status, entry_type, leverage, planned_qty,
         qty, remaining_qty, entry_price, exit_price, stop_loss, target_prices, target_qtys, target_hit_at, margin,
         realised_pnl, fees, close_reason, created_at, opened_at, closed_at, updated_at)
       SELECT user_id, id, 'BTCUSDT', 'LONG', 'paper', 'paper', 'CLOSED', 'MARKET', 10, 2, 2, 0, 100, 101, 90, '{110}', '{2}',
         ARRAY[now()], 0, 2, 0.1, 'TARGETS', now(), now(), now(), now()
       FROM accounts WHERE user_id = $1 AND exchange = 'paper' RETURNING id
     ) INSERT INTO trade_log (position_id, user_id, type, message, created_at)
       SELECT id, $1, $2, 'closed', now() FROM made RETURNING position_id AS id`,
    [who.id, type],
  );
  return row?.id ?? 0;
}

beforeAll(async () => {
  const push = { PUSH_CHANNELS: 'expo,fcm', EXPO_BASE_URL: await expo.start(), ...(await fcm.start()) };
  test = await startTestApplication({ env: { SIGNAL_REPEAT_SECONDS: '0', DAILY_REPORT_AT: '12:00', ...push } });
  admin = await makePerson(test.app, { role: 'admin' });
  premium = await withPlan('PREMIUM');
  vip = await withPlan('VIP');
  trial = await withPlan('TRIAL');
});

afterAll(async () => {
  await test.close();
  await Promise.all([expo.stop(), fcm.stop()]);
});

describe('what happened is told to whose plan includes it', () => {
  it('a signal and its trade, from the first word to the last', async () => {
    test.feed.tick('BTCUSDT', 70_000);
    const signal = { symbol: 'BTCUSDT', side: 'LONG', entry: 70_000, tp: [70_500, 71_000], sl: 69_500 };
    const id = await postSignal(test, admin, signal);
    const posted = await told(vip, 'signal');
    expect(posted).toMatchObject({
      title: 'New signal: BTCUSDT LONG',
      data: { type: 'signal', signal_id: id, symbol: 'BTCUSDT', direction: 'LONG', entry_price: 70_000 },
    });
    const position = await positionOnce<{ id: number }>(test, premium, id, () => true);
    await tickThrough(test, 'BTCUSDT', 70_500);
    expect(await told(premium, 'trade_target')).toMatchObject({ data: { type: 'trade_target', price: 70_500 } });
    await tickThrough(test, 'BTCUSDT', 71_000);
    const end = await told(premium, 'trade_end');
    expect(end.data).toMatchObject({ type: 'trade_end', position_id: position.id, pnl: expect.any(Number) as number });
    expect(end.data.pnl_percentage).toBeGreaterThan(0);
    const { notifications } = await page(premium);
    const events = notifications.map(({ event }) => event).filter((event) => event.startsWith('trade'));
    expect(events.sort()).toEqual(['trade_end', 'trade_start', 'trade_target']);
    expect((await page(vip)).notifications.some(({ event }) => event.startsWith('trade'))).toBe(false);
    expect((await page(trial)).notifications).toEqual([]);
  });

  it('a row whose transaction ended late is told like those that overtook it, and nothing twice', async () => {
    const feed = test.app.get(NotificationFeed);
    const ada = await withPlan('PREMIUM');
    let overtaken = 0;
    const overtaking = await test.db.transaction(async () => {
      overtaken = await logged(ada, 'CLOSE');
      return test.db.inLane('worker', async () => {
        const second = await logged(ada, 'CLOSE');
        for (let round = 0; round < 3; round += 1) await feed.round();
        expect((await page(ada)).notifications).toEqual([]);
        return second;
      });
    });
    await eventually(async () => {
      await feed.round();
      return (await page(ada)).notifications.length === 2;
    });
    await feed.round();
    const positions = (await page(ada)).notifications.map(({ data }) => data.position_id);
    expect(positions.sort()).toEqual([overtaken, overtaking].sort());
  });

  it('a sign-in from a new device', async () => {
    const ada = await makePerson(test.app);
    const login = { email: ada.email, password: PASSWORD };
    await http().post('/api/auth/login').set('User-Agent', 'Elsewhere/1').send(login).expect(200);
    expect(await told(ada, 'login_alert')).toMatchObject({ title: 'New sign-in to your account' });
    await eventually(() => mailsTo(ada).length === 1);
    expect(mailsTo(ada)[0]?.message.unsubscribeUrl).toBeUndefined();
  });

  it('the day’s trades, by mail as well for who wants it', async () => {
    const ada = await withPlan('TRIAL');
    await prefer(ada, { events: { daily_summary: { email: 'instant' } } }).expect(200);
    await logged(ada, 'CLOSE');
    await test.db.query(`UPDATE positions SET closed_at = now() - interval '2 days' WHERE user_id = $1`, [ada.id]);
    const day = await test.db.first<{ day: string }>(
      `SELECT to_char((closed_at AT TIME ZONE 'UTC' + interval '12 hours'), 'YYYY-MM-DD') AS day FROM positions WHERE user_id = $1`,
      [ada.id],
    );
    await test.app.get(ReportsService).make(day?.day ?? '');
    const summary = await told(ada, 'daily_summary');
    expect(summary).toMatchObject({
      body: '1 trade, 1 won, result +2 USDT',
      data: { date: day?.day, total_trades: 1 },
    });
    const mail = await eventually(() => page(ada).then(() => mailsTo(ada)[0]));
    expect(mail.message.text).toContain('Result: +2 USDT');
    expect(mail.message.html).toContain('BTCUSDT LONG, +2 USDT');
  });
});

describe('read state', () => {
  it('counts, marks one and all up to one, by pages, and never another’s', async () => {
    const ada = await withPlan('PREMIUM');
    for (let count = 0; count < 5; count += 1) await logged(ada, 'CLOSE');
    await eventually(async () => (await page(ada)).unread_count === 5);
    const first = await page(ada, { limit: 2 });
    const second = await page(ada, { limit: 2, before_id: first.next_before_id });
    const ids = [...first.notifications, ...second.notifications].map(({ id }) => id);
    expect(ids).toEqual([...ids].sort((a, b) => b - a));
    await http().post(`/api/notifications/${ids[0]}/read`).set(vip.auth).expect(404);
    const one = await http().post(`/api/notifications/${ids[0]}/read`).set(ada.auth).expect(200);
    expect(one.body).toEqual({ ok: true, unread_count: 4 });
    expect((await page(ada, { unread: true })).notifications.map(({ id }) => id)).not.toContain(ids[0]);
    const rest = await http().post('/api/notifications/read-all').set(ada.auth).send({ up_to_id: ids[2] }).expect(200);
    expect(rest.body).toEqual({ ok: true, marked: 3, unread_count: 1 });
    await http().post('/api/notifications/read-all').set(ada.auth).expect(200);
    expect((await http().get('/api/notifications/unread-count').set(ada.auth)).body).toEqual({
      ok: true,
      unread_count: 0,
    });
  });
});

describe('preferences', () => {
  it('start with what counts for everybody, change by name, and are checked', async () => {
    const ada = await withPlan('PREMIUM');
    const { body } = await http().get('/api/notifications/preferences').set(ada.auth).expect(200);
    expect(body).toMatchObject({
      preferences: {
        events: {
          trade_end: { in_app: true, push: true, email: 'off', is_fixed: false },
          login_alert: { in_app: true, email: 'instant', is_fixed: true },
        },
        quiet_hours: null,
        digest: 'off',
      },
    });
    const change = {
      events: { trade_end: { in_app: false }, login_alert: { email: 'off' } },
      time_zone: 'europe/berlin',
    };
    const changed = await prefer(ada, { ...change, quiet_from: '22:00', quiet_until: '07:00' }).expect(200);
    expect(changed.body).toMatchObject({
      preferences: {
        events: { trade_end: { in_app: false, push: true }, login_alert: { email: 'instant' } },
        quiet_hours: { from: '22:00', until: '07:00' },
        time_zone: 'Europe/Berlin',
      },
    });
    for (const [bad, field] of [
      [{ events: { nothing: {} } }, 'events'],
      [{ events: { signal: { email: 'sometimes' } } }, 'events.signal.email'],
      [{ time_zone: 'Mars/Olympus' }, 'time_zone'],
      [{ quiet_from: '07:00' }, 'quiet_from'],
      [{ digest_at: '25:00' }, 'digest_at'],
      [{ digest: 'off', events: { trade_end: { email: 'digest' } } }, 'digest'],
    ] as const) {
      const refused = await prefer(ada, bad).expect(400);
      expect((refused.body as { fields: { field: string }[] }).fields[0]?.field).toContain(field);
    }
    await logged(ada, 'CLOSE');
    const end = await logged(ada, 'SL_HIT');
    expect((await told(ada, 'trade_stop')).data.position_id).toBe(end);
    expect((await page(ada)).notifications).toHaveLength(1);
  });

  it('a mail waits for the end of quiet hours, and one link stops its kind', async () => {
    const ada = await withPlan('PREMIUM');
    await prefer(ada, { events: { trade_end: { email: 'instant' } } }).expect(200);
    await logged(ada, 'CLOSE');
    const mail = await eventually(() => page(ada).then(() => mailsTo(ada)[0]));
    const link = new URL(mail.message.unsubscribeUrl ?? '');
    expect(mail.message.text).toContain(link.href);
    const opened = await http().get(`${link.pathname}${link.search}`).expect(200);
    expect(opened.text).toContain('trade end');
    const quiet = { quiet_from: clockIn(-60), quiet_until: clockIn(60) };
    await prefer(ada, quiet).expect(200);
    await logged(ada, 'CLOSE');
    const waiting = await eventually(() =>
      test.db.first<{ wait: number }>(
        `SELECT extract(epoch FROM available_at - now())::int AS wait FROM work_items
         WHERE queue = 'mail' AND state = 'open' AND payload ->> 'to' = $1`,
        [ada.email],
      ),
    );
    expect(waiting.wait).toBeGreaterThan(3_000);
    await prefer(ada, { quiet_from: null, quiet_until: null }).expect(200);
    const stopped = await http()
      .post(link.pathname)
      .query({ token: link.searchParams.get('token') });
    expect([stopped.status, (stopped.body as { ok: boolean }).ok]).toEqual([200, true]);
    const left = await http().get('/api/notifications/preferences').set(ada.auth);
    expect(left.body).toMatchObject({
      preferences: { events: { trade_end: { email: 'off' }, signal: { push: true } } },
    });
    const forged = `${String(link.searchParams.get('token')).slice(0, -2)}AA`;
    await http().post(link.pathname).send({ token: forged }).expect(400);
  });

  it('a digest gathers what was asked for, once, and sets the next', async () => {
    const ada = await withPlan('PREMIUM');
    const chosen = await prefer(ada, { events: { trade_end: { email: 'digest' } } }).expect(200);
    expect(chosen.body).toMatchObject({ preferences: { digest: 'daily' } });
    await prefer(ada, { digest_at: clockIn(60) }).expect(200);
    await logged(ada, 'CLOSE');
    await logged(ada, 'CLOSE');
    await eventually(async () => (await page(ada)).unread_count === 2);
    expect(mailsTo(ada)).toEqual([]);
    const due = `UPDATE notification_preferences SET next_digest_at = now() - interval '1 second' WHERE user_id = $1`;
    for (let count = 0; count < 2; count += 1) {
      await test.db.query(due, [ada.id]);
      await test.app.get(Digests).round();
    }
    const mail = await eventually(() => page(ada).then(() => mailsTo(ada)[0]));
    expect(mail.message.subject).toBe('Your day in 2 messages');
    expect(mail.message.text.match(/Trade closed: BTCUSDT/g)).toHaveLength(2);
    expect(mailsTo(ada)).toHaveLength(1);
    const next = await test.db.first<{ wait: number }>(
      'SELECT extract(epoch FROM next_digest_at - now())::int AS wait FROM notification_preferences WHERE user_id = $1',
      [ada.id],
    );
    expect(next?.wait).toBeGreaterThan(3_000);
  });

  it('all off: only what guards the account is told', async () => {
    const ada = await withPlan('PREMIUM');
    await http()
      .put(`/api/users/${ada.id}/notifications/settings`)
      .set(ada.auth)
      .send({ notifications_enabled: false });
    await logged(ada, 'CLOSE');
    const login = { email: ada.email, password: PASSWORD };
    await http().post('/api/auth/login').set('User-Agent', 'Elsewhere/2').send(login).expect(200);
    await told(ada, 'login_alert');
    await test.app.get(NotificationFeed).round();
    expect((await page(ada)).notifications.map(({ event }) => event)).toEqual(['login_alert']);
  });
});

describe('phones', () => {
  const register = (who: Person, push_token: string) =>
    http().post(`/api/users/${who.id}/device-token`).set(who.auth).send({ push_token });
  const expoGot = (token: string) => expo.messages.filter(({ to }) => to === token);
  const isActive = async (token: string) =>
    (await test.db.first<{ is_active: boolean }>('SELECT is_active FROM device_tokens WHERE token = $1', [token]))
      ?.is_active;
  const outcome = (token: string) =>
    test.db.first<{ status: string }>(
      'SELECT status FROM push_deliveries p JOIN device_tokens d ON d.id = p.device_id WHERE d.token = $1 ORDER BY p.id DESC',
      [token],
    );

  it('Expo and Firebase get what the contract names, and the receipt is the last word', async () => {
    const ada = await withPlan('PREMIUM');
    const [phone, tablet] = ['ExponentPushToken[ada]', 'a'.repeat(140)];
    await register(ada, phone).expect(201);
    await register(ada, tablet).expect(201);
    const position_id = await logged(ada, 'CLOSE');
    const message = await eventually(() => page(ada).then(() => expoGot(phone)[0]));
    const timestamp = expect.any(String) as string;
    const data = { type: 'trade_end', position_id, symbol: 'BTCUSDT', pnl: 2, pnl_percentage: 10, timestamp };
    expect(message).toMatchObject({ title: 'Trade closed: BTCUSDT', channelId: 'trades', data });
    expect(Object.keys(message.data)).toHaveLength(6);
    const sent = await eventually(() => fcm.messages.find(({ token }) => token === tablet));
    expect(sent).toMatchObject({ data: { type: 'trade_end', position_id: String(position_id), pnl: '2' } });
    await eventually(
      async () => (await outcome(phone))?.status === 'SENT' && (await outcome(tablet))?.status === 'DELIVERED',
    );
    await test.db.query(`UPDATE work_items SET available_at = now() - interval '1 s' WHERE queue = 'push.receipt'`);
    expo.receiptErrors.set(phone, 'DeviceNotRegistered');
    test.app.get(WorkRunner).poke('push.receipt');
    await eventually(async () => (await outcome(phone))?.status === 'DEAD');
    expect([await isActive(phone), await isActive(tablet)]).toEqual([false, true]);
    await register(ada, phone).expect(200);
    expect(await isActive(phone)).toBe(true);
  });

  it('a phone that is no more is forgotten at once, a busy service tried again, and nobody rung twice', async () => {
    const ada = await withPlan('PREMIUM');
    const [gone, old, fine] = ['ExponentPushToken[gone]', 'b'.repeat(140), 'ExponentPushToken[fine]'];
    for (const token of [gone, old, fine]) await register(ada, token).expect(201);
    expo.errors.set(gone, 'DeviceNotRegistered');
    fcm.errors.set(old, [404, 'UNREGISTERED']);
    expo.refusals.push(503);
    await logged(ada, 'CLOSE');
    await eventually(() => page(ada).then(() => expoGot(fine).length === 1));
    await eventually(async () => !(await isActive(gone)) && !(await isActive(old)));
    await logged(ada, 'CLOSE');
    await eventually(() => page(ada).then(() => expoGot(fine).length === 2));
    expect((await outcome(gone))?.status).toBe('DEAD');
  });

  it('a signal rings every phone of its plans once, by a hundred at a time, and no phone of others', async () => {
    await test.db.query(
      `WITH made AS (
         INSERT INTO users (email, password_hash, is_verified, subscription_type, referral_code, created_at, updated_at)
         SELECT 'phone' || n || '@example.com', '-', true, CASE WHEN n <= 230 THEN 'VIP' ELSE 'TRIAL' END, 'PHONE' || n, now(), now()
         FROM generate_series(1, 240) AS n RETURNING id, email
       ) INSERT INTO device_tokens (user_id, token, device_name, device_platform, created_at, updated_at)
         SELECT id, 'ExponentPushToken[' || email || ']', '', '', now(), now() FROM made`,
    );
    const id = await postSignal(test, admin, { symbol: 'ETHUSDT', side: 'LONG', entry: 3_000, tp: [3_030], sl: 2_950 });
    const rung = () => expo.messages.filter(({ to, data }) => to.includes('phone') && data.signal_id === id);
    await eventually(() => page(vip).then(() => rung().length >= 230));
    expect(new Set(rung().map(({ to }) => to)).size).toBe(230);
    expect(rung()).toHaveLength(230);
    expect(Math.max(...expo.batches)).toBe(100);
    const data = { type: 'signal', signal_id: id, symbol: 'ETHUSDT', direction: 'LONG', entry_price: 3_000 };
    expect(rung()[0]).toMatchObject({ channelId: 'signals', data });
  });

  it('rings at night only for what is urgent', async () => {
    const ada = await withPlan('PREMIUM');
    await register(ada, 'ExponentPushToken[night]').expect(201);
    await prefer(ada, { quiet_from: clockIn(-60), quiet_until: clockIn(60) }).expect(200);
    await logged(ada, 'CLOSE');
    await told(ada, 'trade_end');
    const login = { email: ada.email, password: PASSWORD };
    await http().post('/api/auth/login').set('User-Agent', 'Elsewhere/3').send(login).expect(200);
    const [first] = await eventually(() =>
      expoGot('ExponentPushToken[night]').length > 0 ? expoGot('ExponentPushToken[night]') : undefined,
    );
    expect(first).toMatchObject({ channelId: 'account', data: { type: 'login_alert' } });
    expect(expoGot('ExponentPushToken[night]')).toHaveLength(1);
  });
});

/** The time on a clock in UTC so many minutes from now. */
function clockIn(minutes: number): string {
  const now = performance.timeOrigin + performance.now();
  return new Date(now + minutes * 60_000).toISOString().slice(11, 16);
}
