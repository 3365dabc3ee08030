/**
 * Plans from their layers to filled orders: what a signal, a source, a user and the platform say becomes positions with
 * ladders, safety orders, moving and trailing stops, time limits; and the API says why. And sources themselves: made,
 * posting by tokens of their own, disabled.
 */
import request from 'supertest';
import { TriggerEngine } from '../../src/modules/trading/triggers/trigger-engine.service.js';
import { makePerson, type Person } from '../factories/people.js';
import { startTestApplication, type TestApplication } from '../support/application.js';
import { positionBy, positionOnce, postSignal, tickThrough } from '../support/signals.js';

const LONG = { side: 'LONG', entry: 3000, tp: [3030, 3060, 3090], sl: 2900 };

let test: TestApplication;
let admin: Person;
let ada: Person;
let symbols = 0;

beforeAll(async () => {
  test = await startTestApplication({ env: { SIGNAL_REPEAT_SECONDS: '0' } });
  admin = await makePerson(test.app, { role: 'admin' });
  ada = await makePerson(test.app, { autoTrade: true, settings: { per_trade_usdt: '60', leverage: 10 } });
});

afterAll(() => test.close());

const http = () => request(test.app.getHttpServer());
const fresh = () => `P${(symbols += 1)}USDT`;

interface Seen {
  id: number;
  status: string;
  entry_price: number;
  remaining_qty: number;
  stop_loss: number;
  leverage: number;
  close_reason: string | null;
  entries: { leg: string; price: number; qty: number; filled_qty: number }[];
  trail: { peak: number } | null;
  orders: { leg: string; status: string; price: string | null }[];
  log: { type: string; message: string }[];
  trade_plan: { values: Record<string, unknown>; reasons: Record<string, { from: string }> };
}

async function post(plan: object, over: object = {}, market?: number): Promise<{ id: number; symbol: string }> {
  const symbol = fresh();
  if (market !== undefined) await trade(symbol, market);
  return { id: await postSignal(test, admin, { ...LONG, symbol, plan, ...over }), symbol };
}

/** Lets the symbol have a market of its own: a first signal makes the feed watch it. */
async function trade(symbol: string, price: number): Promise<void> {
  await until(await postSignal(test, admin, { ...LONG, symbol, entry: price }), ({ status }) => status === 'OPEN');
  await tick(symbol, price);
}

const seen = (signalId: number) => positionBy<Seen>(test, ada, signalId);
const until = (signalId: number, fits: (position: Seen) => boolean) => positionOnce<Seen>(test, ada, signalId, fits);

const tick = (symbol: string, ...prices: number[]) => tickThrough(test, symbol, ...prices);

describe('entries', () => {
  it('of a zone rest as orders, fill one by one and are withdrawn when a target is hit', async () => {
    const { id, symbol } = await post({ entry: { kind: 'ZONE', prices: [2980, 3000], zone_orders: 3 } });
    const first = await until(id, ({ status }) => status === 'OPEN');
    expect(first.entries.map(({ leg, price }) => [leg, price])).toEqual([
      ['ENTRY', 3000],
      ['ENTRY2', 2990],
      ['ENTRY3', 2980],
    ]);
    await tick(symbol, 2990);
    const second = await until(id, ({ entries }) => (entries[1]?.filled_qty ?? 0) > 0);
    expect(second.entry_price).toBeCloseTo(2995, 1);
    await tick(symbol, 3030);
    const hit = await until(id, ({ status }) => status === 'PARTIAL');
    expect(hit.orders.filter(({ leg }) => leg.startsWith('ENTRY')).map(({ status }) => status)).toEqual([
      'FILLED',
      'FILLED',
      'CANCELLED',
    ]);
    const account = await test.db.first<{ margin_used: string; held: string }>(
      `SELECT margin_used, (SELECT sum(margin) FROM positions WHERE user_id = $1) AS held FROM accounts WHERE user_id = $1`,
      [ada.id],
    );
    expect(Number(account?.margin_used)).toBe(Number(account?.held));
    await tick(symbol, 3090);
    await until(id, ({ status }) => status === 'CLOSED');
  });

  it('wait for a breakout and enter at market', async () => {
    const { id, symbol } = await post({ entry: { kind: 'BREAKOUT', prices: [3010] } }, {}, 3000);
    await until(id, ({ status }) => status === 'PENDING');
    await tick(symbol, 3012);
    const open = await until(id, ({ status }) => status === 'OPEN');
    expect(open.entry_price).toBe(3012);
    await tick(symbol, 3090);
  });

  it('expire', async () => {
    const { id } = await post({ entry: { kind: 'LIMIT', expires_after: 1 } }, { entry: 2950 }, 3000);
    await until(id, ({ status }) => status === 'PENDING');
    expect(await until(id, ({ status }) => status === 'CANCELLED')).toMatchObject({ close_reason: 'EXPIRED' });
    const { id: atMarket } = await post({ entry: { expires_after: 1 } });
    await until(atMarket, ({ status }) => status === 'OPEN');
    const due = 'SELECT 1 FROM positions WHERE signal_id = $1 AND entry_expires_at IS NOT NULL';
    expect(await test.db.query(due, [atMarket])).toEqual([]);
  });
});

describe('protection', () => {
  it('moves to break-even after a target and then trails', async () => {
    const rules = [
      { action: 'BREAKEVEN', at_target: 1 },
      { action: 'BELOW_HIGHEST', at_target: 2, percent: '1' },
    ];
    const { id, symbol } = await post({ stop: { rules }, targets: { trailing_percent: '0.5' } });
    await until(id, ({ status }) => status === 'OPEN');
    await tick(symbol, 3030);
    expect((await until(id, ({ status }) => status === 'PARTIAL')).stop_loss).toBeGreaterThan(3000);
    await tick(symbol, 3060, 3080, 3095, 3120);
    expect((await until(id, ({ trail }) => trail !== null)).log.map(({ type }) => type)).toContain('TRAILING');
    await tick(symbol, 3110, 3104);
    expect(await until(id, ({ status }) => status === 'CLOSED')).toMatchObject({ close_reason: 'TARGETS' });
  });

  it('survives a change of the leader: a trail goes on from the best price it had seen', async () => {
    const { id, symbol } = await post({
      stop: { rules: [{ action: 'BELOW_HIGHEST', at_percent: '0.1', percent: '1' }] },
    });
    await until(id, ({ status }) => status === 'OPEN');
    await tick(symbol, 3004, 3010, 3029);
    const engine = test.app.get(TriggerEngine);
    await engine.savePeaks();
    engine.rest();
    await engine.lead();
    await tick(symbol, 2999);
    expect((await seen(id))?.status).toBe('OPEN');
    await tick(symbol, 2998);
    expect(await until(id, ({ status }) => status === 'STOPPED')).toMatchObject({ close_reason: 'STOP' });
  });

  it('adds safety orders behind the entry and closes at the average', async () => {
    const { id, symbol } = await post({
      safety: { levels: 2, step_percent: '1', size_multiplier: '2' },
      targets: { anchor: 'AVERAGE' },
      stop: { unit: 'PERCENT', value: '10' },
    });
    await until(id, ({ status }) => status === 'OPEN');
    await tick(symbol, 2970, 2940);
    const deep = await until(id, ({ entries }) => (entries[2]?.filled_qty ?? 0) > 0);
    expect(deep.entries.map(({ leg }) => leg)).toEqual(['ENTRY', 'SAFETY1', 'SAFETY2']);
    expect(deep.entry_price).toBeLessThan(2965);
    await tick(symbol, 3060);
    expect(await until(id, ({ status }) => status === 'CLOSED')).toMatchObject({ close_reason: 'TARGETS' });
  });

  it('closes after its longest holding time', async () => {
    const { id } = await post({ exit: { after: 1 } });
    expect(await until(id, ({ status }) => status === 'CLOSED')).toMatchObject({ close_reason: 'TIME' });
  });
});

describe('layers', () => {
  it('say where each value is from, and the caps of the user win', async () => {
    const source = await test.db.first<{ id: number }>(`SELECT id FROM sources WHERE code = 'manual'`);
    const put = (path: string, who: Person, body: object) => http().put(path).set(who.auth).send(body);
    await put(`/api/sources/${source?.id}/trade-plan`, admin, { plan: { targets: { split: 'DECREASING' } } }).expect(
      200,
    );
    await put('/api/admin/trade-plan', admin, { plan: { entry: { zone_orders: 2 } } }).expect(200);
    await put(`/api/users/${ada.id}/trade-plan`, ada, {
      plan: { safety: { step_percent: '3' } },
      caps: { max_safety_levels: 1 },
    }).expect(200);
    const { id } = await post({ safety: { levels: 4 } }, { leverage: 4, sl: 2500 });
    const open = await until(id, ({ status }) => status === 'OPEN');
    expect(open.leverage).toBe(4);
    expect(open.entries.map(({ leg }) => leg)).toEqual(['ENTRY', 'SAFETY1']);
    expect(open.trade_plan.reasons).toMatchObject({
      'targets.split': { from: 'source' },
      'safety.levels': { from: 'user', clampedFrom: 4 },
      'safety.step_percent': { from: 'user' },
      'entry.zone_orders': { from: 'platform' },
      'margin.leverage': { from: 'signal' },
      'stop.rules': { from: 'default' },
    });
    const why = await http().get(`/api/signals/${id}/trade-plan`).set(ada.auth).expect(200);
    expect(why.body).toMatchObject({ plan: { 'safety.levels': { value: 1, from: 'user', clamped_from: 4 } } });
    for (const [path, who] of [
      [`/api/sources/${source?.id}/trade-plan`, admin],
      ['/api/admin/trade-plan', admin],
    ] as const) {
      await put(path, who, { plan: {} }).expect(200);
    }
    await put(`/api/users/${ada.id}/trade-plan`, ada, { plan: {}, caps: {} }).expect(200);
    const mine = await http().get(`/api/users/${ada.id}/trade-plan`).set(ada.auth).expect(200);
    expect(mine.body).toMatchObject({ plan: {}, caps: { max_safety_levels: null, allow_no_stop: false } });
  });

  it('name what is wrong by field', async () => {
    const bad = await http()
      .put(`/api/users/${ada.id}/trade-plan`)
      .set(ada.auth)
      .send({ plan: { entry: { kind: 'NOW' } }, caps: { allow_no_stop: 1 } })
      .expect(400);
    expect(bad.body).toMatchObject({ fields: [{ field: 'plan.entry.kind' }] });
    const signal = await http()
      .post('/api/signals')
      .set(admin.auth)
      .send({ ...LONG, symbol: 'BTCUSDT', plan: { targets: { unit: 'MOON' } } })
      .expect(400);
    expect(signal.body).toMatchObject({ fields: [{ field: 'plan.targets.unit' }] });
    await http().put('/api/sources/1/trade-plan').set(ada.auth).send({ plan: {} }).expect(403);
  });

  it('takes targets and stop in percent in place of prices', async () => {
    const { id } = await post(
      { targets: { unit: 'R', values: ['1', '2'] }, stop: { unit: 'PERCENT', value: '2' } },
      { tp: undefined, sl: undefined },
    );
    const one = await http().get(`/api/signals/${id}`).set(ada.auth).expect(200);
    expect((one.body as { signal: object }).signal).toMatchObject({ sl: 2940, tp: [3060, 3120] });
    expect((await until(id, ({ status }) => status === 'OPEN')).stop_loss).toBe(2940);
  });
});

describe('sources', () => {
  interface Sources {
    sources: { id: number; kind: string }[];
  }
  const get = async <Body>(path: string, query: object = {}) =>
    (await http().get(path).query(query).set(admin.auth).expect(200)).body as Body;
  const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
  const post = (token: string, symbol: string) =>
    http()
      .post('/api/signals')
      .set(bearer(token))
      .send({ symbol, side: 'LONG', entry: 100, tp: [110], sl: 90 });
  const give = async (body: object = {}) => {
    const answer = await http().post(`/api/admin/sources/${id}/token`).set(admin.auth).send(body).expect(201);
    return answer.body as { secret: string; token: { prefix: string } };
  };
  const acts = () =>
    test.db.query<{ action: string; after: object }>(
      'SELECT action, after FROM audit_events WHERE subject = $1 ORDER BY id',
      [`source:${id}`],
    );
  let id: number;
  let first: { secret: string; token: { prefix: string } };

  it('are made once, named and listed page by page', async () => {
    const make = (body: object) => http().post('/api/admin/sources').set(admin.auth).send(body);
    const made = await make({ code: 'alpha', name: 'Alpha desk' }).expect(201);
    id = (made.body as { source: { id: number } }).source.id;
    expect(made.body).toMatchObject({ source: { code: 'alpha', kind: 'webhook', is_enabled: true, tokens: 0 } });
    await make({ code: 'alpha', name: 'Another' }).expect(409);
    await make({ code: 'provider:7', name: 'Not theirs' }).expect(400);
    await make({ code: 'beta', name: 'Beta', kind: 'manual' }).expect(400);
    const renamed = await http().put(`/api/admin/sources/${id}`).set(admin.auth).send({ name: 'Alpha' }).expect(200);
    expect(renamed.body).toMatchObject({ source: { name: 'Alpha', is_enabled: true } });
    const page = await get<Sources>('/api/admin/sources', { limit: 1 });
    expect(page).toMatchObject({ sources: [{ id }], count: 1, next_before_id: id });
    const rest = await get<Sources>('/api/admin/sources', { before_id: id });
    expect(rest.sources.slice(-2).map(({ kind }) => kind)).toEqual(['house', 'manual']);
    await http().get('/api/admin/sources/999999').set(admin.auth).expect(404);
  });

  it('have a way of writing, by which their messages are read', async () => {
    const change = (body: object) => http().put(`/api/admin/sources/${id}`).set(admin.auth).send(body);
    const parse = (body: object) => http().post('/api/signals/parse').set(admin.auth).send(body);
    const text = { keywords: { TARGET: ['moon'] }, defaults: { leverage: 3, stop_percent: '4' } };
    expect((await change({ text }).expect(200)).body).toMatchObject({ source: { name: 'Alpha', text } });
    const wrong = await change({ text: { defaults: { leverage: 0 }, trust: 1 } }).expect(400);
    expect(JSON.stringify(wrong.body)).toMatch(/text\.trust.*text\.defaults\.leverage/);
    const message = '#ABC/USDT long entry 100 moon 110';
    const read = await parse({ text: message, source: 'alpha' }).expect(200);
    expect(read.body).toMatchObject({
      kind: 'signal',
      spans: { symbol: [[1, 9]], entry: [[21, 24]], targets: [[30, 33]] },
      draft: { symbol: 'ABCUSDT', side: 'LONG', entry: '100', tp: ['110'], sl: '96', leverage: 3 },
      problems: [],
    });
    const { draft } = read.body as { draft: object };
    await http().post('/api/signals').set(admin.auth).send(draft).expect(201);
    const refused = await parse({ text: `${message.replace('moon', 'tp')} sl 120` }).expect(200);
    expect(refused.body).toMatchObject({ kind: 'refused', reasons: [{ code: 'STOP_ON_WRONG_SIDE', text: '120' }] });
    const asked = await parse({ text: 'close now', reply_to: message, profile: text }).expect(200);
    expect(asked.body).toMatchObject({ kind: 'update', intent: { about: { symbol: 'ABCUSDT' } }, draft: null });
    await parse({ text: 'x', profile: { confirm: 'MAYBE' } }).expect(400);
    await parse({ text: message, source: 'nobody' }).expect(404);
    const unstopped = await parse({ text: '#ABC/USDT long entry 100 tp 110' }).expect(200);
    expect(unstopped.body).toMatchObject({ kind: 'signal', draft: null, problems: [{ field: 'sl' }] });
    expect((await change({ text: null }).expect(200)).body).toMatchObject({ source: { text: null } });
  });

  it('post by a token of their own, which opens nothing else and is stored as a hash', async () => {
    first = await give();
    const signal = ((await post(first.secret, 'SRCAUSDT').expect(201)).body as { signal_id: number }).signal_id;
    const { signals } = await get<{ signals: { id: number }[] }>('/api/signals', { source: 'alpha' });
    expect(signals.map((row) => row.id)).toEqual([signal]);
    const seen = await get<{ source: object; tokens: object[] }>(`/api/admin/sources/${id}`);
    expect(seen).toMatchObject({ source: { signals: 1, live_signals: 1, tokens: 1 } });
    expect(seen.tokens).toEqual([expect.objectContaining({ prefix: first.token.prefix, expires_at: null })]);
    for (const path of ['/api/signals', '/api/auth/me', '/api/admin/sources', `/api/users/${ada.id}`]) {
      await http().get(path).set(bearer(first.secret)).expect(403);
    }
    const stored = JSON.stringify([await test.db.query('SELECT * FROM access_tokens'), await acts()]);
    expect(stored).not.toContain(first.secret.slice(15));
    expect(
      await test.db.query(`SELECT actor_kind, after ->> 'via' AS via FROM audit_events WHERE subject = $1`, [
        `signal:${signal}`,
      ]),
    ).toEqual([{ actor_kind: 'service', via: first.token.prefix }]);
    // Its own signals and nobody else's.
    const other = await postSignal(test, admin, { symbol: 'SRCOUSDT', side: 'LONG', entry: 100, tp: [110], sl: 90 });
    const cancel = (signal_id: number) =>
      http().post('/api/signals/cancel').set(bearer(first.secret)).send({ signal_id });
    expect((await cancel(other).expect(403)).body).toMatchObject({ code: 'NOT_YOUR_SIGNAL' });
    await cancel(signal).expect(200);
  });

  it('while disabled post, edit and cancel nothing, and what they posted goes on', async () => {
    const switched = (is_enabled: boolean) =>
      http().put(`/api/admin/sources/${id}`).set(admin.auth).send({ is_enabled }).expect(200);
    const key = { 'Idempotency-Key': 'before' };
    const earlier = await post(first.secret, 'SRCBUSDT').set(key).expect(201);
    await switched(false);
    expect((await post(first.secret, 'SRCCUSDT').expect(403)).body).toMatchObject({ code: 'SOURCE_DISABLED' });
    // A repeat of what was posted is answered as it was.
    const { signal_id } = earlier.body as { signal_id: number };
    expect((await post(first.secret, 'SRCBUSDT').set(key).expect(201)).body).toMatchObject({ signal_id });
    const [sent, staff] = [bearer(first.secret), admin.auth];
    const cancel = (auth: Person['auth']) => http().post('/api/signals/cancel').set(auth).send({ signal_id });
    const report = { signal_id, target_index: 1 };
    for (const call of [
      cancel(sent),
      http().post('/api/signals/stop-loss').set(sent).send({ signal_id }),
      http().post('/api/signals/target-reached').set(sent).send(report),
      http().put(`/api/signals/${signal_id}`).set(sent).send({ sl: 89 }),
    ]) {
      expect((await call.expect(403)).body).toMatchObject({ code: 'SOURCE_DISABLED' });
    }
    await cancel(staff).expect(200);
    await switched(true);
    await post(first.secret, 'SRCCUSDT').expect(201);
  });

  it('get a new token while the old one goes on for as long as asked, and lose all at once', async () => {
    const second = await give({ overlap_minutes: 10 });
    await post(first.secret, 'SRCDUSDT').expect(201);
    await post(second.secret, 'SRCEUSDT').expect(201);
    await test.db.query(`UPDATE access_tokens SET expires_at = now() WHERE prefix = $1`, [first.token.prefix]);
    await post(first.secret, 'SRCFUSDT').expect(401);
    const third = await give({ overlap_minutes: 0 });
    await post(second.secret, 'SRCGUSDT').expect(401);
    await http().delete(`/api/admin/sources/${id}/token`).set(admin.auth).expect(200);
    await post(third.secret, 'SRCHUSDT').expect(401);
    await http().delete(`/api/admin/sources/${id}/token`).set(admin.auth).expect(404);
    expect((await acts()).map(({ action }) => action)).toEqual([
      'source.create',
      'source.change',
      'source.change',
      'source.change',
      'source.token',
      'source.change',
      'source.change',
      'source.token',
      'source.token',
      'source.token_withdraw',
    ]);
  });
});
