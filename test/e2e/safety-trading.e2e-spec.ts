/**
 * What a stop does to trading: nothing opens after it, whatever was under way and on whichever replica; resting entries do
 * not fill; exits go on; flattening closes everything.
 */
import request from 'supertest';
import { TriggerEngine } from '../../src/modules/trading/triggers/trigger-engine.service.js';
import { makeFollowers, makePerson, type Person } from '../factories/people.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';
import { holdOutside } from '../support/outsider.js';
import { postSignal, tickThrough } from '../support/signals.js';

const LONG = { side: 'LONG', entry: 3000, tp: [3030, 3060], sl: 2950 };
const SHORT = { side: 'SHORT', entry: 3000, tp: [2900], sl: 3050 };
const ENV = { SIGNAL_REPEAT_SECONDS: '0', FANOUT_PAGE_SIZE: '10' };

let one: TestApplication;
let two: TestApplication;
let admin: Person;
let ada: Person;
let symbols = 0;

beforeAll(async () => {
  one = await startTestApplication({ env: ENV });
  two = await startTestApplication({ env: ENV, database: one.database });
  admin = await makePerson(one.app, { role: 'admin' });
  ada = await makePerson(one.app, { autoTrade: true, settings: { per_trade_usdt: '50', leverage: 5 } });
});

afterAll(async () => {
  await two.close();
  await one.close();
});

afterEach(async () => {
  const active = (await safety(admin, 'get', 'switches?active=true&limit=200')).switches;
  for (const { id } of active) await safety(admin, 'delete', `switches/${id}`);
});

interface Switch {
  id: number;
  flatten: { found: number | null; closed: number; left: number; done_at: string | null };
}

const http = (test = one) => request(test.app.getHttpServer());
const fresh = () => `S${(symbols += 1)}USDT`;

async function safety(who: Person, method: 'get' | 'post' | 'delete', path: string, body?: object) {
  const answer = await http()[method](`/api/safety/${path}`).set(who.auth).send(body).expect(200);
  return answer.body as { switch: Switch; switches: { id: number }[] };
}

const post = (signal: object, who = admin) => postSignal(one, who, signal);

const count = async (sql: string, ...params: unknown[]) => (await one.db.first<{ n: number }>(sql, params))?.n ?? 0;
const positionsOf = (id: number) => count('SELECT count(*) AS n FROM positions WHERE signal_id = $1', id);
const decisionsOf = (id: number) => count('SELECT count(*) AS n FROM decisions WHERE signal_id = $1', id);

const decision = (signalId: number, userId = ada.id) =>
  eventually(() =>
    one.db.first<{ verdict: string; reason: string | null; detail: Record<string, unknown> }>(
      'SELECT verdict, reason, detail FROM decisions WHERE signal_id = $1 AND user_id = $2',
      [signalId, userId],
    ),
  );

const position = (signalId: number, userId = ada.id) =>
  one.db.first<{ id: number; status: string; close_reason: string | null }>(
    'SELECT id, status, close_reason FROM positions WHERE signal_id = $1 AND user_id = $2',
    [signalId, userId],
  );

const reaching = (signalId: number, status: string) =>
  eventually(async () => {
    const found = await position(signalId);
    return found?.status === status ? found : undefined;
  });

const leader = () => eventually(() => [one, two].find(({ app }) => app.get(TriggerEngine).isLeading));

async function tick(symbol: string, price: number): Promise<void> {
  await tickThrough(await leader(), symbol, price);
}

/** A limit entry on `symbol` that ada waits for. */
async function waiting(symbol: string): Promise<number> {
  await reaching(await post({ ...LONG, symbol }), 'OPEN');
  await tick(symbol, 3025);
  const id = await post({ ...LONG, symbol });
  await reaching(id, 'PENDING');
  return id;
}

/** Holds what `lock` selects as another transaction would; answers what lets it go. */
const holding = (lock: string, ...params: unknown[]) => holdOutside(one.database.url, lock, ...params);

describe('a stop while 500 followers are being served', () => {
  it('lets nothing open that commits after it, on either replica', async () => {
    const first = await makeFollowers(one.db, 500);
    const last = first + 499;
    const release = await holding('SELECT 1 FROM accounts WHERE user_id IN ($1, $2) FOR UPDATE', first + 250, last);
    const id = await post({ ...LONG, symbol: fresh() });
    await eventually(async () => (await positionsOf(id)) > 50);
    await safety(admin, 'post', 'kill', { confirm: 'KILL', reason: 'drill' });
    const opened = await positionsOf(id);
    await release();
    await eventually(async () => (await decisionsOf(id)) === 501, 20_000);
    expect(opened).toBeLessThanOrEqual(481);
    expect(await positionsOf(id)).toBe(opened);
    const late = await decision(id, last);
    expect(late).toMatchObject({
      verdict: 'REFUSED',
      reason: 'KILL_SWITCH',
      detail: { scope: 'platform', mode: 'reduce_only', reason: 'drill' },
    });
    const refused = `SELECT count(*) AS n FROM decisions WHERE signal_id = $1 AND reason = 'KILL_SWITCH'`;
    expect(await count(refused, id)).toBe(501 - opened);
    await one.db.query('UPDATE users SET auto_trade_enabled = false WHERE id BETWEEN $1 AND $2', [first, last]);
  }, 60_000);

  it('waits for a page that is being written, which then counts as before it', async () => {
    const release = await holding('LOCK TABLE decisions IN SHARE MODE');
    const id = await post({ ...LONG, symbol: fresh() });
    const blocked = (type: string) =>
      count('SELECT count(*) AS n FROM pg_locks WHERE locktype = $1 AND NOT granted', type);
    await eventually(async () => (await blocked('relation')) > 0);
    let isDone = false;
    const killing = safety(admin, 'post', 'kill', { confirm: 'KILL' }).then(() => (isDone = true));
    await eventually(async () => isDone || (await blocked('advisory')) > 0);
    await release();
    await killing;
    const opened = await positionsOf(id);
    await decision(id);
    expect([opened, await positionsOf(id)]).toEqual([1, 1]);
  });

  it('is in force on both replicas, and seen there, within a second', async () => {
    const statusOf = async (test: TestApplication) =>
      (await http(test).get('/api/safety/status')).body as { trading_allowed: boolean };
    for (const allowed of [false, true]) {
      if (allowed) await safety(admin, 'post', 'resume', { confirm: 'RESUME' });
      else await safety(admin, 'post', 'kill', { confirm: 'KILL' });
      const since = performance.now();
      for (const test of [one, two]) {
        await eventually(async () => (await statusOf(test)).trading_allowed === allowed, 2_000);
      }
      expect(performance.now() - since).toBeLessThan(1_000);
    }
  });
});

describe('scopes', () => {
  it.each([
    ['source', () => 'manual', 'KILL_SWITCH'],
    ['symbol', (symbol: string) => symbol, 'KILL_SWITCH'],
    ['user', () => String(ada.id), 'KILL_SWITCH'],
  ])('%s: refuses with the scope in the detail', async (scope, valueOf, reason) => {
    const symbol = fresh();
    await safety(admin, 'post', 'switches', { scope, value: valueOf(symbol), reason: 'why' });
    const refused = await decision(await post({ ...LONG, symbol }));
    expect(refused).toMatchObject({ reason, detail: { scope, mode: 'block_entries', reason: 'why' } });
  });

  it('one user’s pause stops that user alone', async () => {
    const bob = await makePerson(one.app, { autoTrade: true, settings: { per_trade_usdt: '50', leverage: 5 } });
    await safety(ada, 'post', 'switches', { scope: 'user', minutes: 5 });
    const id = await post({ ...LONG, symbol: fresh() });
    expect(await decision(id)).toMatchObject({ reason: 'TRADING_PAUSED', detail: { scope: 'user' } });
    expect(await decision(id, bob.id)).toMatchObject({ verdict: 'OPENED' });
    await one.db.query('UPDATE users SET auto_trade_enabled = false WHERE id = $1', [bob.id]);
  });

  it('exits go on: targets, stops, and a reversal that then opens nothing', async () => {
    const symbol = fresh();
    const id = await post({ ...LONG, symbol });
    await reaching(id, 'OPEN');
    await safety(admin, 'post', 'kill', { confirm: 'KILL' });
    await tick(symbol, 3030);
    await reaching(id, 'PARTIAL');
    const reversal = await post({ ...SHORT, symbol, entry: 3030, tp: [2950], sl: 3100 });
    expect(await decision(reversal)).toMatchObject({ reason: 'KILL_SWITCH' });
    expect(await reaching(id, 'CLOSED')).toMatchObject({ close_reason: 'REVERSAL' });
  });

  it('the signals of a stopped source do not even close', async () => {
    const symbol = fresh();
    const id = await post({ ...LONG, symbol });
    await reaching(id, 'OPEN');
    const rival = await makePerson(one.app, { role: 'provider' });
    await post({ ...LONG, symbol: fresh() }, rival);
    await safety(admin, 'post', 'switches', { scope: 'source', value: `provider:${rival.id}` });
    const reversal = await post({ ...SHORT, symbol }, rival);
    expect(await decision(reversal)).toMatchObject({ reason: 'KILL_SWITCH', detail: { scope: 'source' } });
    expect(await position(id)).toMatchObject({ status: 'OPEN' });
  });
});

describe('an entry that waits', () => {
  it('does not fill while it is stopped, costs nothing meanwhile, and fills when it is not', async () => {
    const symbol = fresh();
    const id = await waiting(symbol);
    const { switch: item } = await safety(ada, 'post', 'switches', { scope: 'user' });
    await tick(symbol, 2999);
    await tick(symbol, 2998);
    const noted = `SELECT count(*) AS n FROM work_items WHERE queue = 'crossing' AND payload ->> 'symbol' = $1`;
    const crossings = await count(noted, symbol);
    for (let price = 2997; price > 2990; price -= 1) await tick(symbol, price);
    expect(await position(id)).toMatchObject({ status: 'PENDING' });
    expect(await count(noted, symbol)).toBe(crossings);
    await safety(ada, 'delete', `switches/${item.id}`);
    await reaching(id, 'OPEN');
  });

  it('that the price has left again stays waiting after the stop', async () => {
    const symbol = fresh();
    const id = await waiting(symbol);
    const { switch: item } = await safety(admin, 'post', 'switches', { scope: 'symbol', value: symbol });
    await tick(symbol, 2999);
    await tick(symbol, 3020);
    await safety(admin, 'delete', `switches/${item.id}`);
    await tick(symbol, 3021);
    expect(await position(id)).toMatchObject({ status: 'PENDING' });
    await tick(symbol, 2999);
    await reaching(id, 'OPEN');
  });

  it('is given up when the stop of its owner’s plan is seen meanwhile: there is nothing to enter afterwards', async () => {
    const symbol = fresh();
    const put = (plan: object) =>
      http().put(`/api/users/${ada.id}/trade-plan`).set(ada.auth).send({ plan }).expect(200);
    await put({ stop: { unit: 'PERCENT', value: '0.5' } });
    const id = await waiting(symbol);
    await put({});
    const { switch: item } = await safety(admin, 'post', 'switches', { scope: 'symbol', value: symbol });
    await tick(symbol, 2999);
    await tick(symbol, 2984);
    expect(await position(id)).toMatchObject({ status: 'CANCELLED', close_reason: 'EXPIRED' });
    await safety(admin, 'delete', `switches/${item.id}`);
  });

  it('is not filled by a leader who takes over while it is stopped', async () => {
    const symbol = fresh();
    const id = await waiting(symbol);
    await safety(admin, 'post', 'switches', { scope: 'source', value: 'manual' });
    const { app } = await leader();
    const engine = app.get(TriggerEngine);
    engine.rest();
    await engine.lead();
    await tick(symbol, 2999);
    expect(await position(id)).toMatchObject({ status: 'PENDING' });
  });
});

describe('safety orders of a position that is held', () => {
  const held = (id: number) =>
    one.db.first<{ qty: string; status: string }>(
      'SELECT trim_scale(qty) AS qty, status FROM positions WHERE signal_id = $1 AND user_id = $2',
      [id, carl.id],
    );
  let carl: Person;

  beforeAll(async () => {
    const dca = { dca_enabled: true, dca_steps: 2, dca_step_percent: '0.5' };
    carl = await makePerson(one.app, { autoTrade: true, settings: { per_trade_usdt: '50', leverage: 5, ...dca } });
  });

  afterAll(() => one.db.query('UPDATE users SET auto_trade_enabled = false WHERE id = $1', [carl.id]));

  it('do not fill while it is stopped; its stop does', async () => {
    const symbol = fresh();
    const id = await post({ ...LONG, symbol });
    const { qty } = await eventually(() => held(id));
    await safety(carl, 'post', 'switches', { scope: 'user' });
    for (const price of [2984, 2983, 2960]) await tick(symbol, price);
    expect(await held(id)).toEqual({ qty, status: 'OPEN' });
    await tick(symbol, 2949);
    expect(await held(id)).toEqual({ qty, status: 'STOPPED' });
  });

  it('fill as soon as it is not stopped any more', async () => {
    const symbol = fresh();
    const id = await post({ ...LONG, symbol });
    const { qty } = await eventually(() => held(id));
    const { switch: item } = await safety(carl, 'post', 'switches', { scope: 'user' });
    await tick(symbol, 2980);
    expect((await held(id))?.qty).toBe(qty);
    await safety(carl, 'delete', `switches/${item.id}`);
    await eventually(async () => Number((await held(id))?.qty) > Number(qty));
  });
});

describe('flattening', () => {
  const progress = (id: number) => safety(admin, 'get', `switches/${id}`).then((answer) => answer.switch.flatten);

  it('closes at market and withdraws what waits, in its scope only, and says how far it is', async () => {
    const symbol = fresh();
    const elsewhere = await post({ ...LONG, symbol: fresh() });
    const pending = await waiting(symbol);
    await reaching(elsewhere, 'OPEN');
    const { switch: item } = await safety(admin, 'post', 'switches', {
      scope: 'symbol',
      value: symbol,
      mode: 'flatten',
      confirm: 'KILL',
      reason: 'delisted',
    });
    const done = await eventually(async () => {
      const now = await progress(item.id);
      return now.done_at === null ? undefined : now;
    });
    expect(done).toMatchObject({ found: 2, closed: 2, left: 0 });
    expect(await position(pending)).toMatchObject({ status: 'CANCELLED', close_reason: 'FLATTEN' });
    expect(await position(elsewhere)).toMatchObject({ status: 'OPEN' });
    const closed = await one.db.first<{ status: string; close_reason: string; message: string }>(
      `SELECT status, close_reason, (SELECT message FROM trade_log WHERE position_id = p.id AND type = 'CLOSE') AS message
       FROM positions p WHERE symbol = $1 AND status = 'CLOSED'`,
      [symbol],
    );
    expect(closed).toEqual({
      status: 'CLOSED',
      close_reason: 'FLATTEN',
      message: `Closed by the kill switch of symbol ${symbol}: delisted`,
    });
    const wrong = `SELECT count(*) AS n FROM accounts a WHERE open_positions <> (
      SELECT count(*) FROM positions p WHERE p.account_id = a.id AND p.status IN ('PENDING', 'OPEN', 'PARTIAL'))`;
    expect(await count(wrong)).toBe(0);
  });

  it('a user flattens only what is theirs', async () => {
    const bob = await makePerson(one.app, { autoTrade: true, settings: { per_trade_usdt: '50', leverage: 5 } });
    const id = await post({ ...LONG, symbol: fresh() });
    await reaching(id, 'OPEN');
    await decision(id, bob.id);
    await safety(bob, 'post', 'switches', { scope: 'user', mode: 'flatten', confirm: 'KILL' });
    await eventually(async () => (await position(id, bob.id))?.close_reason === 'FLATTEN');
    expect(await position(id)).toMatchObject({ status: 'OPEN' });
    await one.db.query('UPDATE users SET auto_trade_enabled = false WHERE id = $1', [bob.id]);
  });

  it('ends where the switch is cleared while it is under way', async () => {
    const symbol = fresh();
    const id = await post({ ...LONG, symbol });
    const { id: positionId } = await reaching(id, 'OPEN');
    const release = await holding('SELECT 1 FROM positions WHERE id = $1 FOR UPDATE', positionId);
    const body = { scope: 'symbol', value: symbol, mode: 'flatten', confirm: 'KILL' };
    const { switch: item } = await safety(admin, 'post', 'switches', body);
    await eventually(async () => (await progress(item.id)).found === 1);
    await safety(admin, 'delete', `switches/${item.id}`);
    await release();
    const settled = `SELECT count(*) AS n FROM work_items WHERE queue = 'safety.flatten' AND key = $1 AND state = 'done'`;
    await eventually(async () => (await count(settled, String(item.id))) === 1);
    expect(await position(id)).toMatchObject({ status: 'OPEN' });
    expect(await progress(item.id)).toMatchObject({ found: 1, closed: 0, done_at: null });
  });
});
