/**
 * The main job over HTTP: a signal is posted, becomes a position for every follower, meets prices and reports, and ends.
 */
import request from 'supertest';
import { WorkQueue } from '../../src/platform/work/work-queue.js';
import { makePerson, type Person } from '../factories/people.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';
import { ledgerViolations } from '../support/invariants.js';

interface PositionBody {
  id: number;
  signal_id: number;
  status: string;
  qty: number;
  remaining_qty: number;
  entry_price: number;
  exit_price: number;
  pnl_usdt: number;
  realised_pnl_usdt: number;
  close_reason: string | null;
  targets: { index: number; price: number; qty: number; hit: boolean; hit_at: string | null }[];
}

const SIGNAL = {
  symbol: 'BTCUSDT',
  side: 'LONG',
  entry: 70000,
  tp: [70500, 71000, 72000],
  sl: 69500,
  confidence: 90,
  leverage: 10,
};

describe('from a signal to closed positions', () => {
  let test: TestApplication;
  let admin: Person;
  let ada: Person;
  let bob: Person;
  let refused: Person;

  beforeAll(async () => {
    test = await startTestApplication({ env: { SIGNAL_REPEAT_SECONDS: '0' } });
    admin = await makePerson(test.app, { role: 'admin' });
    ada = await makePerson(test.app, { autoTrade: true, settings: { per_trade_usdt: '5', leverage: 10 } });
    bob = await makePerson(test.app, {
      autoTrade: true,
      settings: { per_trade_usdt: '20', leverage: 5, auto_reversal_enabled: false, position_mode: 'HEDGE' },
    });
    refused = await makePerson(test.app, { autoTrade: true, settings: { symbol_blacklist: ['BTCUSDT', 'ETHUSDT'] } });
  });

  afterAll(() => test.close());

  const http = () => request(test.app.getHttpServer());

  async function post(signal: object = SIGNAL): Promise<number> {
    const answer = await http().post('/api/signals').set(admin.auth).send(signal).expect(201);
    expect(answer.body).toMatchObject({ ok: true, signal_id: expect.any(Number) as number });
    return (answer.body as { signal_id: number }).signal_id;
  }

  async function positionOf(person: Person, signalId: number): Promise<PositionBody | undefined> {
    const answer = await http().get('/api/positions').query({ signal_id: signalId }).set(person.auth).expect(200);
    return (answer.body as { positions: PositionBody[] }).positions[0];
  }

  const opened = (person: Person, signalId: number) => eventually(() => positionOf(person, signalId));

  async function reaching(person: Person, signalId: number, status: string): Promise<PositionBody> {
    return eventually(async () => {
      const position = await positionOf(person, signalId);
      return position?.status === status ? position : undefined;
    });
  }

  async function signalStatus(id: number): Promise<string> {
    const answer = await http().get(`/api/signals/${id}`).set(admin.auth).expect(200);
    return (answer.body as { signal: { status: string } }).signal.status;
  }

  it('opens one position for each eligible follower, sized by their own settings', async () => {
    const id = await post();
    const position = await opened(ada, id);
    expect(position).toMatchObject({ status: 'OPEN', qty: 0.000714, remaining_qty: 0.000714, entry_price: 70000 });
    expect(position.targets.map(({ index, price, qty, hit }) => ({ index, price, qty, hit }))).toEqual([
      { index: 1, price: 70500, qty: 0.000238, hit: false },
      { index: 2, price: 71000, qty: 0.000238, hit: false },
      { index: 3, price: 72000, qty: 0.000238, hit: false },
    ]);
    expect((await opened(bob, id)).qty).toBe(0.001428);
    const decisions = await http().get(`/api/signals/${id}/decisions`).set(admin.auth).expect(200);
    const { decisions: rows } = decisions.body as {
      decisions: { user_id: number; verdict: string; reason: string | null }[];
    };
    expect(rows.map(({ user_id, verdict, reason }) => [user_id, verdict, reason])).toEqual([
      [ada.id, 'OPENED', null],
      [bob.id, 'OPENED', null],
      [refused.id, 'REFUSED', 'SYMBOL_NOT_ALLOWED'],
    ]);
    await http().post('/api/signals/cancel').set(admin.auth).send({ signal_id: id }).expect(200);
    expect((await reaching(ada, id, 'CANCELLED')).close_reason).toBe('CANCEL');
    expect(await signalStatus(id)).toBe('CANCELLED');
  });

  it('climbs the ladder with the market and closes with the last target, fees booked', async () => {
    const id = await post({ ...SIGNAL, symbol: 'ETHUSDT', entry: 3000, tp: [3030, 3060], sl: 2950 });
    await http().get('/api/positions').set(refused.auth).expect(200);
    await http().put('/api/nothing').set(ada.auth).expect(404);
    await opened(bob, id);
    test.feed.tick('ETHUSDT', 3030);
    const partial = await reaching(bob, id, 'PARTIAL');
    expect(partial.targets.map((target) => target.hit)).toEqual([true, false]);
    await eventually(async () => (await signalStatus(id)) === 'PARTIAL');
    test.feed.tick('ETHUSDT', 3100);
    const closed = await reaching(bob, id, 'CLOSED');
    expect(closed).toMatchObject({ remaining_qty: 0, close_reason: 'TARGETS' });
    // 100 USDT at 3000: 0.0333 ETH; half closes at 3030, half at 3060; taker 0.05 % in, maker 0.02 % out.
    const [first = 0, last = 0] = closed.targets.map((target) => target.qty);
    const gross = first * 30 + last * 60;
    const fees = closed.qty * 3000 * 0.0005 + (first * 3030 + last * 3060) * 0.0002;
    expect(closed.realised_pnl_usdt).toBeCloseTo(gross - fees, 8);
    await eventually(async () => (await signalStatus(id)) === 'CLOSED');
  });

  it('is stopped at the price that crossed the stop', async () => {
    const id = await post({ ...SIGNAL, symbol: 'SOLUSDT', side: 'SELL', entry: 200, tp: [190], sl: 210 });
    await opened(ada, id);
    test.feed.tick('SOLUSDT', 212);
    const stopped = await reaching(ada, id, 'STOPPED');
    expect(stopped).toMatchObject({ exit_price: 212, close_reason: 'STOP', remaining_qty: 0 });
    await eventually(async () => (await signalStatus(id)) === 'STOPPED');
  });

  it('takes staff reports once: target, stop', async () => {
    const id = await post({ ...SIGNAL, symbol: 'XRPUSDT', entry: 2, tp: [2.02, 2.04, 2.06], sl: 1.95 });
    await opened(ada, id);
    const report = { signal_id: id, target_index: 1 };
    const first = await http().post('/api/signals/target-reached').set(admin.auth).send(report).expect(200);
    expect(first.body).toMatchObject({ ok: true, applied: true });
    const partial = await reaching(ada, id, 'PARTIAL');
    expect(partial.targets[0]).toMatchObject({ hit: true, hit_at: expect.any(String) as string });
    const again = await http().post('/api/signals/target-reached').set(admin.auth).send(report).expect(200);
    expect(again.body).toMatchObject({ ok: true, applied: false });
    expect((await positionOf(ada, id))?.remaining_qty).toBe(partial.remaining_qty);
    await http().post('/api/signals/stop-loss').set(admin.auth).send({ signal_id: id }).expect(200);
    expect(await reaching(ada, id, 'STOPPED')).toMatchObject({ remaining_qty: 0 });
    await http().post('/api/signals/cancel').set(admin.auth).send({ signal_id: id }).expect(409);
  });

  it('waits with a limit order when the price ran away, and fills when it comes back', async () => {
    const id = await post({ ...SIGNAL, symbol: 'ADAUSDT', entry: 1, tp: [1.05], sl: 0.9, meta: { note: 'limit' } });
    await reaching(ada, id, 'OPEN');
    test.feed.tick('ADAUSDT', 1.02);
    const second = await post({ ...SIGNAL, symbol: 'ADAUSDT', entry: 1, tp: [1.06], sl: 0.95 });
    await reaching(ada, second, 'PENDING');
    expect(await signalStatus(second)).toBe('NEW');
    test.feed.tick('ADAUSDT', 0.999);
    expect(await reaching(ada, second, 'OPEN')).toMatchObject({ entry_price: 1 });
    await eventually(async () => (await signalStatus(second)) === 'OPENED');
  });

  it('reverses for those who want it, and only for them', async () => {
    const long = await post({ ...SIGNAL, symbol: 'LINKUSDT', entry: 20, tp: [22], sl: 18 });
    await opened(ada, long);
    await opened(bob, long);
    test.feed.tick('LINKUSDT', 20.01);
    const short = await post({ ...SIGNAL, symbol: 'LINKUSDT', side: 'SHORT', entry: 20, tp: [18], sl: 22 });
    await opened(ada, short);
    await opened(bob, short);
    expect(await positionOf(ada, long)).toMatchObject({
      status: 'CLOSED',
      close_reason: 'REVERSAL',
      exit_price: 20.01,
    });
    expect(await positionOf(bob, long)).toMatchObject({ status: 'OPEN' });
  });

  it('closes by hand, in part and whole, and refuses what is closed or foreign', async () => {
    const id = await post({ ...SIGNAL, symbol: 'DOTUSDT', entry: 5, tp: [6], sl: 4 });
    const position = await opened(bob, id);
    for (const qty of ['', ' ', '0']) {
      const call = http().post('/api/positions/close').set(bob.auth).send({ position_id: position.id, qty });
      const { body } = await call.expect(400);
      expect((body as { fields: unknown }).fields).toEqual([
        { field: 'qty', rule: 'must be a decimal number above 0' },
      ]);
    }
    const part = { position_id: position.id, qty: 5 };
    const key = { 'Idempotency-Key': 'once' };
    await http().post('/api/positions/close').set(bob.auth).set(key).send(part).expect(200);
    await http().post('/api/positions/close').set(bob.auth).set(key).send(part).expect(200);
    await http()
      .post('/api/positions/close')
      .set(bob.auth)
      .set(key)
      .send({ ...part, qty: 6 })
      .expect(409);
    const partial = await reaching(bob, id, 'PARTIAL');
    expect(partial.remaining_qty).toBeCloseTo(position.qty - 5, 10);
    await http().post('/api/positions/close').set(ada.auth).send({ position_id: position.id }).expect(404);
    await http().post('/api/positions/close').set(bob.auth).send({ position_id: position.id }).expect(200);
    expect(await reaching(bob, id, 'CLOSED')).toMatchObject({ close_reason: 'MANUAL' });
    await http().post('/api/positions/close').set(bob.auth).send({ position_id: position.id }).expect(400);
    const again = await http().post('/api/positions/close').set(bob.auth).set(key).send(part).expect(200);
    expect(again.body).toMatchObject({ message: '5 DOTUSDT closed' });
    const detail = await http().get(`/api/positions/detail/${position.id}`).set(bob.auth).expect(200);
    const { orders, fills, log } = (detail.body as { position: Record<string, unknown[]> }).position;
    expect([orders?.length, fills?.length, log?.length]).toEqual([3, 3, 3]);
  });

  it('opens nothing for a signal that the market ended while its pages waited', async () => {
    const id = await post({ ...SIGNAL, symbol: 'AVAXUSDT', entry: 2, tp: [3], sl: 1 });
    await eventually(async () => (await signalStatus(id)) === 'OPENED');
    const late = await makePerson(test.app, { autoTrade: true });
    test.feed.tick('AVAXUSDT', 0.9);
    await eventually(async () => (await signalStatus(id)) === 'STOPPED');
    const page = { signal_id: id, symbol: 'AVAXUSDT', refusal: null, from_user: late.id, to_user: late.id };
    await test.app.get(WorkQueue).enqueue([{ queue: 'signal.page', key: `${id}:late`, payload: page }]);
    const decision = await eventually(async () => {
      const answer = await http().get(`/api/signals/${id}/decisions`).set(late.auth).expect(200);
      return (answer.body as { decisions: object[] }).decisions[0];
    });
    expect(decision).toMatchObject({
      verdict: 'REFUSED',
      reason: 'SIGNAL_REFUSED',
      detail: { cause: 'SIGNAL_STOPPED' },
    });
    expect(await positionOf(late, id)).toBeUndefined();
  });

  it('follows a source with a size of its own, and not at all when it is muted', async () => {
    const eve = await makePerson(test.app, { autoTrade: true, settings: { per_trade_usdt: '5', leverage: 10 } });
    const path = `/api/users/${eve.id}/sources`;
    const list = (await http().get(path).set(eve.auth).expect(200)).body as { sources: { id: number; code: string }[] };
    const source = list.sources.find(({ code }) => code === 'manual');
    expect(source).toMatchObject({ enabled: true, per_trade_usdt: null, leverage: null });
    const put = (body: object, status = 200) =>
      http().put(`${path}/${source?.id}`).set(eve.auth).send(body).expect(status);
    const decision = async (id: number) => {
      const found = await eventually(async () => {
        const answer = await http().get(`/api/signals/${id}/decisions`).set(eve.auth).expect(200);
        return (answer.body as { decisions: { verdict: string; reason: string | null }[] }).decisions[0];
      });
      return found.reason ?? found.verdict;
    };

    expect((await put({ per_trade_usdt: 50, leverage: 2 })).body).toMatchObject({
      source: { enabled: true, per_trade_usdt: 50, leverage: 2 },
    });
    const sized = await post({ ...SIGNAL, symbol: 'LTCUSDT', entry: 100, tp: [110], sl: 90 });
    expect(await decision(sized)).toBe('OPENED');
    expect(await positionOf(eve, sized)).toMatchObject({ leverage: 2, qty: 1 });

    await put({ enabled: false });
    const muted = await post({ ...SIGNAL, symbol: 'XRPUSDT', entry: 2, tp: [3], sl: 1 });
    expect(await decision(muted)).toBe('SOURCE_MUTED');
    await http().delete(`${path}/${source?.id}`).set(eve.auth).expect(200);
    const heard = await post({ ...SIGNAL, symbol: 'TRXUSDT', entry: 2, tp: [3], sl: 1 });
    expect(await decision(heard)).toBe('OPENED');
    await put({ leverage: 26 }, 400);
    await put({ per_trade_usdt: 0 }, 400);
    await http().put(`${path}/999999`).set(eve.auth).send({ enabled: false }).expect(404);
  });

  it('answers the older app in its words: active has not ended, closed has', async () => {
    const waiting = await post({ ...SIGNAL, symbol: 'ATOMUSDT', entry: 10, tp: [12], sl: 9 });
    await opened(bob, waiting);
    const ask = async (status?: string) => {
      const query = status === undefined ? {} : { status };
      const answer = await http().get(`/api/positions/${bob.id}`).query(query).set(bob.auth).expect(200);
      return new Map((answer.body as { positions: PositionBody[] }).positions.map((one) => [one.id, one.status]));
    };
    const all = await ask();
    const isLive = (id: number) => ['PENDING', 'OPEN', 'PARTIAL'].includes(all.get(id) as string);
    const ids = [...all.keys()];
    const [live, ended] = [ids.filter(isLive), ids.filter((id) => !isLive(id))];
    expect([live.length > 0, ended.length > 0]).toEqual([true, true]);
    expect([...(await ask('active'))]).toEqual(live.map((id) => [id, 'active']));
    expect([...(await ask('closed'))]).toEqual(ended.map((id) => [id, 'closed']));
    expect([...(await ask('CLOSED'))]).toEqual(ended.map((id) => [id, all.get(id)]));
    await http().get(`/api/positions/${bob.id}`).query({ status: 'odd' }).set(bob.auth).expect(400);
    await http().get('/api/positions').query({ status: 'active' }).set(bob.auth).expect(400);
  });

  it('keeps the accounts equal to the sums of their positions', async () => {
    const rows = await test.db.query(
      `SELECT a.id FROM accounts a WHERE
         a.open_positions <> (SELECT count(*) FROM positions p WHERE p.account_id = a.id AND p.status IN ('PENDING', 'OPEN', 'PARTIAL'))
         OR a.margin_used <> (SELECT coalesce(sum(margin), 0) FROM positions p WHERE p.account_id = a.id)
         OR a.balance <> 10000 + (SELECT coalesce(sum(realised_pnl), 0) FROM positions p WHERE p.account_id = a.id)
         OR EXISTS (SELECT 1 FROM positions p WHERE p.account_id = a.id AND p.remaining_qty <>
              (SELECT coalesce(sum(CASE effect WHEN 'ENTRY' THEN f.qty ELSE -f.qty END), 0) FROM fills f WHERE f.position_id = p.id))`,
    );
    expect(rows).toEqual([]);
  });

  it('has every figure of accounts and positions as a sum of the ledger', async () => {
    expect(await ledgerViolations(test.db)).toEqual([]);
    const causes = await test.db.query(
      'SELECT cause, count(*) > 0 AS some FROM ledger_transactions GROUP BY 1 ORDER BY 1',
    );
    expect(causes).toEqual(['DEPOSIT', 'ENTRY', 'EXIT'].map((cause) => ({ cause, some: true })));
  });

  it('refuses the same key with another signal, and repeats the first answer with the same one', async () => {
    const signal = { ...SIGNAL, symbol: 'UNIUSDT', entry: 10, tp: [11], sl: 9 };
    const key = { 'Idempotency-Key': 'signal-1' };
    const first = await http().post('/api/signals').set(admin.auth).set(key).send(signal).expect(201);
    const second = await http().post('/api/signals').set(admin.auth).set(key).send(signal).expect(201);
    expect((second.body as { signal_id: number }).signal_id).toBe((first.body as { signal_id: number }).signal_id);
    await http()
      .post('/api/signals')
      .set(admin.auth)
      .set(key)
      .send({ ...signal, sl: 8 })
      .expect(409);
  });
});
