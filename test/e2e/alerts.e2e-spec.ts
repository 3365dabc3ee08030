/**
 * Alerts of TradingView and others, from the door to the signals of their source: who may send, what is taken once, what it
 * comes to against what is held, what the log says of it, and what a crash or a database away leaves behind.
 */
import { jest } from '@jest/globals';
import request from 'supertest';
import { AlertInboxRepository } from '../../src/modules/alerts/alert-inbox.repository.js';
import { AlertRetention } from '../../src/modules/alerts/alert-retention.service.js';
import { IntakeService } from '../../src/modules/intake/intake.service.js';
import { MarketWatch } from '../../src/modules/market-data/market-watch.service.js';
import { makePerson, type Person } from '../factories/people.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';

interface Entry {
  id: number;
  verdict: string;
  body: string;
  dialect: string | null;
  reasons: { code: string }[];
  plans: { steps: { kind: string; side?: string }[]; gap: object | null }[];
  signal_ids: number[];
  repeat_of: number | null;
  replay_of: number | null;
}

interface Signal {
  symbol: string;
  side: string;
  status: string;
  sl: number;
  tp: number[];
  source: string;
}

let test: TestApplication;
let provider: Person;
let admin: Person;
let token: string;

const http = () => request(test.app.getHttpServer());

beforeAll(async () => {
  test = await startTestApplication({ env: { SIGNAL_REPEAT_SECONDS: '0' } });
  provider = await makePerson(test.app, { role: 'provider' });
  admin = await makePerson(test.app, { role: 'admin' });
  token = await addressOf(provider);
  const watch = test.app.get(MarketWatch);
  for (const [symbol, price] of Object.entries({ BTCUSDT: '60000', ETHUSDT: '3000', SOLUSDT: '150', ADAUSDT: '0.5' })) {
    await eventually(() => watch.observe(symbol, price));
  }
});

afterAll(() => test.close());

async function addressOf(who: Person, body: object = {}): Promise<string> {
  const answer = await http().post('/api/alerts/addresses').set(who.auth).send(body).expect(201);
  return (answer.body as { token: string }).token;
}

const send = (body: unknown, where = token, type = 'application/json') =>
  http()
    .post(`/api/webhooks/${where}`)
    .set('Content-Type', type)
    .send(typeof body === 'string' ? body : JSON.stringify(body));

async function settled(id: number, who = admin): Promise<Entry> {
  return eventually(async () => {
    const { alert } = (await http().get(`/api/alerts/${id}`).set(who.auth).expect(200)).body as { alert: Entry };
    return alert.verdict === 'QUEUED' ? undefined : alert;
  });
}

/** Sent, taken and carried out. */
async function followed(body: unknown, where = token, type?: string): Promise<Entry> {
  const answer = await send(body, where, type);
  expect(answer.body).toMatchObject({ ok: true, status: 'queued' });
  expect(answer.status).toBe(200);
  return settled((answer.body as { alert_id: number }).alert_id);
}

const signal = async (id: number | undefined): Promise<Signal> =>
  ((await http().get(`/api/signals/${id}`).set(admin.auth).expect(200)).body as { signal: Signal }).signal;

const steps = ({ plans }: Entry) =>
  plans.flatMap((plan) => plan.steps.map(({ kind, side }) => (side === undefined ? kind : `${kind} ${side}`)));

const codes = ({ reasons }: Entry) => reasons.map(({ code }) => code);

const call = (symbol: string, more: object = {}) => ({ symbol, action: 'buy', sl_percent: 2, tp_percent: 4, ...more });

describe('an alert', () => {
  it('becomes a signal of its source, and its exit ends it', async () => {
    const entry = await followed(call('BTCUSDT.P', { secret: 'not for the log', timenow: new Date().toISOString() }));
    expect(entry).toMatchObject({ verdict: 'DONE', dialect: 'plain', reasons: [] });
    expect(entry.body).not.toContain('not for the log');
    const opened = await signal(entry.signal_ids[0]);
    expect(opened).toMatchObject({
      symbol: 'BTCUSDT',
      side: 'LONG',
      source: `provider:${provider.id}`,
      sl: 58800,
      tp: [62400],
    });
    const exit = await followed('{"ticker":"BTCUSDT","action":"sell","market_position":"flat","price":61000}');
    expect(steps(exit)).toEqual(['close long']);
    await eventually(async () => (await signal(entry.signal_ids[0])).status === 'CANCELLED');
    const again = await followed('{"ticker":"BTCUSDT","action":"exit","comment":"again"}');
    expect(again).toMatchObject({ verdict: 'NOTHING', reasons: [{ code: 'NOTHING_TO_CLOSE' }] });
  });

  it('is read whatever its form and type: pairs, form fields, JSON that is called text', async () => {
    const pairs = await followed(
      'SYMBOL=ETHUSDT\nSIGNAL=SELL\nSTOP_PRICE=3100\nTAKE_PROFIT_PRICE=2800',
      token,
      'text/plain',
    );
    expect(pairs).toMatchObject({ verdict: 'DONE', dialect: 'octobot' });
    expect(await signal(pairs.signal_ids[0])).toMatchObject({ side: 'SHORT', sl: 3100, tp: [2800] });
    const form = await followed('action=close&ticker=ETHUSDT', token, 'application/x-www-form-urlencoded');
    expect(steps(form)).toEqual(['close short']);
    const named = await followed(JSON.stringify(call('SOLUSDT')), token, 'application/octet-stream');
    expect(named.verdict).toBe('DONE');
    expect(steps(await followed('close SOLUSDT', token, 'text/html'))).toEqual(['close long']);
  });

  it('on the other side turns the position over: the close comes first', async () => {
    await followed(call('ADAUSDT'));
    const turn = await followed(
      call('ADAUSDT', { action: 'sell', market_position: 'short', prev_market_position: 'long' }),
    );
    expect(steps(turn)).toEqual(['close long', 'enter short']);
    expect(turn.verdict).toBe('DONE');
    const reduce = await followed({
      symbol: 'ADAUSDT',
      action: 'buy',
      market_position: 'short',
      position_size: 1,
      prev_position_size: 4,
    });
    expect(reduce.plans[0]).toMatchObject({ steps: [{ kind: 'reduce', side: 'short', percent: '75' }] });
    await followed({ symbol: 'ADAUSDT', action: 'close' });
  });

  it('of a body with several is carried out in its order', async () => {
    const entry = await followed([call('SOLUSDT'), { symbol: 'SOLUSDT', action: 'close' }]);
    expect(steps(entry)).toEqual(['enter long', 'close long']);
  });

  it('that comes again is one: by its time, by its own id, and for a moment by its body', async () => {
    const timed = { symbol: 'ETHUSDT', action: 'close', timenow: new Date().toISOString() };
    const first = (await send(timed).expect(200)).body as { alert_id: number };
    expect((await send(timed).expect(200)).body).toMatchObject({ status: 'duplicate', alert_id: first.alert_id });
    const own = { symbol: 'ETHUSDT', action: 'close', id: 'trade-20260301-77' };
    const { alert_id } = (await send(own).expect(200)).body as { alert_id: number };
    expect((await send({ ...own, note: 'other' }).expect(200)).body).toMatchObject({ status: 'duplicate', alert_id });
    const body = { symbol: 'ETHUSDT', action: 'close', note: 'at once' };
    const answers = await Promise.all(Array.from({ length: 12 }, () => send(body).expect(200)));
    expect(answers.filter(({ body: { status } }) => (status as string) === 'queued')).toHaveLength(1);
    const log = await http().get('/api/alerts').query({ verdict: 'DUPLICATE' }).set(provider.auth).expect(200);
    expect((log.body as { alerts: Entry[] }).alerts[0]?.repeat_of).toEqual(expect.any(Number));
  });

  it('that is too old enters nothing, and closes', async () => {
    const old = await followed(call('SOLUSDT', { timenow: '2026-01-01T00:00:00Z' }));
    expect(old).toMatchObject({ verdict: 'REFUSED', signal_ids: [] });
    expect(codes(old)).toEqual(['STALE']);
    await followed(call('SOLUSDT', { note: 'fresh' }));
    const exit = await followed({ symbol: 'SOLUSDT', action: 'close', timenow: '2026-01-01T00:00:01Z' });
    expect(steps(exit)).toEqual(['close long']);
  });

  it('after a gap says so, and follows or not as the source is set', async () => {
    const target = (more: object) => call('ETHUSDT', { action: 'buy', market_position: 'long', ...more });
    await followed(target({ prev_market_position: 'flat' }));
    const gap = await followed(target({ prev_market_position: 'flat', note: 'the exit between was lost' }));
    expect(gap.plans[0]?.gap).toEqual({ expected: 'long', said: 'flat' });
    expect(steps(gap)).toEqual(['close long', 'enter long']);
    const list = (await http().get('/api/alerts/addresses').set(provider.auth).expect(200)).body as {
      addresses: { source_id: number }[];
    };
    const rules = `/api/alerts/rules/${list.addresses[0]?.source_id}`;
    await http().put(rules).set(provider.auth).send({ on_gap: 'refuse' }).expect(200);
    const refused = await followed(target({ prev_market_position: 'flat', note: 'again' }));
    expect(refused).toMatchObject({ verdict: 'REFUSED', reasons: [{ code: 'GAP' }] });
    await http().put(rules).set(provider.auth).send({ on_gap: 'catch_up' }).expect(200);
    await followed({ symbol: 'ETHUSDT', action: 'sell', market_position: 'flat' });
  });

  it('that is none is stored with the reason and refused', async () => {
    const answer = await send('{"ticker":"BTCUSDT","action":"{{strategy.order.action}}","token":"abcdefgh"}').expect(
      400,
    );
    expect(answer.body).toMatchObject({ code: 'ALERT_UNUSABLE', reasons: [{ code: 'unfilled_placeholders' }] });
    const entry = await settled((answer.body as { alert_id: number }).alert_id);
    expect(entry).toMatchObject({ verdict: 'REFUSED', signal_ids: [] });
    expect(entry.body).not.toContain('abcdefgh');
    await send('').expect(400);
    await send('\u0000{"a":"\\u0000\\ud800"').expect(400);
    expect((await followed({ symbol: 'BTCUSDT', action: 'close', note: 'nul \u0000 and \ud800' })).verdict).toBe(
      'NOTHING',
    );
  });

  it('for a symbol that is not traded here, or without a stop, says why', async () => {
    expect(codes(await followed({ ticker: 'AAPL', action: 'buy' }))).toEqual(['NOT_A_PAIR']);
    const bare = await followed({ ticker: 'BTCUSDT', action: 'buy' });
    expect(bare.verdict).toBe('REFUSED');
    expect(bare.reasons[0]?.code).toEqual(expect.any(String));
  });
});

describe('an address', () => {
  it('that is unknown, revoked, or a name without its guard is not found', async () => {
    await send(call('BTCUSDT'), 'vza_unknown').expect(404);
    await send(call('BTCUSDT'), 'my-strategy').expect(404);
    const short = await addressOf(provider, { label: 'short-lived' });
    await send({ symbol: 'BTCUSDT', action: 'close', note: 1 }, short).expect(200);
    const { addresses } = (await http().get('/api/alerts/addresses').set(provider.auth).expect(200)).body as {
      addresses: { id: number; label: string; last_alert_at: string | null }[];
    };
    const made = addresses.find(({ label }) => label === 'short-lived');
    expect(made?.last_alert_at).toEqual(expect.any(String));
    await http().delete(`/api/alerts/addresses/${made?.id}`).set(provider.auth).expect(200);
    await send({ symbol: 'BTCUSDT', action: 'close', note: 2 }, short).expect(404);
  });

  it('with a secret takes only what shows it', async () => {
    const guarded = await addressOf(provider, { secret: 'correct horse', old_name: 'Old Desk' });
    const exit = { symbol: 'BTCUSDT', action: 'close' };
    await send({ ...exit, secret: 'wrong horse' }, guarded).expect(401);
    await send(exit, guarded).expect(401);
    expect((await followed({ ...exit, secret: 'correct horse' }, guarded)).body).not.toContain('correct horse');
    const byName = (body: object) => http().post('/webhook/old%20desk/').send(body);
    await byName({ ...exit, secret: 'wrong horse' }).expect(404);
    await byName({ ...exit, secret: 'correct horse', note: 'by name' }).expect(200);
    await http().post('/api/alerts/addresses').set(provider.auth).send({ old_name: 'open' }).expect(400);
    await http()
      .post('/api/alerts/addresses')
      .set(provider.auth)
      .send({ old_name: 'OLD DESK', secret: 'long enough' })
      .expect(409);
  });

  it('takes alerts only from where they may come', async () => {
    const far = await addressOf(provider, { addresses: ['tradingview'] });
    await send({ symbol: 'BTCUSDT', action: 'close' }, far).expect(403);
    const near = await addressOf(provider, { addresses: ['TradingView', '127.0.0.0/8', '::1'] });
    await send({ symbol: 'BTCUSDT', action: 'close', note: 'near' }, near).expect(200);
    await http()
      .post('/api/alerts/addresses')
      .set(provider.auth)
      .send({ addresses: ['example.com'] })
      .expect(400);
  });

  it('belongs to its source: another provider neither sees nor revokes it, nor its alerts', async () => {
    const other = await makePerson(test.app, { role: 'provider' });
    const { addresses } = (await http().get('/api/alerts/addresses').set(admin.auth).expect(200)).body as {
      addresses: { id: number; source_id: number }[];
    };
    const [first] = addresses;
    expect((await http().get('/api/alerts/addresses').set(other.auth).expect(200)).body).toMatchObject({
      addresses: [],
    });
    expect((await http().get('/api/alerts').set(other.auth).expect(200)).body).toMatchObject({ alerts: [] });
    const { alert_id: id } = (await send({ symbol: 'BTCUSDT', action: 'close', note: 'mine' }).expect(200)).body as {
      alert_id: number;
    };
    await http().get(`/api/alerts/${id}`).set(other.auth).expect(404);
    await http().post(`/api/alerts/${id}/replay`).set(other.auth).expect(404);
    await http().delete(`/api/alerts/addresses/${first?.id}`).set(other.auth).expect(404);
    await http().get(`/api/alerts/rules/${first?.source_id}`).set(other.auth).expect(404);
    await http().post('/api/alerts/addresses').set(other.auth).send({ source_id: first?.source_id }).expect(404);
    await http()
      .post('/api/alerts/try')
      .set(other.auth)
      .send({ body: 'buy BTCUSDT', source_id: first?.source_id })
      .expect(404);
  });
});

describe('the log', () => {
  it('is read by pages and filters', async () => {
    await followed({ symbol: 'ADAUSDT', action: 'close', note: 'for the log' });
    const page = async (query: object) =>
      (await http().get('/api/alerts').query(query).set(provider.auth).expect(200)).body as {
        alerts: Entry[];
        next_before_id: number | null;
      };
    const first = await page({ symbol: 'adausdt', limit: 1 });
    expect(first.alerts).toHaveLength(1);
    const second = await page({ symbol: 'ADAUSDT', limit: 1, before_id: first.next_before_id });
    expect(second.alerts[0]?.id).toBeLessThan(first.alerts[0]?.id ?? 0);
    const refused = await page({ verdict: 'refused', to: '2099-01-01' });
    expect(new Set(refused.alerts.map(({ verdict }) => verdict))).toEqual(new Set(['REFUSED']));
    expect(await page({ from: '2099-01-01' })).toMatchObject({ alerts: [], next_before_id: null });
  });

  it('lets staff carry an alert out again, as an entry of its own', async () => {
    const old = await followed(call('SOLUSDT', { timenow: '2026-01-01T00:00:02Z' }));
    expect(old.verdict).toBe('REFUSED');
    const { alert_id: id } = (await http().post(`/api/alerts/${old.id}/replay`).set(provider.auth).expect(200))
      .body as { alert_id: number };
    expect(await settled(id)).toMatchObject({ replay_of: old.id, verdict: 'DONE' });
    const audit = await test.db.query(`SELECT 1 FROM audit_events WHERE action = 'alerts.replay' AND subject = $1`, [
      `alert:${id}`,
    ]);
    expect(audit).toHaveLength(1);
    await followed({ symbol: 'SOLUSDT', action: 'close', note: 'after the replay' });
    const broken = (await send('not an alert').expect(400)).body as { alert_id: number };
    await http().post(`/api/alerts/${broken.alert_id}/replay`).set(admin.auth).expect(400);
  });

  it('tells what a body would come to, and does nothing', async () => {
    const before = await test.db.query('SELECT 1 FROM alerts');
    const answer = await http()
      .post('/api/alerts/try')
      .set(provider.auth)
      .send({ body: 'BTCUSDT,sell,60000,1' })
      .expect(200);
    expect(answer.body).toMatchObject({
      refusal: null,
      comes_to: [{ long: { steps: [{ kind: 'close' }, { kind: 'enter' }] } }],
    });
    const refused = await http().post('/api/alerts/try').set(provider.auth).send({ body: 'hello' }).expect(200);
    expect(refused.body).toMatchObject({ refusal: { code: 'unparseable_body' }, alerts: [] });
    expect(await test.db.query('SELECT 1 FROM alerts')).toHaveLength(before.length);
  });

  it('is kept for its time, and never changed', async () => {
    const { id } = await followed({ symbol: 'ADAUSDT', action: 'close', note: 'old' });
    await expect(test.db.query(`UPDATE alerts SET verdict = 'DONE' WHERE id = $1`, [id])).rejects.toThrow(/is settled/);
    const [row] = await test.db.query<{ id: number }>(
      `INSERT INTO alerts (source_id, received_at, address, content_type, user_agent, body, symbols, verdict, reasons, alerts, settled_at)
       SELECT source_id, now() - interval '91 days', '', '', '', '', '[]', 'NOTHING', '[]', '[]', now() FROM alerts WHERE id = $1 RETURNING id`,
      [id],
    );
    expect(await test.app.get(AlertRetention).purge()).toBe(1);
    expect(await test.db.query('SELECT 1 FROM alerts WHERE id = ANY ($1)', [[row?.id, id]])).toHaveLength(1);
  });
});

describe('when something fails', () => {
  it('a crash behind the effect does not double it, and decides nothing anew', async () => {
    const intake = test.app.get(IntakeService);
    const own = intake.carryOut.bind(intake);
    const spy = jest.spyOn(intake, 'carryOut').mockImplementationOnce(async (...args) => {
      await own(...args);
      throw new Error('the process died');
    });
    const entry = await followed(call('SOLUSDT', { note: 'crash' }));
    expect(spy).toHaveBeenCalledTimes(2);
    spy.mockRestore();
    expect(entry).toMatchObject({ verdict: 'DONE', signal_ids: [expect.any(Number) as number] });
    const live = await test.db.query(
      `SELECT 1 FROM signals WHERE symbol = 'SOLUSDT' AND status IN ('NEW', 'OPENED', 'PARTIAL')`,
    );
    expect(live).toHaveLength(1);
    await followed({ symbol: 'SOLUSDT', action: 'close', note: 'after the crash' });
  });

  it('a database that is away is answered 503, and nothing is taken', async () => {
    const inbox = test.app.get(AlertInboxRepository);
    const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const spy = jest.spyOn(inbox, 'store').mockRejectedValue(away);
    const answers = await Promise.all([1, 2, 3].map((note) => send({ symbol: 'SOLUSDT', action: 'close', note })));
    spy.mockRestore();
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
  });

  it('one alert that cannot be stored takes no other with it', async () => {
    const inbox = test.app.get(AlertInboxRepository);
    const own = inbox.store.bind(inbox);
    const spy = jest
      .spyOn(inbox, 'store')
      .mockImplementation((items) =>
        items.some(({ body }) => body.includes('poison')) ? Promise.reject(new Error('cannot be stored')) : own(items),
      );
    const notes = [...Array.from({ length: 20 }, (_, index) => `fine ${index}`), 'poison'];
    const answers = await Promise.all(notes.map((note) => send({ symbol: 'SOLUSDT', action: 'close', note })));
    spy.mockRestore();
    expect(answers.map(({ status }) => status)).toEqual([...Array.from({ length: 20 }, () => 200), 500]);
  });
});
