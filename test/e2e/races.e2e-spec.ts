/**
 * What must hold when things happen at the wrong moment: a page that waits while the market moves, a database that is
 * away for a while, another machine's clock, a provider who reports on somebody else's signal.
 */
import request from 'supertest';
import { TriggerEngine } from '../../src/modules/trading/triggers/trigger-engine.service.js';
import { WorkQueue } from '../../src/platform/work/work-queue.js';
import { makePerson, type Person } from '../factories/people.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';
import { holdOutside } from '../support/outsider.js';
import { postSignal } from '../support/signals.js';

const LONG = { side: 'LONG', entry: 3000, tp: [3030, 3060], sl: 2950 };
const SHORT = { side: 'SHORT', entry: 3000, tp: [2900], sl: 3050 };

interface Position {
  id: number;
  status: string;
  close_reason: string | null;
  remaining_qty: string;
}

let test: TestApplication;
let admin: Person;
let provider: Person;
let rival: Person;
let ada: Person;
let symbols = 0;

beforeAll(async () => {
  test = await startTestApplication({ env: { SIGNAL_REPEAT_SECONDS: '0', DATABASE_LOCK_TIMEOUT_MS: '400' } });
  admin = await makePerson(test.app, { role: 'admin' });
  provider = await makePerson(test.app, { role: 'provider' });
  rival = await makePerson(test.app, { role: 'provider' });
  ada = await makePerson(test.app, { autoTrade: true, settings: { per_trade_usdt: '50', leverage: 5 } });
});

afterAll(() => test.close());

const http = () => request(test.app.getHttpServer());
const fresh = () => `R${(symbols += 1)}USDT`;

const post = (who: Person, signal: object) => postSignal(test, who, signal);

const cancel = (who: Person, signal_id: number) => http().post('/api/signals/cancel').set(who.auth).send({ signal_id });

const positionOf = (signalId: number, userId = ada.id) =>
  test.db.first<Position>(
    'SELECT id, status, close_reason, remaining_qty FROM positions WHERE signal_id = $1 AND user_id = $2',
    [signalId, userId],
  );

const decisionOn = (signalId: number) =>
  eventually(() =>
    test.db.first<{ verdict: string; reason: string | null; detail: object }>(
      'SELECT verdict, reason, detail FROM decisions WHERE signal_id = $1 AND user_id = $2',
      [signalId, ada.id],
    ),
  );

const reaching = (signalId: number, status: string, userId = ada.id) =>
  eventually(async () => {
    const position = await positionOf(signalId, userId);
    return position?.status === status ? position : undefined;
  });

const signalReaching = (id: number, status: string) =>
  eventually(async () => {
    const row = await test.db.first<{ status: string }>('SELECT status FROM signals WHERE id = $1', [id]);
    return row?.status === status;
  });

/** Holds ada's account as another transaction would; answers what lets it go. */
const holdAccount = () =>
  holdOutside(test.database.url, 'SELECT 1 FROM accounts WHERE user_id = $1 FOR UPDATE', ada.id);

/** A limit signal on `symbol` whose entry ada waits for: the market has run away from it. */
async function waiting(symbol: string): Promise<number> {
  await reaching(await post(admin, { ...LONG, symbol }), 'OPEN');
  test.feed.tick(symbol, 3025);
  const id = await post(admin, { ...LONG, symbol });
  await reaching(id, 'PENDING');
  return id;
}

describe('sources', () => {
  it('a source that is muted, or refused for any other reason of the follower, closes nothing of theirs', async () => {
    const symbol = fresh();
    const held = await post(provider, { ...LONG, symbol });
    await reaching(held, 'OPEN');
    await reaching(await post(rival, { ...LONG, symbol: fresh() }), 'OPEN');
    const { sources } = (await http().get(`/api/users/${ada.id}/sources`).set(ada.auth)).body as {
      sources: { id: number; code: string }[];
    };
    const theirs = sources.find(({ code }) => code === `provider:${rival.id}`);
    const path = `/api/users/${ada.id}/sources/${theirs?.id}`;
    await http().put(path).set(ada.auth).send({ enabled: false }).expect(200);
    expect(await decisionOn(await post(rival, { ...SHORT, symbol }))).toMatchObject({ reason: 'SOURCE_MUTED' });
    expect(await positionOf(held)).toMatchObject({ status: 'OPEN' });
    await http().delete(path).set(ada.auth).expect(200);
    expect(await decisionOn(await post(rival, { ...SHORT, symbol }))).toMatchObject({ verdict: 'OPENED' });
    expect(await positionOf(held)).toMatchObject({ status: 'CLOSED', close_reason: 'REVERSAL' });
  });

  it('a provider reports on own signals only, and moves no market', async () => {
    const symbol = fresh();
    const id = await post(provider, { ...LONG, symbol });
    await reaching(id, 'OPEN');
    for (const [route, body] of [
      ['cancel', {}],
      ['stop-loss', {}],
      ['target-reached', { target_index: 1 }],
    ] as const) {
      const answer = await http()
        .post(`/api/signals/${route}`)
        .set(rival.auth)
        .send({ signal_id: id, ...body });
      expect([route, answer.status]).toEqual([route, 403]);
    }
    const before = test.feed.latest(symbol)?.price;
    const report = { signal_id: id, target_index: 2 };
    await http().post('/api/signals/target-reached').set(provider.auth).send(report).expect(200);
    expect(await reaching(id, 'CLOSED')).toMatchObject({ close_reason: 'TARGETS' });
    expect(test.feed.latest(symbol)?.price).toBe(before);
  });
});

describe('a page that comes late', () => {
  it('opens nothing when the market ended the signal while it waited for a lock', async () => {
    const release = await holdAccount();
    const symbol = fresh();
    const id = await post(admin, { ...LONG, symbol });
    await signalReaching(id, 'OPENED');
    test.feed.tick(symbol, 2900);
    await signalReaching(id, 'STOPPED');
    test.feed.tick(symbol, 3010);
    await release();
    expect(await decisionOn(id)).toMatchObject({ reason: 'SIGNAL_REFUSED', detail: { cause: 'SIGNAL_STOPPED' } });
    await cancel(admin, id).expect(409);
  });

  it('is tried again for as long as the database refuses it for reasons of the moment', async () => {
    const release = await holdAccount();
    const id = await post(admin, { ...LONG, symbol: fresh() });
    await eventually(async () => {
      const row = await test.db.first<{ attempts: number }>(
        `SELECT attempts FROM work_items WHERE queue = 'signal.page' AND key LIKE $1 AND state = 'open'`,
        [`${id}:%`],
      );
      return (row?.attempts ?? 0) >= 4;
    }, 20_000);
    await release();
    expect(await decisionOn(id)).toMatchObject({ verdict: 'OPENED' });
  }, 60_000);

  it('leaves no entry waiting for a signal that has ended', async () => {
    const late = await makePerson(test.app, { settings: { per_trade_usdt: '50', leverage: 5 } });
    const symbol = fresh();
    const id = await waiting(symbol);
    test.feed.tick(symbol, 2999);
    await signalReaching(id, 'OPENED');
    test.feed.tick(symbol, 3020);
    await test.db.query('UPDATE users SET auto_trade_enabled = true WHERE id = $1', [late.id]);
    const payload = { from_user: late.id, to_user: late.id, signal_id: id, symbol, refusal: null };
    await test.app.get(WorkQueue).enqueue([{ queue: 'signal.page', key: `${id}:late`, payload }]);
    await reaching(id, 'PENDING', late.id);
    test.feed.tick(symbol, 3100);
    await signalReaching(id, 'CLOSED');
    expect(await reaching(id, 'CANCELLED', late.id)).toMatchObject({ close_reason: 'EXPIRED' });
  });
});

describe('an ended signal', () => {
  it('can still be cancelled as far as it left something open', async () => {
    const id = await post(admin, { ...LONG, symbol: fresh() });
    await reaching(id, 'OPEN');
    await test.db.query(`UPDATE signals SET status = 'STOPPED', closed_at = now() WHERE id = $1`, [id]);
    await cancel(admin, id).expect(200);
    await reaching(id, 'CANCELLED');
    await cancel(admin, id).expect(409);
  });
});

describe('a command and the market at once', () => {
  it('a stop that the market reaches while a cancel is carried out does not make the signal a stopped one', async () => {
    const symbol = fresh();
    const id = await post(admin, { ...LONG, symbol });
    const { id: held } = await reaching(id, 'OPEN');
    const letGo = await holdOutside(test.database.url, 'SELECT 1 FROM positions WHERE id = $1 FOR UPDATE', held);
    await cancel(admin, id).expect(200);
    await signalReaching(id, 'CANCELLED');
    test.feed.tick(symbol, 2900);
    await letGo();
    await eventually(async () => ['CANCELLED', 'STOPPED'].includes((await positionOf(id))?.status ?? ''));
    await test.app.get(TriggerEngine).settled(symbol);
    expect(await signalReaching(id, 'CANCELLED')).toBe(true);
  });

  it('a report whose signal ended otherwise before its turn reaches nobody, and is 409', async () => {
    const id = await post(provider, { ...LONG, symbol: fresh() });
    await reaching(id, 'OPEN');
    const end = `UPDATE signals SET status = 'CLOSED', closed_at = now() WHERE id = $1`;
    const letGo = await holdOutside(test.database.url, end, id);
    const report = http().post('/api/signals/stop-loss').set(provider.auth).send({ signal_id: id });
    const answer = report.then(({ status, body }) => ({ status, body: body as object }));
    const taken = `SELECT 1 FROM work_items WHERE queue = 'signal' AND key = $1`;
    await eventually(() => test.db.first(taken, [`${id}:stop`]));
    await letGo();
    expect(await answer).toMatchObject({ status: 409, body: { code: 'SIGNAL_ENDED' } });
    expect(await positionOf(id)).toMatchObject({ status: 'OPEN' });
  });
});

describe('the trigger engine', () => {
  it('settles a noted stop for every position there was, whatever clock wrote it', async () => {
    const symbol = fresh();
    const id = await post(admin, { ...LONG, symbol });
    const { id: newest_position } = await reaching(id, 'OPEN');
    await test.db.query(`UPDATE positions SET created_at = created_at + interval '5 seconds' WHERE signal_id = $1`, [
      id,
    ]);
    const payload = { symbol, price: '2900', at: new Date().toISOString(), newest_position };
    await test.app.get(WorkQueue).enqueue([{ queue: 'crossing', key: `${symbol}:noted`, payload }]);
    const engine = test.app.get(TriggerEngine);
    engine.rest();
    await engine.lead();
    expect(await positionOf(id)).toMatchObject({ status: 'STOPPED' });
  });

  it('does not fire what was opened after a price with that price, however long it had to wait', async () => {
    const symbol = fresh();
    const first = await post(admin, { ...LONG, symbol });
    const { id: held } = await reaching(first, 'OPEN');
    const letGo = await holdOutside(test.database.url, 'SELECT 1 FROM positions WHERE id = $1 FOR UPDATE', held);
    for (const price of [3031, 2890, 3001]) test.feed.tick(symbol, price);
    const second = await post(admin, { ...LONG, symbol });
    await reaching(second, 'OPEN');
    await letGo();
    expect(await reaching(first, 'STOPPED')).toMatchObject({ close_reason: 'STOP' });
    await test.app.get(TriggerEngine).settled(symbol);
    expect(await positionOf(second)).toMatchObject({ status: 'OPEN' });
  });

  it('lets go of positions that ended elsewhere', async () => {
    const symbol = fresh();
    const id = await post(admin, { ...LONG, symbol });
    const position = await reaching(id, 'OPEN');
    await reaching(await post(admin, { ...SHORT, symbol }), 'OPEN');
    await reaching(id, 'CLOSED');
    const engine = test.app.get(TriggerEngine);
    test.feed.tick(symbol, 3031);
    await engine.settled(symbol);
    expect(engine.isArmed(position.id)).toBe(false);
  });
});

describe('closing a part by hand', () => {
  const close = (body: object) => http().post('/api/positions/close').set(ada.auth).send(body);

  it('closes whole lots only', async () => {
    const id = await post(admin, { ...LONG, symbol: fresh() });
    const { id: position_id, remaining_qty } = await reaching(id, 'OPEN');
    const tiny = await close({ position_id, qty: '0.0000000001' }).expect(400);
    expect(tiny.body).toMatchObject({ fields: [{ field: 'qty' }] });
    const part = await close({ position_id, qty: '0.0123456789' }).expect(200);
    expect(part.body).toMatchObject({ message: expect.stringContaining('0.01234 ') as string });
    const after = await reaching(id, 'PARTIAL');
    expect(Number(after.remaining_qty)).toBeCloseTo(Number(remaining_qty) - 0.01234, 10);
  });

  it('does not withdraw a waiting entry for a part of it', async () => {
    const id = await waiting(fresh());
    const position = await positionOf(id);
    await close({ position_id: position?.id, qty: '0.01' }).expect(409);
    expect(await positionOf(id)).toMatchObject({ status: 'PENDING' });
    await close({ position_id: position?.id }).expect(200);
    expect(await reaching(id, 'CANCELLED')).toMatchObject({ close_reason: 'MANUAL' });
  });
});
