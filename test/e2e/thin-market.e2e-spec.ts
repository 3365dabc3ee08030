/**
 * Orders that are larger than a thin market is deep, over HTTP: they fill in parts, one order each, what is held is
 * protected meanwhile, and the books hold every invariant on the way.
 */
import request from 'supertest';
import { makePerson, type Person } from '../factories/people.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';
import { postSignal } from '../support/signals.js';
import { violationsOf } from '../support/invariants.js';

const ENV = { SIGNAL_REPEAT_SECONDS: '0' };

interface DetailBody {
  status: string;
  filled_qty: number;
  remaining_qty: number;
  orders: { leg: string; qty: number; filled_qty: number; status: string }[];
}

describe('a paper account on a thin market', () => {
  let test: TestApplication;
  let admin: Person;
  let ada: Person;

  beforeAll(async () => {
    // 1,000 USDT within reach of each price: 10 at 100.
    const thin = { PAPER_REALISM: 'full', PAPER_DEPTH_USDT: '1000,1000,1000', PAPER_LATENCY_MS: '0' };
    test = await startTestApplication({ env: { ...ENV, ...thin } });
    admin = await makePerson(test.app, { role: 'admin' });
    ada = await makePerson(test.app, { autoTrade: true, settings: { per_trade_usdt: '250', leverage: 10 } });
  });

  afterAll(() => test.close());

  /** A waiting entry of 25 at 100; its position. */
  async function wait(symbol: string): Promise<number> {
    const plan = { entry: { kind: 'LIMIT' } };
    const signal = { symbol, side: 'LONG', entry: 100, tp: [108, 118], sl: 95, leverage: 10, plan };
    await postSignal(test, admin, signal);
    const sql = `SELECT id FROM positions WHERE symbol = $1 AND status = 'PENDING'`;
    return (await eventually(() => test.db.first<{ id: number }>(sql, [symbol]))).id;
  }

  async function detail(id: number): Promise<DetailBody> {
    const answer = await request(test.app.getHttpServer()).get(`/api/positions/detail/${id}`).set(ada.auth).expect(200);
    return (answer.body as { position: DetailBody }).position;
  }

  /** The position and one of its orders once a tick has filled that much of it. */
  async function tick(id: number, symbol: string, price: number, leg: string, filled: number) {
    test.feed.tick(symbol, price);
    await eventually(() =>
      test.db.first('SELECT 1 FROM orders WHERE position_id = $1 AND leg = $2 AND filled_qty = $3', [id, leg, filled]),
    );
    const position = await detail(id);
    return { position, order: position.orders.find((item) => item.leg === leg) };
  }

  it('fills an entry and a target in parts, one order each, and keeps every invariant on the way', async () => {
    const id = await wait('THINUSDT');
    const first = await tick(id, 'THINUSDT', 99.9, 'ENTRY', 10);
    expect(first.position).toMatchObject({ status: 'OPEN', filled_qty: 10, remaining_qty: 10 });
    expect(first.order).toMatchObject({ qty: 25, status: 'PARTIALLY_FILLED' });
    expect(await violationsOf(test.db, false)).toEqual([]);
    await tick(id, 'THINUSDT', 99.8, 'ENTRY', 20);
    const whole = await tick(id, 'THINUSDT', 99.7, 'ENTRY', 25);
    expect(whole.order?.status).toBe('FILLED');
    // A rung of 12.5 at 108, of which 9.259 fill at once.
    const part = await tick(id, 'THINUSDT', 108.2, 'TP1', 9.259);
    expect(part.order).toMatchObject({ qty: 12.5, status: 'PARTIALLY_FILLED' });
    expect(part.position).toMatchObject({ status: 'PARTIAL', remaining_qty: 15.741 });
    expect(await violationsOf(test.db, false)).toEqual([]);
    // Away from the target, so that nothing more of it fills.
    test.feed.tick('THINUSDT', 105);
    const close = { position_id: id, qty: '5.741' };
    await request(test.app.getHttpServer()).post('/api/positions/close').set(ada.auth).send(close).expect(200);
    const shared = await eventually(async () => {
      const position = await detail(id);
      return position.remaining_qty === 10 ? position : undefined;
    });
    // Both rungs were shared out anew, 5 each.
    expect(shared.orders.find(({ leg }) => leg === 'TP1')).toMatchObject({ qty: 14.259, filled_qty: 9.259 });
    expect(await violationsOf(test.db, false)).toEqual([]);
    const hit = await tick(id, 'THINUSDT', 108.3, 'TP1', 14.259);
    expect(hit.order?.status).toBe('FILLED');
    expect(hit.position.remaining_qty).toBe(5);
  });

  it('stops what it holds, and withdraws what has not filled', async () => {
    const id = await wait('DEEPUSDT');
    await tick(id, 'DEEPUSDT', 99.9, 'ENTRY', 10);
    const stopped = await tick(id, 'DEEPUSDT', 94, 'STOP', 20);
    expect(stopped.position).toMatchObject({ status: 'STOPPED', filled_qty: 20, remaining_qty: 0 });
    expect(stopped.position.orders[0]).toMatchObject({ leg: 'ENTRY', qty: 25, filled_qty: 20, status: 'CANCELLED' });
    const target = await wait('LASTUSDT');
    for (const [price, filled] of [
      [99.9, 10],
      [99.8, 20],
      [99.7, 25],
    ] as const)
      await tick(target, 'LASTUSDT', price, 'ENTRY', filled);
    await tick(target, 'LASTUSDT', 108.2, 'TP1', 9.259);
    // Through the stop with a target that is filled in part: nothing of it is left live.
    test.feed.tick('LASTUSDT', 98);
    const over = await tick(target, 'LASTUSDT', 94.5, 'STOP', 15.741);
    expect(over.position.orders.find(({ leg }) => leg === 'TP1')).toMatchObject({ status: 'CANCELLED' });
    expect(await violationsOf(test.db, false)).toEqual([]);
  });
});
