/**
 * Prices of a real market that may not be believed fire nothing; a real gap fires once; everybody sees what was refused.
 * The test owns the time: how long a price must stand unopposed is held to the millisecond.
 */
import request from 'supertest';
import { MarketWatch } from '../../src/modules/market-data/market-watch.service.js';
import { DuePositions } from '../../src/modules/trading/triggers/due-positions.service.js';
import { TriggerEngine } from '../../src/modules/trading/triggers/trigger-engine.service.js';
import { ManualClock } from '../../src/platform/clock/manual-clock.js';
import { Logger } from '../../src/platform/logging/logger.js';
import { WorkRunner } from '../../src/platform/work/work-runner.js';
import { makePerson, type Person } from '../factories/people.js';
import { ScriptedFeed } from '../servers/scripted-feed.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';

const PERSIST_MS = 1_000;

/** What a timer may be late, so that it finds its time over. */
const SLACK_MS = 100;

/** Work that is put off, with why. */
const WAITS = `SELECT 1 FROM work_items WHERE queue = 'signal' AND state = 'open' AND last_error LIKE $1`;

const clock = new ManualClock();
let test: TestApplication;
let feed: ScriptedFeed;
let admin: Person;
let ada: Person;
let symbols = 0;

beforeAll(async () => {
  feed = new ScriptedFeed({ isSimulated: false, now: () => clock.now() });
  const env = { SIGNAL_REPEAT_SECONDS: '0', PRICE_PERSIST_SECONDS: String(PERSIST_MS / 1_000) };
  const platform = { clock, logger: Logger.silent() };
  test = await startTestApplication({ env, parts: { priceFeed: feed, platform } });
  admin = await makePerson(test.app, { role: 'admin' });
  ada = await makePerson(test.app, { autoTrade: true, settings: { per_trade_usdt: '50', leverage: 5 } });
});

afterAll(() => test.close());

const http = () => request(test.app.getHttpServer());

async function held(more: object = {}): Promise<{ id: number; symbol: string }> {
  const symbol = `Q${(symbols += 1)}USDT`;
  const signal = { symbol, side: 'LONG', entry: 100, tp: [140], sl: 95, ...more };
  await http().post('/api/signals').set(admin.auth).send(signal).expect(201);
  const row = await eventually(() =>
    test.db.first<{ id: number }>(`SELECT id FROM positions WHERE symbol = $1 AND user_id = $2 AND status = 'OPEN'`, [
      symbol,
      ada.id,
    ]),
  );
  await eventually(() => test.app.get(TriggerEngine).isArmed(row.id));
  return { id: row.id, symbol };
}

async function statusOf(id: number, symbol: string): Promise<string | undefined> {
  await test.app.get(TriggerEngine).settled(symbol);
  return (await test.db.first<{ status: string }>('SELECT status FROM positions WHERE id = $1', [id]))?.status;
}

interface Rejection {
  symbol: string;
  reason: string;
  count: number;
  last_price: string;
}

const prices = async () =>
  (
    (await http().get('/api/safety/status').expect(200)).body as {
      prices: { by_symbol: { symbol: string; price: string; age_seconds: number }[]; rejections: Rejection[] };
    }
  ).prices;

/** What comes while time passes, and work whose time has come is taken up. */
const inTime = <T>(probe: () => Promise<T>, stepMs = 250) =>
  eventually(() => {
    clock.advance(stepMs);
    test.app.get(WorkRunner).sweep();
    return probe();
  });

/** What was refused is written every half second, and read again every quarter. */
const rejection = (symbol: string, reason: string) =>
  inTime(async () => (await prices()).rejections.find((found) => found.symbol === symbol && found.reason === reason));

it.each(['NaN', 'Infinity', '-Infinity', '0', '-5', '', '1e3', '0x10', 'null'])(
  'the price %p fires nothing and is counted',
  async (price) => {
    const { id, symbol } = await held();
    feed.tick(symbol, price);
    expect(await statusOf(id, symbol)).toBe('OPEN');
    expect(await rejection(symbol, 'price')).toMatchObject({ count: 1, last_price: price });
  },
);

it('a price that is too old, or older than the last, fires nothing', async () => {
  const { id, symbol } = await held();
  feed.tick(symbol, 94, new Date(clock.now().getTime() - 60_000));
  feed.tick(symbol, 99);
  feed.tick(symbol, 94, new Date(clock.now().getTime() - 5_000));
  expect(await statusOf(id, symbol)).toBe('OPEN');
  expect(await rejection(symbol, 'order')).toMatchObject({ count: 2 });
});

it('one tick through the stop and back fires nothing; the price of the moment stays the believed one', async () => {
  const { id, symbol } = await held();
  feed.tick(symbol, 60);
  expect(test.app.get(MarketWatch).latest(symbol)?.price).toBe('100');
  feed.tick(symbol, 100.5);
  feed.tick(symbol, 1_000_000);
  feed.tick(symbol, 100.6);
  expect(await statusOf(id, symbol)).toBe('OPEN');
  expect(await rejection(symbol, 'spike')).toMatchObject({ count: 1, last_price: '60' });
  expect(await rejection(symbol, 'band')).toMatchObject({ count: 1, last_price: '1000000' });
  expect((await prices()).by_symbol.find((found) => found.symbol === symbol)).toMatchObject({ price: '100.6' });
});

it('without a price an opposite signal closes nothing at the price that it names: it waits for the market', async () => {
  const { id, symbol } = await held();
  const speak = silence(symbol);
  const signal = { symbol, side: 'SHORT', entry: 80, tp: [70], sl: 130 };
  await http().post('/api/signals').set(admin.auth).send(signal).expect(201);
  await inTime(() => test.db.first(WAITS, [`%no price of ${symbol}%`]));
  expect(await statusOf(id, symbol)).toBe('OPEN');
  speak();
  await inTime(async () => {
    feed.tick(symbol, 101);
    return (await statusOf(id, symbol)) === 'CLOSED';
  });
  const sql = 'SELECT close_reason, trim_scale(exit_price)::text AS exit FROM positions WHERE id = $1';
  expect(await test.db.first(sql, [id])).toEqual({ close_reason: 'REVERSAL', exit: '101' });
});

const follows = (plan: object) =>
  http().put(`/api/users/${ada.id}/trade-plan`).set(ada.auth).send({ plan }).expect(200);

/** What is answered while time passes, slowly where the answer is to come before its limit. */
async function answered<T>(call: PromiseLike<T>, stepMs?: number): Promise<T> {
  const settled = Promise.resolve(call);
  let isSettled = false;
  void settled.catch(() => undefined).then(() => (isSettled = true));
  await inTime(() => Promise.resolve(isSettled), stepMs);
  return settled;
}

/** The market falls silent for a symbol; answers what ends that. */
function silence(symbol: string): () => void {
  const { want } = feed;
  feed.want = () => undefined;
  test.app.get(MarketWatch).unwant([symbol]);
  return () => {
    feed.want = want;
    feed.want([{ symbol }]);
  };
}

describe('without a price', () => {
  const SLOWLY = 1;
  const POLLS = 40;
  const cancel = (signal_id: number, stepMs?: number) =>
    answered(http().post('/api/signals/cancel').set(admin.auth).send({ signal_id, reason: '' }).expect(200), stepMs);
  const close = (position_id: number, stepMs?: number) =>
    answered(http().post('/api/positions/close').set(ada.auth).send({ position_id, qty: null }).expect(200), stepMs);

  /** Everything but telling people, which has limits by the minute. */
  const allDone = () =>
    inTime(() =>
      test.db.first(
        `SELECT 1 AS n WHERE NOT EXISTS (SELECT FROM work_items WHERE state = 'open' AND queue <> 'delivery')`,
      ),
    );

  const signalOf = async (id: number) =>
    (await test.db.first<{ signal_id: number }>('SELECT signal_id FROM positions WHERE id = $1', [id]))?.signal_id ?? 0;

  /** Whether more may still be bought. */
  const entriesOf = async (id: number) =>
    (
      await test.db.first<{ entries: string }>(
        `SELECT CASE WHEN entries_closed THEN 'closed' ELSE 'open' END AS entries FROM positions WHERE id = $1`,
        [id],
      )
    )?.entries;

  /** A position with two safety orders that wait. */
  async function grown(tp: readonly number[]) {
    await follows({ safety: { levels: 2, step_percent: '1', size_multiplier: '1' } });
    const position = await held({ tp, sl: 80 });
    await follows({});
    expect(await entriesOf(position.id)).toBe('open');
    return position;
  }

  async function waiting(
    symbol = `Q${(symbols += 1)}USDT`,
  ): Promise<{ id: number; symbol: string; signal_id: number }> {
    await follows({ entry: { kind: 'BREAKOUT', prices: ['120'] } });
    const signal = { symbol, side: 'LONG', entry: 100, tp: [140], sl: 95 };
    await http().post('/api/signals').set(admin.auth).send(signal).expect(201);
    const sql = `SELECT id, symbol, signal_id FROM positions WHERE symbol = $1 AND status = 'PENDING'`;
    const row = await eventually(() => test.db.first<{ id: number; symbol: string; signal_id: number }>(sql, [symbol]));
    await follows({});
    return row;
  }

  it('what waits for its entry is withdrawn at once, by a cancel and by hand', async () => {
    const one = await waiting();
    const speak = silence(one.symbol);
    expect((await cancel(one.signal_id, SLOWLY)).body).toMatchObject({ message: 'Signal cancelled', applied: true });
    expect(await statusOf(one.id, one.symbol)).toBe('CANCELLED');
    speak();
    const other = await waiting();
    silence(other.symbol);
    expect((await close(other.id, SLOWLY)).body).toMatchObject({ message: 'Position closed' });
    expect(await statusOf(other.id, other.symbol)).toBe('CANCELLED');
    speak();
  });

  it('what is held waits for one, which the answer and the health say, and is closed by the next', async () => {
    const { id, symbol } = await held();
    const sql = 'SELECT s.id, s.status FROM signals s JOIN positions p ON p.signal_id = s.id WHERE p.id = $1';
    const signal = () => test.db.first<{ id: number; status: string }>(sql, [id]);
    const speak = silence(symbol);
    const { id: signalId = 0 } = (await signal()) ?? {};
    const accepted = { message: 'Accepted, and being carried out' };
    expect((await cancel(signalId)).body).toMatchObject({ ...accepted, applied: true });
    expect((await cancel(signalId)).body).toMatchObject({ ...accepted, applied: false });
    await inTime(async () => (await signal())?.status === 'CANCELLED');
    expect(await statusOf(id, symbol)).toBe('OPEN');
    expect((await close(id)).body).toMatchObject({ message: 'The close was accepted and is being carried out' });
    clock.advance(61_000);
    // Over several rounds of being claimed, waiting for a price and being put off.
    for (let poll = 0; poll < POLLS; poll += 1) {
      clock.advance(250);
      test.app.get(WorkRunner).sweep();
      const { body } = await http().get('/api/health').expect(200);
      const { queue } = (body as { checks: { queue: { ok: boolean; oldest_order_seconds: number } } }).checks;
      expect([poll, queue.ok, queue.oldest_order_seconds > 60]).toEqual([poll, false, true]);
    }
    speak();
    await inTime(async () => {
      feed.tick(symbol, 101);
      return ['CANCELLED', 'CLOSED'].includes((await statusOf(id, symbol)) ?? '');
    });
    await allDone();
  });

  it('a cancel that waits for one holds up no other on its symbol', async () => {
    const { id, symbol } = await held();
    const other = await waiting(symbol);
    const speak = silence(symbol);
    await cancel(await signalOf(id));
    expect((await cancel(other.signal_id, SLOWLY)).body).toMatchObject({ message: 'Signal cancelled', applied: true });
    expect(await statusOf(other.id, symbol)).toBe('CANCELLED');
    speak();
    await inTime(async () => {
      feed.tick(symbol, 121);
      return (await statusOf(id, symbol)) === 'CANCELLED';
    });
    await allDone();
  });

  it('an opposite signal that is cancelled while it waits for one reverses nobody', async () => {
    const { id, symbol } = await held();
    const speak = silence(symbol);
    const signal = { symbol, side: 'SHORT', entry: 100, tp: [70], sl: 130 };
    const { body } = await http().post('/api/signals').set(admin.auth).send(signal).expect(201);
    const { signal_id: wrong } = body as { signal_id: number };
    await inTime(() => test.db.first(WAITS, [`%no price of ${symbol}%`]));
    expect((await cancel(wrong, SLOWLY)).body).toMatchObject({ message: 'Signal cancelled' });
    speak();
    feed.tick(symbol, 101);
    await allDone();
    expect(await statusOf(id, symbol)).toBe('OPEN');
    const opened =
      'SELECT (SELECT status FROM signals WHERE id = $1), (SELECT count(*) AS n FROM positions WHERE signal_id = $1)';
    expect(await test.db.first(opened, [wrong])).toEqual({ status: 'CANCELLED', n: 0 });
  });

  it('a target and then a cancel leave nothing that grows, and take effect in this order', async () => {
    const { id, symbol } = await grown([120, 140]);
    const speak = silence(symbol);
    const signal_id = await signalOf(id);
    const hit = http().post('/api/signals/target-reached').set(admin.auth).send({ signal_id, target_index: 1 });
    expect((await answered(hit)).body).toMatchObject({ message: 'Accepted, and being carried out' });
    await inTime(async () => (await entriesOf(id)) === 'closed');
    expect((await cancel(signal_id)).body).toMatchObject({ message: 'Accepted, and being carried out' });
    await inTime(async () => (await entriesOf(id)) === 'closed');
    speak();
    await inTime(async () => {
      feed.tick(symbol, 98.9);
      return (await statusOf(id, symbol)) === 'CANCELLED';
    });
    await allDone();
    const legs = await test.db.query<{ leg: string }>('SELECT leg FROM orders WHERE position_id = $1 ORDER BY id', [
      id,
    ]);
    expect(legs.map(({ leg }) => leg)).toEqual(['ENTRY', 'TP1', 'CANCEL']);
  });

  it('a kill switch withdraws what would grow, and closes what is held at the next', async () => {
    const { id, symbol } = await grown([140]);
    const speak = silence(symbol);
    const body = { scope: 'symbol', value: symbol, mode: 'flatten', reason: 'a test', confirm: 'KILL' };
    const operator = await makePerson(test.app, { role: 'admin' });
    const { body: set } = await answered(http().post('/api/safety/switches').set(operator.auth).send(body).expect(200));
    await inTime(async () => (await entriesOf(id)) === 'closed');
    expect(await statusOf(id, symbol)).toBe('OPEN');
    speak();
    await inTime(async () => {
      feed.tick(symbol, 101);
      return (await statusOf(id, symbol)) === 'CLOSED';
    });
    await allDone();
    const { id: switchId } = (set as { switch: { id: number } }).switch;
    await answered(http().delete(`/api/safety/switches/${switchId}`).set(operator.auth).expect(200));
  });

  it('a cancel is done where its owner has taken the position over', async () => {
    const { id, symbol } = await held();
    const edit = http().put(`/api/positions/${id}`).set(ada.auth).send({ stop_loss: 96 });
    await answered(edit.expect(200));
    const speak = silence(symbol);
    expect((await cancel(await signalOf(id), SLOWLY)).body).toMatchObject({ message: 'Signal cancelled' });
    await allDone();
    expect(await statusOf(id, symbol)).toBe('OPEN');
    speak();
  });
});

it('an entry that waits expires without a price', async () => {
  await follows({ entry: { kind: 'BREAKOUT', prices: ['120'], expires_after: 1 } });
  const symbol = `Q${(symbols += 1)}USDT`;
  const signal = { symbol, side: 'LONG', entry: 100, tp: [140], sl: 95 };
  await http().post('/api/signals').set(admin.auth).send(signal).expect(201);
  const row = await eventually(() =>
    test.db.first<{ id: number }>('SELECT id FROM positions WHERE symbol = $1', [symbol]),
  );
  const speak = silence(symbol);
  await inTime(() => {
    void test.app.get(DuePositions).round();
    return statusOf(row.id, symbol).then((status) => status === 'CANCELLED');
  });
  speak();
  await follows({});
});

it('a real gap fires at its second tick, once, and pays the gap in full', async () => {
  const { id, symbol } = await held();
  feed.tick(symbol, 80);
  expect(await statusOf(id, symbol)).toBe('OPEN');
  for (const price of [79, 80, 78]) feed.tick(symbol, price);
  expect(await statusOf(id, symbol)).toBe('STOPPED');
  const exits = await test.db.query<{ price: string }>(
    `SELECT price FROM fills WHERE position_id = $1 AND effect = 'EXIT'`,
    [id],
  );
  expect(exits.map(({ price }) => Number(price))).toEqual([79]);
});

it('a gap after which the market falls silent fires when nothing contradicts it', async () => {
  const { id, symbol } = await held();
  feed.tick(symbol, 80);
  clock.advance(PERSIST_MS - 1);
  expect(await statusOf(id, symbol)).toBe('OPEN');
  clock.advance(1 + SLACK_MS);
  expect(await statusOf(id, symbol)).toBe('STOPPED');
});

it('a crash to a tenth is believed after three ticks over a second', async () => {
  const { id, symbol } = await held();
  for (const price of [10, 10.1]) feed.tick(symbol, price);
  expect(await statusOf(id, symbol)).toBe('OPEN');
  clock.advance(PERSIST_MS + SLACK_MS);
  expect(await statusOf(id, symbol)).toBe('OPEN');
  feed.tick(symbol, 10);
  expect(await statusOf(id, symbol)).toBe('STOPPED');
});
