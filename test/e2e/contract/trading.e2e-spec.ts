/**
 * The mobile contract line by line: signals (section 4), positions (section 5), the older app's fields (section 12) and
 * the trade log (13.3). The stories behind them are in main-job.e2e-spec.ts.
 */
import request from 'supertest';
import { makePerson, type Person } from '../../factories/people.js';
import { eventually, startTestApplication, TEST_SECRETS, type TestApplication } from '../../support/application.js';

const FAILURE = { ok: false, error: expect.any(String) as string, code: expect.any(String) as string };
const DONE = { ok: true, message: expect.any(String) as string };
const SIGNAL = { symbol: 'BTCUSDT', side: 'LONG', entry: 70000, tp: [70500, 71000, 72000], sl: 69500 };

interface Position {
  id: number;
  signal_id: number;
  status: string;
  targets: { index: number; price: number; qty: number; hit: boolean; hit_at: string | null }[];
  [field: string]: unknown;
}

let test: TestApplication;
let admin: Person;
let provider: Person;
let ada: Person;
let bob: Person;
const http = () => request(test.app.getHttpServer());
const post = (body: object, person: Person = admin) => http().post('/api/signals').set(person.auth).send(body);
const call = (route: string, body: object, person: Person = admin) =>
  http().post(`/api/signals/${route}`).set(person.auth).send(body);

async function posted(body: object = SIGNAL): Promise<number> {
  return ((await post(body).expect(201)).body as { signal_id: number }).signal_id;
}

async function positions(query: object, person: Person = ada): Promise<Position[]> {
  const answer = await http().get('/api/positions').query(query).set(person.auth).expect(200);
  return (answer.body as { positions: Position[] }).positions;
}

let symbols = 0;

/** A signal on a symbol of its own, so that what is reported of one moves no other's market, and ada's position. */
async function opened(): Promise<{ signalId: number; position: Position }> {
  symbols += 1;
  const signalId = await posted({ ...SIGNAL, symbol: `C${symbols}USDT` });
  const position = await eventually(async () => (await positions({ signal_id: signalId }))[0]);
  return { signalId, position };
}

interface SignalList {
  signals: { id: number; status: string; created_at: string }[];
  next_before_id: number | null;
}

const listed = async (query: object) =>
  (await http().get('/api/signals').query(query).set(ada.auth).expect(200)).body as SignalList;
const list = async (query: object) => (await listed(query)).signals;

async function signal(id: number): Promise<Record<string, unknown>> {
  return (
    (await http().get(`/api/signals/${id}`).set(ada.auth).expect(200)).body as { signal: Record<string, unknown> }
  ).signal;
}

beforeAll(async () => {
  test = await startTestApplication({ env: { SIGNAL_REPEAT_SECONDS: '0' } });
  admin = await makePerson(test.app, { role: 'admin' });
  provider = await makePerson(test.app, { role: 'provider' });
  ada = await makePerson(test.app, { autoTrade: true, settings: { per_trade_usdt: '20', leverage: 10 } });
  bob = await makePerson(test.app);
});

afterAll(() => test.close());

describe('contract 4 the signal', () => {
  it('POST 201 {ok, message, signal_id}; the optional fields have defaults', async () => {
    const answer = await post(SIGNAL).expect(201);
    expect(answer.body).toMatchObject({ ...DONE, signal_id: expect.any(Number) as number });
    expect(await signal((answer.body as { signal_id: number }).signal_id)).toMatchObject({
      symbol: 'BTCUSDT',
      side: 'LONG',
      entry: 70000,
      tp: [70500, 71000, 72000],
      sl: 69500,
      leverage: 1,
      confidence: 0,
      trade_type: 'FUTURES',
      duration: 'SHORT',
      status: expect.stringMatching(/^(NEW|OPENED)$/) as string,
      meta: {},
    });
  });

  it('rule 1: figures are JSON numbers, created_at ends with Z', async () => {
    const list = (await http().get('/api/signals').set(ada.auth)).body as { signals: Record<string, unknown>[] };
    for (const one of list.signals) {
      for (const field of ['entry', 'sl', 'leverage', 'confidence']) expect(typeof one[field]).toBe('number');
      expect(one.created_at).toMatch(/Z$/);
    }
  });

  it('12: timestamp without zone and a rendered text for the older app', async () => {
    const one = await signal(await posted({ ...SIGNAL, leverage: 5 }));
    expect(one.timestamp).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    expect(one.text).toBe(
      'BTCUSDT LONG\nENTRY: 70000\nTARGET 1: 70500\nTARGET 2: 71000\nTARGET 3: 72000\nSTOP LOSS: 69500\nLEV: 5x',
    );
  });

  it('lists by source or by time go on page by page, each signal once', async () => {
    const ids: number[] = [];
    for (let posts = 0; posts < 5; posts += 1) ids.push(await posted(SIGNAL));
    // Clocks of two processes differ: the order of times is not that of ids.
    const at = (index: number) => new Date(Date.UTC(2020, 0, 1, 0, [3, 1, 4, 2, 5][index])).toISOString();
    for (const [index, id] of ids.entries()) {
      await test.db.query('UPDATE signals SET created_at = $2 WHERE id = $1', [id, at(index)]);
    }
    const pages = async (filter: object) => {
      const seen: number[] = [];
      for (let before: number | null = null; ;) {
        const page = await listed({ ...filter, limit: 2, ...(before === null ? {} : { before_id: before }) });
        seen.push(...page.signals.map(({ id }) => id));
        if (page.next_before_id === null) return seen;
        before = page.next_before_id;
      }
    };
    const byTime = [4, 2, 0, 3, 1].map((index) => ids[index]);
    const year = { from: '2020-01-01T00:00:00Z', to: '2021-01-01T00:00:00Z' };
    expect(await pages(year)).toEqual(byTime);
    expect(await pages({ ...year, status: 'NEW,OPENED', source: 'manual' })).toEqual(byTime);
    expect(await pages({ from: at(3), to: at(4) })).toEqual([2, 0, 3].map((index) => ids[index]));
    const all = await pages({ source: 'manual' });
    expect(all).toEqual([...new Set(all)].sort((a, b) => b - a));
    expect(all).toEqual(expect.arrayContaining(ids));
    expect(await pages({ source: 'nobody' })).toEqual([]);
  });

  it('BUY and SELL are LONG and SHORT, in any case', async () => {
    expect(await signal(await posted({ ...SIGNAL, side: 'buy' }))).toMatchObject({ side: 'LONG' });
    const short = { ...SIGNAL, side: 'Sell', tp: [69500], sl: 70500 };
    expect(await signal(await posted(short))).toMatchObject({ side: 'SHORT' });
  });

  it.each([
    [{ symbol: undefined }, 'symbol'],
    [{ side: undefined }, 'side'],
    [{ entry: undefined }, 'entry'],
    [{ tp: undefined }, 'tp'],
    [{ sl: undefined }, 'sl'],
    [{ side: 'sideways' }, 'side'],
    [{ entry: -5 }, 'entry'],
    [{ entry: 'NaN' }, 'entry'],
    [{ tp: 'nope' }, 'tp'],
    [{ tp: [] }, 'tp'],
    [{ tp: [71000, 70500] }, 'tp'],
    [{ tp: [69900, 71000] }, 'tp'],
    [{ tp: Array.from({ length: 11 }, (_, index) => 70100 + index) }, 'tp'],
    [{ sl: 70100 }, 'sl'],
    [{ leverage: 126 }, 'leverage'],
    [{ leverage: 0 }, 'leverage'],
    [{ confidence: 101 }, 'confidence'],
    [{ symbol: 'B T C' }, 'symbol'],
  ])('400 for %p, naming %s', async (change, field) => {
    const answer = await post({ ...SIGNAL, ...change }).expect(400);
    expect(answer.body).toMatchObject(FAILURE);
    expect(
      (answer.body as { fields: { field: string }[] }).fields.map((problem) => problem.field.split('.')[0]),
    ).toContain(field);
  });

  it('429 with Retry-After when the same symbol and side come again within 60 s', async () => {
    const strict = await startTestApplication({ env: { SIGNAL_REPEAT_SECONDS: '60' } });
    const staff = await makePerson(strict.app, { role: 'admin' });
    const send = () => request(strict.app.getHttpServer()).post('/api/signals').set(staff.auth).send(SIGNAL);
    await send().expect(201);
    const again = await send().expect(429);
    expect(again.body).toMatchObject(FAILURE);
    expect(again.headers['retry-after']).toBe('60');
    await strict.close();
  });

  it('admin, provider and service token may post and report; users get 403, nobody 401', async () => {
    await post(SIGNAL, provider).expect(201);
    const service = { 'X-INTERNAL-TOKEN': TEST_SECRETS.HOUSE_ENGINE_TOKEN };
    await http().post('/api/signals').set(service).send(SIGNAL).expect(201);
    expect((await post(SIGNAL, ada).expect(403)).body).toMatchObject(FAILURE);
    await http().post('/api/signals').send(SIGNAL).expect(401);
    for (const route of ['target-reached', 'stop-loss', 'cancel']) {
      await call(route, { signal_id: 1, target_index: 1 }, ada).expect(403);
    }
  });

  it('Idempotency-Key: a repeat has the effect of one', async () => {
    const send = () => post(SIGNAL).set('Idempotency-Key', 'contract-1');
    const [first, second] = [await send().expect(201), await send().expect(201)];
    expect((second.body as Position).signal_id).toBe((first.body as Position).signal_id);
  });

  it('GET list newest first, limit 50 by default, status exact in any case, 400 for nonsense', async () => {
    const all = await list({});
    expect(all.map(({ id }) => id)).toEqual(all.map(({ id }) => id).sort((a, b) => b - a));
    expect(all.length).toBeLessThanOrEqual(50);
    expect(await list({ limit: 2 })).toHaveLength(2);
    const [, second, third] = all;
    expect((await list({ limit: 1, before_id: second?.id }))[0]?.id).toBe(third?.id);
    const id = await posted();
    await call('cancel', { signal_id: id }).expect(200);
    for (const one of await list({ status: 'cancelled' })) expect(one.status).toBe('CANCELLED');
    expect((await list({ status: 'cancelled' })).map((one) => one.id)).toContain(id);
    for (const query of [{ limit: 'abc' }, { limit: 0 }, { status: 'DREAMING' }]) {
      await http().get('/api/signals').query(query).set(ada.auth).expect(400);
    }
    await http().get('/api/signals').expect(401);
  });

  it('the list takes symbol, side, source and times; what fits nothing is an empty array (rule 7)', async () => {
    const ids = async (query: object) => (await list({ symbol: 'FILUSDT', ...query })).map(({ id }) => id);
    const long = await posted({ ...SIGNAL, symbol: 'FILUSDT' });
    const short = await posted({ ...SIGNAL, symbol: 'FILUSDT', side: 'SHORT', tp: [69500], sl: 70500 });
    const [newest] = await list({ symbol: 'fil/usdt' });
    const after = new Date(Date.parse(newest?.created_at ?? '') + 1).toISOString();
    expect(await ids({})).toEqual([short, long]);
    expect(await ids({ side: 'buy' })).toEqual([long]);
    expect(await ids({ source: 'manual' })).toEqual([short, long]);
    expect(await ids({ source: 'nobody' })).toEqual([]);
    expect(await ids({ to: after })).toEqual([short, long]);
    expect(await ids({ from: after })).toEqual([]);
    for (const query of [
      { side: 'sideways' },
      ...['yesterday', '2026', '2026-W01', '20261122T10', '2026-02-30', '2026-01-01T00:00:00+23:00'].map((from) => ({
        from,
      })),
    ]) {
      await http().get('/api/signals').query(query).set(ada.auth).expect(400);
    }
  });

  it('GET /{id} 404 unknown, 400 for a text', async () => {
    await http().get('/api/signals/99999999').set(ada.auth).expect(404);
    await http().get('/api/signals/abc').set(ada.auth).expect(400);
  });
});

describe('contract 4 the callbacks', () => {
  it('target-reached: 200; a third is closed, target 1 hit, PARTIAL; a repeat changes nothing', async () => {
    const { signalId, position } = await opened();
    const qty = position.targets[0]?.qty as number;
    for (let count = 0; count < 2; count += 1) {
      expect((await call('target-reached', { signal_id: signalId, target_index: 1 }).expect(200)).body).toMatchObject(
        DONE,
      );
      const after = (await positions({ signal_id: signalId }))[0] as Position;
      expect(after).toMatchObject({
        status: 'PARTIAL',
        targets: [{ index: 1, hit: true }, { hit: false }, { hit: false }],
      });
      expect(Number(after.remaining_qty)).toBeCloseTo((position.qty as number) - qty, 8);
    }
    expect(await signal(signalId)).toMatchObject({ status: 'PARTIAL' });
  });

  it('a second target applies to PARTIAL positions, the last closes', async () => {
    const { signalId } = await opened();
    for (const target_index of [1, 2, 3])
      await call('target-reached', { signal_id: signalId, target_index }).expect(200);
    expect((await positions({ signal_id: signalId }))[0]).toMatchObject({ status: 'CLOSED', remaining_qty: 0 });
    expect(await signal(signalId)).toMatchObject({ status: 'CLOSED' });
  });

  it('stop-loss: STOPPED, nothing remains, PnL booked', async () => {
    const { signalId } = await opened();
    await call('stop-loss', { signal_id: signalId }).expect(200);
    const after = (await positions({ signal_id: signalId }))[0] as Position;
    expect(after).toMatchObject({ status: 'STOPPED', remaining_qty: 0 });
    expect(after.pnl_usdt).toBeLessThan(0);
    expect(await signal(signalId)).toMatchObject({ status: 'STOPPED' });
  });

  it('cancel: CANCELLED, with a reason if given', async () => {
    const { signalId } = await opened();
    await call('cancel', { signal_id: signalId, reason: 'news' }).expect(200);
    expect((await positions({ signal_id: signalId }))[0]).toMatchObject({ status: 'CANCELLED', remaining_qty: 0 });
    expect(await signal(signalId)).toMatchObject({ status: 'CANCELLED' });
  });

  it('only legal moves: an ended signal stays as it ended, target 7 of 3 is 400, an unknown signal 404', async () => {
    const { signalId } = await opened();
    await call('target-reached', { signal_id: signalId, target_index: 7 }).expect(400);
    await call('target-reached', { signal_id: signalId, target_index: 0 }).expect(400);
    await call('stop-loss', { signal_id: signalId }).expect(200);
    await call('cancel', { signal_id: signalId }).expect(409);
    expect(await signal(signalId)).toMatchObject({ status: 'STOPPED' });
    for (const route of ['target-reached', 'stop-loss', 'cancel']) {
      await call(route, { signal_id: 99999999, target_index: 1 }).expect(404);
      await call(route, {}).expect(400);
    }
  });

  it('a signal that nobody follows is not closed by its first target', async () => {
    const id = await posted({ ...SIGNAL, symbol: 'DOGEUSDT', entry: 0.2, tp: [0.21, 0.22], sl: 0.19 });
    await eventually(async () => (await signal(id)).status === 'OPENED');
    await call('target-reached', { signal_id: id, target_index: 1 }).expect(200);
    expect(await signal(id)).toMatchObject({ status: 'PARTIAL' });
  });
});

describe('contract 5 positions', () => {
  it('the position, field by field; targets in order of index', async () => {
    const { signalId, position } = await opened();
    expect(position).toMatchObject({
      id: expect.any(Number) as number,
      signal_id: signalId,
      symbol: `C${symbols}USDT`,
      side: 'LONG',
      leverage: 10,
      status: 'OPEN',
      created_at: expect.stringMatching(/Z$/) as string,
      mode: 'paper',
      exchange: 'paper',
      stop_loss: 69500,
    });
    for (const field of ['qty', 'remaining_qty', 'entry_price', 'exit_price', 'pnl_usdt', 'pnl_pct', 'current_price']) {
      expect(typeof position[field]).toBe('number');
    }
    expect(position.targets.map(({ index }) => index)).toEqual([1, 2, 3]);
    expect(position.targets[0]).toMatchObject({ price: 70500, hit: false, hit_at: null });
    const sum = position.targets.reduce((total, { qty }) => total + qty, 0);
    expect(sum).toBeCloseTo(position.qty as number, 8);
  });

  it('12: the fields of the older app', async () => {
    const { position } = await opened();
    expect(position).toMatchObject({
      position_id: String(position.id),
      direction: 'LONG',
      pnl: position.pnl_usdt,
      pnl_percent: position.pnl_pct,
      reached_targets: [],
    });
  });

  it('rule 11: OPEN means OPEN and PARTIAL; CLOSED means CLOSED, STOPPED and CANCELLED; anything else is exact', async () => {
    const { signalId } = await opened();
    await call('target-reached', { signal_id: signalId, target_index: 1 });
    const statuses = async (status: string) => new Set((await positions({ status })).map((one) => one.status));
    expect(await statuses('OPEN')).toEqual(new Set(['OPEN', 'PARTIAL']));
    expect(await statuses('closed')).toEqual(new Set(['CLOSED', 'STOPPED', 'CANCELLED']));
    expect(await statuses('STOPPED')).toEqual(new Set(['STOPPED']));
    expect(await statuses('PARTIAL')).toEqual(new Set(['PARTIAL']));
    await http().get('/api/positions').query({ status: 'ODD' }).set(ada.auth).expect(400);
  });

  it('rule 7: an empty list is an array; own only; 401 without a token', async () => {
    expect(await positions({}, bob)).toEqual([]);
    await http().get('/api/positions').expect(401);
  });

  it('GET /{user_id}: own id or admin, others 403', async () => {
    const own = await http().get(`/api/positions/${ada.id}`).set(ada.auth).expect(200);
    const staff = await http().get(`/api/positions/${ada.id}`).set(admin.auth).expect(200);
    expect((own.body as { count: number }).count).toBeGreaterThan(0);
    expect((staff.body as { count: number }).count).toBe((own.body as { count: number }).count);
    await http().get(`/api/positions/${ada.id}`).set(bob.auth).expect(403);
  });

  it('close: really closes, books PnL; 400 missing and already closed, 404 unknown and foreign', async () => {
    const { position, signalId } = await opened();
    const close = (body: object, person = ada) => http().post('/api/positions/close').set(person.auth).send(body);
    await close({}).expect(400);
    await close({ position_id: 99999999 }).expect(404);
    await close({ position_id: position.id }, bob).expect(404);
    expect((await close({ position_id: position.id }).expect(200)).body).toMatchObject(DONE);
    const after = (await positions({ signal_id: signalId }))[0] as Position;
    expect(after).toMatchObject({ status: 'CLOSED', remaining_qty: 0, closed_at: expect.any(String) as string });
    expect(after.exit_price).toBeGreaterThan(0);
    expect(after.pnl_usdt).not.toBe(0);
    await close({ position_id: position.id }).expect(400);
  });
});

describe('contract 13.3 the trade log', () => {
  it('holds a line for each change of a position, with its user and signal', async () => {
    const { signalId, position } = await opened();
    await call('target-reached', { signal_id: signalId, target_index: 1 });
    await call('stop-loss', { signal_id: signalId });
    const rows = await test.db.query<{
      type: string;
      user_id: number;
      signal_id: number;
      meta: Record<string, string>;
    }>('SELECT type, user_id, signal_id, meta FROM trade_log WHERE position_id = $1 ORDER BY id', [position.id]);
    expect(rows.map(({ type }) => type)).toEqual(['OPEN', 'TP_HIT', 'SL_HIT']);
    for (const row of rows) expect(row).toMatchObject({ user_id: ada.id, signal_id: signalId });
    const changed = await test.db
      .query(`DELETE FROM trade_log WHERE position_id = $1`, [position.id])
      .catch(() => 'refused');
    expect(changed).toBe('refused');
  });
});
