/**
 * What administrators see and answer: people, everybody's positions, sources and figures, tickets of support.
 */
import request from 'supertest';
import { MOST_OPEN_TICKETS } from '../../src/modules/support/support.service.js';
import { makePerson, type Person } from '../factories/people.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';
import { postSignal } from '../support/signals.js';

interface Sources {
  sources: { id: number; kind: string; signals: number; trades: number; losses: number }[];
}

let test: TestApplication;
let admin: Person;
let ada: Person;
let eve: Person;

const http = () => request(test.app.getHttpServer());
const get = async <Body>(path: string, query: object = {}, who: Person = admin) =>
  (await http().get(path).query(query).set(who.auth).expect(200)).body as Body;

beforeAll(async () => {
  test = await startTestApplication({ env: { SIGNAL_REPEAT_SECONDS: '0' } });
  admin = await makePerson(test.app, { role: 'admin' });
  ada = await makePerson(test.app, { autoTrade: true });
  eve = await makePerson(test.app, { isVerified: false });
  await test.db.query(`UPDATE users SET full_name = '=HYPERLINK("http://evil")', referred_by_id = $2 WHERE id = $1`, [
    eve.id,
    ada.id,
  ]);
  await test.db.query(
    `UPDATE users SET subscription_type = 'VIP', subscription_expires_at = '2100-01-01' WHERE id = $1`,
    [ada.id],
  );
});

afterAll(() => test.close());

describe('people', () => {
  interface Users {
    users: { id: number; subscription_type: string }[];
    next_before_id: number | null;
  }
  const found = async (query: object) => (await get<Users>('/api/admin/users', query)).users.map(({ id }) => id);

  it('are found by address, name, code or id, and by what they are', async () => {
    expect(await found({ q: ada.email.toUpperCase() })).toEqual([ada.id]);
    expect(await found({ q: 'hyperlink' })).toEqual([eve.id]);
    expect(await found({ q: String(ada.id) })).toContain(ada.id);
    const { user } = await get<{ user: { referral_code: string } }>(`/api/admin/users/${ada.id}`);
    expect(await found({ q: user.referral_code })).toEqual([ada.id]);
    expect(await found({ role: 'admin' })).toEqual([admin.id]);
    expect(await found({ tier: 'VIP' })).toEqual([ada.id]);
    expect(await found({ state: 'unverified' })).toEqual([eve.id]);
    expect(await found({ state: 'disabled' })).toEqual([]);
    expect(await found({ auto_trade: true, state: 'active' })).toEqual([ada.id]);
    // What is typed is no pattern.
    expect(await found({ q: '%' })).toEqual([]);
    expect(await found({ q: '_' })).toEqual([]);
  });

  it('come page by page, newest first', async () => {
    const first = await get<Users>('/api/admin/users', { limit: 2 });
    expect(first.users.map(({ id }) => id)).toEqual([eve.id, ada.id]);
    expect(await found({ limit: 2, before_id: first.next_before_id })).toEqual([admin.id]);
  });

  it('a plan that is over is TRIAL, in the list and in what is asked for', async () => {
    await test.db.query(
      `UPDATE users SET subscription_type = 'PREMIUM', subscription_expires_at = '2020-01-01' WHERE id = $1`,
      [eve.id],
    );
    expect(await found({ tier: 'PREMIUM' })).toEqual([]);
    expect(await found({ tier: 'TRIAL', q: eve.email })).toEqual([eve.id]);
  });

  it('as a table for a spreadsheet, in which nothing is a formula', async () => {
    const { text, headers } = await http()
      .get('/api/admin/users.csv')
      .query({ q: 'hyperlink' })
      .set(admin.auth)
      .expect(200);
    expect(headers['content-type']).toBe('text/csv; charset=utf-8');
    const [names, row, end] = text.split('\r\n');
    expect(names).toMatch(/^id,email,full_name,role,/);
    expect(row).toMatch(new RegExp(`^${eve.id},${eve.email},"'=HYPERLINK\\(""http://evil""\\)",user,`));
    expect(end).toBe('');
  });

  it('one is shown with all that hangs on it, and without a hash', async () => {
    const { text } = await http().get(`/api/admin/users/${ada.id}`).set(admin.auth).expect(200);
    const { user } = JSON.parse(text) as { user: object };
    expect(user).toMatchObject({
      email: ada.email,
      subscription_type: 'VIP',
      sessions: 1,
      referred_count: 1,
      open_tickets: 0,
      paid_usdt: '0',
      paper_balance_usdt: '10000',
      exchange_accounts: [],
      deletion_due_at: null,
    });
    expect(text).not.toMatch(/hash|argon|password/i);
    await http().get('/api/admin/users/999999').set(admin.auth).expect(404);
    await http().get(`/api/admin/users/${ada.id}`).set(ada.auth).expect(403);
  });
});

describe('the platform', () => {
  let signal: number;

  beforeAll(async () => {
    signal = await postSignal(test, admin, {
      symbol: 'ETHUSDT',
      side: 'LONG',
      entry: 3000,
      tp: [3100],
      sl: 2900,
      leverage: 5,
    });
    await eventually(async () => (await get<{ count: number }>('/api/admin/positions')).count === 1);
  });

  it('shows the positions of everybody', async () => {
    interface List {
      positions: { user_id: number; signal_id: number; symbol: string }[];
    }
    const [row] = (await get<List>('/api/admin/positions', { symbol: 'ETH/USDT', status: 'OPEN' })).positions;
    expect(row).toMatchObject({ user_id: ada.id, signal_id: signal, symbol: 'ETHUSDT' });
    expect((await get<List>('/api/admin/positions', { user_id: eve.id })).positions).toEqual([]);
    expect((await get<List>('/api/admin/positions', { user_id: ada.id, signal_id: signal })).positions).toHaveLength(1);
    const { text } = await http().get('/api/admin/positions.csv').query({ limit: 300 }).set(admin.auth).expect(200);
    expect(text.split('\r\n')).toEqual([
      expect.stringMatching(/^id,user_id,account_id,signal_id,symbol/),
      expect.stringContaining(`,${signal},ETHUSDT,LONG,paper,paper,OPEN,`),
      '',
    ]);
    await http().get('/api/admin/positions').query({ status: 'NONE' }).set(admin.auth).expect(400);
  });

  it('counts people, trades and revenue in the words of the contract', async () => {
    expect(await get('/api/admin/stats')).toEqual({
      ok: true,
      users: { total: 3, verified: 2, trial: 2, vip: 1, premium: 0, recent_signups_7d: 3 },
      trading: { total_positions: 1, open_positions: 1, total_signals: 1 },
      revenue: { estimated_monthly_usd: 50, vip_subscribers: 1, premium_subscribers: 0 },
    });
    expect(await get('/api/admin/subscriptions/overview')).toEqual({
      ok: true,
      subscriptions: { trial: 2, vip: 1, premium: 0, total: 3 },
      payments: { total: 0, verified: 0, pending: 0, failed: 0 },
      revenue: { total_usdt: 0, vip_payments: 0, premium_payments: 0 },
    });
  });

  it('says who brought whom', async () => {
    const { referrals, total_users } = await get<{ total_users: number; referrals: { user_id: number }[] }>(
      '/api/admin/referrals',
    );
    expect(total_users).toBe(3);
    expect(referrals.find(({ user_id }) => user_id === ada.id)).toMatchObject({
      referred_count: 1,
      referred_users: [{ id: eve.id, email: eve.email, is_verified: false }],
      referred_by_user_id: null,
    });
    expect(referrals.find(({ user_id }) => user_id === eve.id)).toMatchObject({ referred_by_user_id: ada.id });
  });

  it('says what a source is worth, when its trades have ended', async () => {
    const worth = async () =>
      (await get<Sources>('/api/admin/sources', { days: 7 })).sources.find(({ kind }) => kind === 'manual');
    expect(await worth()).toMatchObject({ kind: 'manual', signals: 1, live_signals: 1, followers: 1, trades: 0 });
    await http().post('/api/signals/cancel').set(admin.auth).send({ signal_id: signal }).expect(200);
    const ended = await eventually(async () => {
      const source = await worth();
      return source?.trades === 1 ? source : undefined;
    });
    // Costs alone, as the price has hardly moved.
    expect(ended).toMatchObject({ live_signals: 0, wins: 0, losses: 1, win_rate_pct: 0 });
    expect(ended).toHaveProperty('realised_pnl_usdt', expect.stringMatching(/^-/));
  });
});

describe('support', () => {
  interface Ticket {
    ticket: { id: number; status: string; conversation: { from: string; message: string }[] };
  }
  const say = (who: Person, path: string, message: string) => http().post(path).set(who.auth).send({ message });

  it('takes the message of the app’s help screen, and the answer comes by mail and in the app', async () => {
    const sent = await http()
      .post('/api/support/message')
      .set(eve.auth)
      .send({ subject: 'My payment', message: 'I paid <b>50</b> an hour ago.' })
      .expect(201);
    const { ticket_id: id } = sent.body as { ticket_id: number };
    const waiting = await get<{ tickets: object[] }>('/api/admin/support/tickets', { status: 'open' });
    expect(waiting.tickets).toEqual([
      expect.objectContaining({
        id,
        subject: 'My payment',
        messages: 1,
        user: expect.objectContaining({ id: eve.id }) as object,
      }),
    ]);
    await say(admin, `/api/admin/support/tickets/${id}/messages`, 'It <i>is</i> here.\nThank you.').expect(201);
    const mail = await eventually(() => test.mail.sent.find(({ message }) => message.subject === 'Answer: My payment'));
    expect(mail.target).toBe(eve.email);
    expect(mail.message.html).toContain('<p>It &#60;i&#62;is&#60;/i&#62; here.</p><p>Thank you.</p>');
    const { ticket } = await get<Ticket>(`/api/support/tickets/${id}`, {}, eve);
    expect(ticket.status).toBe('ANSWERED');
    expect(ticket.conversation.map(({ from, message }) => [from, message])).toEqual([
      ['user', 'I paid <b>50</b> an hour ago.'],
      ['staff', 'It <i>is</i> here.\nThank you.'],
    ]);
    const back = (await say(eve, `/api/support/tickets/${id}/messages`, 'Thanks').expect(201)).body as Ticket;
    expect(back.ticket.status).toBe('OPEN');
  });

  it('is each user’s own: another’s ticket is none', async () => {
    const opened = await http().post('/api/support/tickets').set(ada.auth).send({ message: 'Private' }).expect(201);
    const { id } = (opened.body as Ticket).ticket;
    for (const path of [`/api/support/tickets/${id}`]) await http().get(path).set(eve.auth).expect(404);
    await say(eve, `/api/support/tickets/${id}/messages`, 'Hello').expect(404);
    await http().post(`/api/support/tickets/${id}/close`).set(eve.auth).expect(404);
    const own = await get<{ tickets: { id: number }[] }>('/api/support/tickets', {}, ada);
    expect(own.tickets.map((ticket) => ticket.id)).toEqual([id]);
  });

  it('nothing is written to a closed ticket; closing again changes nothing', async () => {
    const { tickets } = await get<{ tickets: { id: number }[] }>('/api/support/tickets', {}, ada);
    const id = tickets[0]?.id;
    for (let times = 0; times < 2; times += 1) {
      const closed = await http().post(`/api/admin/support/tickets/${id}/close`).set(admin.auth).expect(200);
      expect((closed.body as Ticket).ticket.status).toBe('CLOSED');
    }
    await say(ada, `/api/support/tickets/${id}/messages`, 'One more thing').expect(409);
    await say(admin, `/api/admin/support/tickets/${id}/messages`, 'One more thing').expect(409);
    const acts = await test.db.query<{ action: string }>(
      `SELECT action FROM audit_events WHERE subject = $1 ORDER BY id`,
      [`ticket:${id}`],
    );
    expect(acts).toEqual([{ action: 'support.close' }]);
  });

  it('belongs to one of the staff, who is told of what is written; what is nobody’s is told to all', async () => {
    const bea = await makePerson(test.app, { role: 'admin' });
    const told = async (who: Person) => {
      const list = await get<{ notifications: { event: string; title: string }[] }>('/api/notifications', {}, who);
      return list.notifications.filter(({ event }) => event === 'support').map(({ title }) => title);
    };
    const opened = await http()
      .post('/api/support/tickets')
      .set(eve.auth)
      .send({ subject: 'Two', message: 'x' })
      .expect(201);
    const { id } = (opened.body as Ticket).ticket;
    await eventually(async () => (await told(bea))[0] === `New ticket #${id}: Two`);
    expect((await told(admin))[0]).toBe(`New ticket #${id}: Two`);
    await eventually(() =>
      test.mail.sent.find(
        ({ target, message }) => target === bea.email && message.subject === `New ticket #${id}: Two`,
      ),
    );
    const assign = (user_id: number | null, status = 200) =>
      http().put(`/api/admin/support/tickets/${id}/assignee`).set(admin.auth).send({ user_id }).expect(status);
    expect((await assign(ada.id, 422)).body).toMatchObject({ code: 'NOT_STAFF' });
    expect((await assign(bea.id)).body).toMatchObject({ ticket: { assignee: { id: bea.id } } });
    await assign(bea.id);
    await eventually(async () => (await told(bea))[0] === `Ticket #${id} is yours: Two`);
    await say(eve, `/api/support/tickets/${id}/messages`, 'y').expect(201);
    await eventually(async () => (await told(bea))[0] === `Ticket #${id}: Two`);
    expect((await told(admin))[0]).toBe(`New ticket #${id}: Two`);
    const ids = async (query: object) =>
      (await get<{ tickets: { id: number }[] }>('/api/admin/support/tickets', query)).tickets.map((row) => row.id);
    expect(await ids({ assignee_id: bea.id })).toEqual([id]);
    expect(await ids({ unassigned: true })).not.toContain(id);
    await assign(null);
    expect(await ids({ unassigned: true })).toContain(id);
    const acts = `SELECT after ->> 'assignee' AS to FROM audit_events WHERE subject = $1 AND action = 'support.assign' ORDER BY id`;
    expect(await test.db.query(acts, [`ticket:${id}`])).toEqual([{ to: String(bea.id) }, { to: null }]);
    await http().put(`/api/admin/support/tickets/999999/assignee`).set(admin.auth).send({}).expect(404);
  });

  it('as a table for a spreadsheet, in which nothing is a formula', async () => {
    const { text } = await http()
      .get('/api/admin/support/tickets.csv')
      .query({ user_id: eve.id, limit: 1 })
      .set(admin.auth)
      .expect(200);
    const [names, row, ...rest] = text.split('\r\n');
    expect(names).toBe(
      'id,user_id,email,full_name,subject,status,messages,assignee_id,created_at,updated_at,closed_at',
    );
    expect(row).toMatch(new RegExp(`^\\d+,${eve.id},${eve.email},"'=HYPERLINK\\(""http://evil""\\)",Two,OPEN,2,,20`));
    expect(rest).toEqual(['']);
  });

  it('a few tickets at once and no more, whoever asks at the same time', async () => {
    const answers = await Promise.all(
      Array.from({ length: MOST_OPEN_TICKETS + 3 }, (_, index) =>
        say(ada, '/api/support/tickets', `Question ${index}`).then(({ status }) => status),
      ),
    );
    expect(answers.filter((status) => status === 201)).toHaveLength(MOST_OPEN_TICKETS);
    expect(answers.filter((status) => status === 409)).toHaveLength(3);
    const wrong = await http().post('/api/support/tickets').set(ada.auth).send({ message: ' ' }).expect(400);
    expect(wrong.body).toMatchObject({ fields: [{ field: 'message', rule: 'must not be empty' }] });
    const header = { subject: 'Help\nBcc: all@example.com', message: 'x' };
    const injected = await http().post('/api/support/tickets').set(ada.auth).send(header).expect(400);
    expect(injected.body).toMatchObject({ fields: [{ field: 'subject', rule: 'must be one line' }] });
  });
});
