/**
 * Intents of sources in the whole application: what is posted and changed, whom it reaches, what is refused, and that the
 * same key has the effect of one.
 */
import request from 'supertest';
import type { ChangeIntent, EnterIntent, IntentTarget } from '../../src/domain/intent/intent.js';
import { Decimal } from '../../src/domain/money/decimal.js';
import { IntakeService } from '../../src/modules/intake/intake.service.js';
import { MarketWatch } from '../../src/modules/market-data/market-watch.service.js';
import { SourcesRepository } from '../../src/modules/signals/sources.repository.js';
import { PositionChanges } from '../../src/modules/trading/changes/position-changes.service.js';
import { makePerson, type Person } from '../factories/people.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';
import { positionOnce, tickThrough } from '../support/signals.js';

interface Seen {
  id: number;
  status: string;
  stop_loss: number;
  entry_price: number;
  remaining_qty: number;
  orders: { leg: string; status: string }[];
}

let test: TestApplication;
let intake: IntakeService;
let admin: Person;
let ada: Person;
let desk: number;
let rival: number;
let symbols = 0;
let keys = 0;

beforeAll(async () => {
  test = await startTestApplication({ env: { SIGNAL_REPEAT_SECONDS: '0' } });
  intake = test.app.get(IntakeService);
  admin = await makePerson(test.app, { role: 'admin' });
  ada = await makePerson(test.app, { autoTrade: true, settings: { per_trade_usdt: '60', leverage: 10 } });
  desk = await source('desk');
  rival = await source('rival');
});

afterAll(() => test.close());

const http = () => request(test.app.getHttpServer());
const fresh = () => `I${(symbols += 1)}USDT`;
const newKey = () => `said:${(keys += 1)}`;

async function source(code: string): Promise<number> {
  const sources = test.app.get(SourcesRepository);
  return (await sources.ensure({ code, kind: 'webhook', name: code, ownerId: null })).id;
}

const LONG = {
  kind: 'ENTER',
  side: 'LONG',
  entry: '3000',
  stopLoss: '2900',
  targets: ['3030', '3060', '3090'],
} as const;
const UNSAID = { tradeType: null, leverage: null, confidence: null, plan: {}, meta: {}, ref: null } as const;

const enter = (over: Partial<EnterIntent> = {}): EnterIntent => ({ ...LONG, ...UNSAID, symbol: fresh(), ...over });

const change = (about: IntentTarget, ...changes: ChangeIntent['changes']): ChangeIntent => ({
  kind: 'CHANGE',
  about,
  changes,
});

async function say(intent: EnterIntent | ChangeIntent, from = desk, key = newKey()) {
  const [result] = await intake.carryOut([intent], { sourceId: from }, key);
  if (result === undefined) throw new Error('no answer');
  return result;
}

async function opened(over: Partial<EnterIntent> = {}) {
  const intent = enter(over);
  const { signalIds } = await say(intent);
  const [id = 0] = signalIds;
  await until(id, ({ status }) => status === 'OPEN');
  return { id, symbol: intent.symbol };
}

const until = (id: number, fits: (position: Seen) => boolean) => positionOnce<Seen>(test, ada, id, fits);

async function signal(id: number): Promise<Record<string, unknown>> {
  return (
    (await http().get(`/api/signals/${id}`).set(ada.auth).expect(200)).body as { signal: Record<string, unknown> }
  ).signal;
}

describe('an intent to enter', () => {
  it('becomes a signal of its source, once for each key, and is traded', async () => {
    const intent = enter({ leverage: 4, confidence: 80, meta: { timeframe: '1h' }, ref: 'trade 7' });
    const key = newKey();
    const first = await say(intent, desk, key);
    expect(first).toMatchObject({ outcome: 'done', code: null, message: 'Signal posted' });
    const again = await say({ ...intent, entry: '3001' }, desk, key);
    expect(again).toMatchObject({ outcome: 'done', message: 'Signal was posted before', signalIds: first.signalIds });
    const [id = 0] = first.signalIds;
    expect(await signal(id)).toMatchObject({ source: 'desk', leverage: 4, confidence: 80, meta: { timeframe: '1h' } });
    await until(id, ({ status }) => status === 'OPEN');
  });

  it('takes what it leaves unsaid from the plan of its source', async () => {
    const bare = enter({ stopLoss: null, targets: [] });
    expect(await say(bare)).toMatchObject({ outcome: 'refused', code: 'INVALID_INPUT', signalIds: [] });
    const plan = {
      stop: { unit: 'PERCENT', value: 2 },
      targets: { unit: 'PERCENT', values: [1, 3] },
      margin: { leverage: 6 },
    };
    const path = `/api/sources/${await source('planned')}/trade-plan`;
    await http().put(path).set(admin.auth).send({ plan }).expect(200);
    const { signalIds } = await say(bare, await source('planned'));
    expect(await signal(signalIds[0] ?? 0)).toMatchObject({ entry: 3000, sl: 2940, tp: [3030, 3090], leverage: 6 });
  });

  it('without a price enters at that of the market, and is refused where there is none', async () => {
    const symbol = fresh();
    const market = { symbol, entry: null, stopLoss: '95', targets: ['110'] };
    expect(await say(enter(market))).toMatchObject({ outcome: 'refused', code: 'NO_MARKET_PRICE' });
    test.feed.tick(symbol, 101);
    const { signalIds } = await say(enter(market));
    expect(await signal(signalIds[0] ?? 0)).toMatchObject({ entry: 101, plan: { entry: { kind: 'MARKET' } } });
  });

  it('is refused with the reason and lets those after it through', async () => {
    const bad = enter({ stopLoss: '3100' });
    const results = await intake.carryOut([bad, enter()], { sourceId: desk }, newKey());
    expect(results).toMatchObject([
      { outcome: 'refused', code: 'INVALID_INPUT', message: 'sl must be below the entry of a LONG' },
      { outcome: 'done' },
    ]);
    const silent = await source('silent');
    await http().put(`/api/admin/sources/${silent}`).set(admin.auth).send({ is_enabled: false }).expect(200);
    expect(await say(enter(), silent)).toMatchObject({ outcome: 'refused', code: 'SOURCE_DISABLED' });
  });
});

describe('an intent to change', () => {
  it('moves the stop, sets targets and closes, each once', async () => {
    const { id, symbol } = await opened({ ref: 'grid' });
    await tickThrough(test, symbol, 3035);
    const key = newKey();
    const moves = change(
      { symbol },
      { kind: 'MOVE_STOP', to: { at: 'PRICE', price: '2950' } },
      { kind: 'SET_TARGETS', targets: ['3070', '3100'] },
      { kind: 'ENTRY_HIT' },
    );
    const moved = await say(moves, desk, key);
    expect(moved).toMatchObject({ outcome: 'done', signalIds: [id] });
    expect(moved.steps.map(({ outcome, code }) => code ?? outcome)).toEqual(['done', 'done', 'SEEN_BY_ITSELF']);
    await until(id, ({ stop_loss }) => stop_loss === 2950);
    expect(await signal(id)).toMatchObject({ sl: 2950, tp: [3030, 3070, 3100] });
    await say(moves, desk, key);
    expect(await signal(id)).toMatchObject({ version: 2 });
    expect(await say(change({ ref: 'grid' }, { kind: 'CLOSE' }))).toMatchObject({ outcome: 'done', signalIds: [id] });
    await until(id, ({ status }) => status === 'CANCELLED');
    expect(await say(change({ ref: 'grid' }, { kind: 'CLOSE' }))).toMatchObject({
      outcome: 'nothing',
      code: 'SIGNAL_ENDED',
    });
  });

  it('says again under its key what it meant, not what has come since', async () => {
    const { id, symbol } = await opened();
    const turn = [change({ symbol }, { kind: 'CLOSE' }), enter({ symbol })];
    const key = newKey();
    const first = await intake.carryOut(turn, { sourceId: desk }, key);
    const second = await intake.carryOut(turn, { sourceId: desk }, key);
    const [, entered] = first;
    expect(first.map(({ signalIds }) => signalIds)).toEqual([[id], [expect.any(Number)]]);
    expect(second.map(({ signalIds }) => signalIds)).toEqual(first.map(({ signalIds }) => signalIds));
    await until(entered?.signalIds[0] ?? 0, ({ status }) => status === 'OPEN');
  });

  it('reduces what is held, once for each key, also after a crash between pages', async () => {
    const { id, symbol } = await opened();
    await tickThrough(test, symbol, 3010);
    const whole = (await until(id, () => true)).remaining_qty;
    const half = change({ signalId: id }, { kind: 'REDUCE', percent: '50' });
    const key = newKey();
    expect(await say(half, desk, key)).toMatchObject({ outcome: 'done', signalIds: [id] });
    const reduced = await until(id, ({ status }) => status === 'PARTIAL');
    expect(reduced.remaining_qty).toBeCloseTo(whole / 2, 3);
    expect(await say(half, desk, key)).toMatchObject({ outcome: 'nothing', steps: [{ code: 'ALREADY_SO' }] });
    const leg = reduced.orders.find((order) => order.leg.startsWith('REDUCE'))?.leg ?? '';
    const again = { kind: 'reduce', percent: Decimal.of('50'), leg } as const;
    await test.app.get(PositionChanges).applyCommand([reduced.id], again, '3010', () => undefined);
    expect(await until(id, () => true)).toMatchObject({ remaining_qty: reduced.remaining_qty });
    const { events } = (await signal(id)) as { events: { type: string; price: string | null; detail: object }[] };
    expect(events.filter(({ type }) => type === 'REDUCED')).toMatchObject([
      { price: '3010', detail: { percent: '50' } },
    ]);
    const more = await say(change({ signalId: id }, { kind: 'REDUCE', percent: '100' }));
    expect(more).toMatchObject({ outcome: 'done' });
    await until(id, ({ status }) => status === 'CANCELLED');
    expect(await signal(id)).toMatchObject({ status: 'OPENED' });
    expect(await say(change({ signalId: id }, { kind: 'REDUCE', percent: '101' }))).toMatchObject({
      code: 'INVALID_INPUT',
    });
  });

  it('is what staff may ask for as well: a part closed, once for each key, and entries taken back', async () => {
    const { id } = await opened();
    const whole = (await until(id, () => true)).remaining_qty;
    const reduce = (percent: number, key: string) =>
      http().post('/api/signals/reduce').set(admin.auth).set('Idempotency-Key', key).send({ signal_id: id, percent });
    const answers = [await reduce(50, 'half'), await reduce(50, 'half'), await reduce(0, 'none')];
    expect(answers.map(({ status, body }) => [status, (body as { applied?: boolean }).applied])).toEqual([
      [200, true],
      [200, false],
      [400, undefined],
    ]);
    expect((await until(id, ({ status }) => status === 'PARTIAL')).remaining_qty).toBeCloseTo(whole / 2, 3);
    const withdraw = http().post('/api/signals/withdraw-entries').set(admin.auth).send({ signal_id: id });
    expect((await withdraw.expect(200)).body).toMatchObject({ ok: true, message: 'Entries taken back' });
    expect(await signal(id)).toMatchObject({ status: 'OPENED' });
    await http().post('/api/signals/reduce').set(ada.auth).send({ signal_id: id, percent: 10 }).expect(403);
  });

  it('moves the stop of each trade to what that cost', async () => {
    const { id, symbol } = await opened();
    await tickThrough(test, symbol, 3020);
    const toEntry = change({ symbol }, { kind: 'MOVE_STOP', to: { at: 'ENTRY' } });
    // Once the price is stored by which edits are judged.
    await eventually(async () => (await say(toEntry)).outcome === 'done');
    await until(id, ({ stop_loss, entry_price }) => stop_loss === entry_price);
    expect(await say(toEntry)).toMatchObject({ outcome: 'nothing', code: 'ALREADY_SO' });
    const toTarget = change({ symbol }, { kind: 'MOVE_STOP', to: { at: 'TARGET', target: 1 } });
    expect(await say(toTarget)).toMatchObject({ outcome: 'refused', code: 'EDIT_REFUSED' });
    await tickThrough(test, symbol, 3040);
    await eventually(async () => (await say(toTarget)).outcome === 'done');
    await until(id, ({ stop_loss }) => stop_loss === 3030);
  });

  it('takes entries back: a signal that nobody has entered ends, one that is held goes on', async () => {
    const plan = { 'entry.kind': 'LADDER', 'entry.prices': ['3000', '2950'] } as const;
    const above = (intent: EnterIntent) => {
      test.app.get(MarketWatch).want([{ symbol: intent.symbol, near: '3020' }]);
      return intent;
    };
    const { signalIds } = await say(above(enter({ plan: { 'entry.kind': 'LIMIT' } })));
    const [waiting = 0] = signalIds;
    await until(waiting, ({ status }) => status === 'PENDING');
    const cancel = { kind: 'CANCEL' } as const;
    expect(await say(change({ signalId: waiting }, cancel))).toMatchObject({ outcome: 'done' });
    await until(waiting, ({ status }) => status === 'CANCELLED');
    expect(await signal(waiting)).toMatchObject({ status: 'CANCELLED' });
    const held = above(enter({ plan }));
    const [id = 0] = (await say(held)).signalIds;
    await until(id, ({ status }) => status === 'PENDING');
    await tickThrough(test, held.symbol, 2999);
    await until(id, ({ status }) => status === 'OPEN');
    expect(await say(change({ symbol: held.symbol }, cancel))).toMatchObject({ outcome: 'done' });
    const left = await until(id, ({ orders }) => orders.some(({ status }) => status === 'CANCELLED'));
    expect(left.status).toBe('OPEN');
    expect(await signal(id)).toMatchObject({ status: 'OPENED' });
  });

  it('takes reports of targets and stops', async () => {
    const { id } = await opened();
    await say(change({ signalId: id }, { kind: 'TARGET_HIT', target: 2 }));
    expect(await signal(id)).toMatchObject({ status: 'PARTIAL', targets_hit: [1, 2] });
    const beyond = await say(change({ signalId: id }, { kind: 'TARGET_HIT', target: 9 }));
    expect(beyond).toMatchObject({ outcome: 'refused', code: 'INVALID_INPUT' });
    await say(change({ signalId: id }, { kind: 'ALL_TARGETS_HIT' }));
    expect(await signal(id)).toMatchObject({ status: 'CLOSED' });
    expect(await say(change({ signalId: id }, { kind: 'STOP_HIT' }))).toMatchObject({ code: 'SIGNAL_ENDED' });
  });

  it('is refused where nothing, several or another source’s signals fit', async () => {
    const { id, symbol } = await opened();
    const close = { kind: 'CLOSE' } as const;
    const codeOf = async (about: IntentTarget, from = desk) => (await say(change(about, close), from)).code;
    expect(await codeOf({})).toBe('SIGNAL_UNSAID');
    expect(await codeOf({ symbol: fresh() })).toBe('NO_SIGNAL');
    expect(await codeOf({ symbol, side: 'SHORT' })).toBe('NO_SIGNAL');
    expect(await codeOf({ signalId: id }, rival)).toBe('NO_SIGNAL');
    expect(await codeOf({ symbol }, rival)).toBe('NO_SIGNAL');
    const { signalIds } = await say(enter({ symbol }));
    expect(await codeOf({ symbol })).toBe('SEVERAL_SIGNALS');
    expect(await signal(id)).toMatchObject({ status: 'OPENED' });
    const both = await say(change({ symbol, all: true }, close));
    expect(both).toMatchObject({ outcome: 'done', signalIds: [...signalIds, id] });
  });
});
