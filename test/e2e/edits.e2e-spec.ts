/**
 * Edits of signals in the whole application: what an edit changes, whom it reaches, what is answered where it cannot, and
 * what holds when it meets a fan-out, a target, another edit or its own repeat at the same moment.
 */
import request from 'supertest';
import { PositionEdits } from '../../src/modules/trading/commands/position-edits.service.js';
import { SignalEditsRepository } from '../../src/modules/signals/signal-edits.repository.js';
import { SignalEvents } from '../../src/modules/signals/signal-events.repository.js';
import { signalWork } from '../../src/modules/signals/signal-work.js';
import { WorkQueue } from '../../src/platform/work/work-queue.js';
import { InvariantsRepository } from '../../src/modules/ops/invariants/invariants.repository.js';
import { makePerson, type Person } from '../factories/people.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';
import { holdOutside } from '../support/outsider.js';
import { positionBy, positionOnce, postSignal, tickThrough } from '../support/signals.js';

const LONG = { side: 'LONG', entry: 3000, tp: [3030, 3060, 3090], sl: 2900 };

interface Seen {
  id: number;
  status: string;
  stop_loss: number;
  entry_price: number;
  remaining_qty: number;
  detached: boolean;
  targets: { price: number; hit: boolean; qty: number }[];
  orders: { leg: string; status: string; price: number | null }[];
  log: { type: string; message: string; meta: Record<string, unknown> }[];
  trade_plan: { values: Record<string, unknown>; reasons: Record<string, { from: string }> };
}

interface Edit {
  version: number;
  by: { kind: string; user_id: number | null };
  changes: Record<string, { from: unknown; to: unknown }>;
  refused: { field: string; reason: string }[];
  positions: Record<string, number> & { reasons: Record<string, number> };
  finished_at: string | null;
}

let test: TestApplication;
let admin: Person;
let provider: Person;
let rival: Person;
let ada: Person;
let bob: Person;
let symbols = 0;

beforeAll(async () => {
  const env = { SIGNAL_REPEAT_SECONDS: '0', DATABASE_LOCK_TIMEOUT_MS: '20000' };
  test = await startTestApplication({ env });
  admin = await makePerson(test.app, { role: 'admin' });
  provider = await makePerson(test.app, { role: 'provider' });
  rival = await makePerson(test.app, { role: 'provider' });
  const settings = { per_trade_usdt: '60', leverage: 10 };
  ada = await makePerson(test.app, { autoTrade: true, settings });
  bob = await makePerson(test.app, { autoTrade: true, settings });
});

afterAll(() => test.close());

const http = () => request(test.app.getHttpServer());
const fresh = () => `E${(symbols += 1)}USDT`;

async function post(over: object = {}, who = admin): Promise<{ id: number; symbol: string }> {
  const symbol = fresh();
  return { id: await postSignal(test, who, { ...LONG, symbol, ...over }), symbol };
}

const put = (id: number, body: object, who = admin) => http().put(`/api/signals/${id}`).set(who.auth).send(body);

async function edited(id: number, body: object, who = admin): Promise<Edit> {
  const { edit } = (await put(id, body, who).expect(200)).body as { edit: Edit };
  return eventually(async () => (await versions(id)).find((one) => one.version === edit.version && one.finished_at));
}

async function versions(id: number, who = admin): Promise<Edit[]> {
  return ((await http().get(`/api/signals/${id}/edits`).set(who.auth).expect(200)).body as { edits: Edit[] }).edits;
}

const seen = (signalId: number, who = ada) => positionBy<Seen>(test, who, signalId);

const until = (signalId: number, status: string, who = ada) =>
  positionOnce<Seen>(test, who, signalId, (position) => position.status === status);

async function opened(over: object = {}): Promise<{ id: number; symbol: string }> {
  const signal = await post(over);
  await until(signal.id, 'OPEN');
  await until(signal.id, 'OPEN', bob);
  return signal;
}

const tick = (symbol: string, ...prices: number[]) => tickThrough(test, symbol, ...prices);

/** Holds an account as another transaction would; answers what lets it go. */
const holdAccount = (who: Person) =>
  holdOutside(test.database.url, 'SELECT 1 FROM accounts WHERE user_id = $1 FOR UPDATE', who.id);

describe('an edit of a signal', () => {
  it('reaches open trades, the signal itself, its versions and the groups', async () => {
    const { id, symbol } = await opened();
    await tick(symbol, 3030);
    const edit = await edited(id, { sl: 2990, tp: [3030, 3070], confidence: 80 });
    expect(edit).toMatchObject({
      version: 1,
      by: { kind: 'user', user_id: admin.id },
      changes: { stop_loss: { from: '2900', to: '2990' }, confidence: { from: 0, to: 80 } },
      refused: [],
      positions: { applied: 2, partly: 0, refused: 0, unchanged: 0, detached: 0, reasons: {} },
    });
    const position = await until(id, 'PARTIAL');
    expect(position).toMatchObject({ stop_loss: 2990, detached: false });
    expect(position.targets.map(({ price, hit }) => [price, hit])).toEqual([
      [3030, true],
      [3070, false],
    ]);
    expect(position.targets[1]?.qty).toBeCloseTo(position.remaining_qty, 10);
    expect(position.log.find(({ type }) => type === 'EDITED')?.meta).toMatchObject({ edit: 1, result: 'APPLIED' });
    const signal = (await http().get(`/api/signals/${id}`).set(ada.auth).expect(200)).body as { signal: object };
    expect(signal.signal).toMatchObject({ sl: 2990, tp: [3030, 3070], confidence: 80, version: 1, targets_hit: [1] });
    expect((await versions(id, ada))[0]).toMatchObject({ by: { user_id: null }, positions: null });
    const told = await eventually(() =>
      test.db.first<{ text: string }>(
        `SELECT content ->> 'text' AS text FROM broadcast_messages WHERE signal_id = $1 AND kind = 'EDITED'`,
        [id],
      ),
    );
    expect(told.text).toContain('Stop loss: 2900 → 2990');
    await tick(symbol, 2989);
    expect(await until(id, 'STOPPED')).toMatchObject({ stop_loss: 2990 });
  });

  it('changes the rules of open trades, and the plan that they show', async () => {
    const { id, symbol } = await opened();
    await edited(id, {
      plan: { stop: { rules: [{ action: 'BREAKEVEN', at_target: 1 }] }, targets: { split: 'ONE_TARGET' } },
    });
    const position = await until(id, 'OPEN');
    expect(position.trade_plan.values).toMatchObject({ 'targets.split': 'ONE_TARGET' });
    expect(position.trade_plan.reasons).toMatchObject({ 'stop.rules': { from: 'signal' } });
    expect(position.targets[0]?.qty).toBeCloseTo(position.remaining_qty, 10);
    await edited(id, { plan: { targets: { split: 'EVEN' } } });
    await tick(symbol, 3031);
    expect((await until(id, 'PARTIAL')).stop_loss).toBeGreaterThan(3000);
  });

  it('moves an entry that waits, with its order', async () => {
    const symbol = fresh();
    await until(await postSignal(test, admin, { ...LONG, symbol, tp: [3200] }), 'OPEN');
    await tick(symbol, 3025);
    const id = await postSignal(test, admin, { ...LONG, symbol });
    await until(id, 'PENDING');
    const budget = (usdt: number | null) =>
      http().put(`/api/users/${bob.id}/risk`).set(bob.auth).send({ max_worst_case_loss_usdt: usdt }).expect(200);
    await budget(30);
    const looser = (await edited(id, { sl: 2700 })).positions;
    expect(looser).toMatchObject({ applied: 1, refused: 1, reasons: { 'stop_loss:MAX_WORST_CASE_LOSS': 1 } });
    await budget(null);
    expect((await edited(id, { entry: 2980, sl: 2890 })).positions).toMatchObject({ applied: 2 });
    expect((await until(id, 'PENDING')).orders.map(({ price, status }) => [price, status])).toEqual([[2980, 'OPEN']]);
    await tick(symbol, 2985);
    expect((await seen(id))?.status).toBe('PENDING');
    await tick(symbol, 2979);
    expect(await until(id, 'OPEN')).toMatchObject({ entry_price: 2980, stop_loss: 2890 });
    expect((await put(id, { entry: 2970, sl: 2900 }).expect(200)).body).toMatchObject({
      edit: { refused: [{ field: 'entry', reason: 'ENTRY_REACHED' }], changes: { stop_loss: { to: '2900' } } },
    });
  });

  it('counts by reason what single trades could not take', async () => {
    const plan = { stop: { unit: 'PERCENT', value: '2' } };
    await http().put(`/api/users/${bob.id}/trade-plan`).set(bob.auth).send({ plan }).expect(200);
    const { id } = await opened();
    expect((await until(id, 'OPEN', bob)).stop_loss).toBe(2940);
    const { positions } = await edited(id, { sl: 2950, tp: [3040], leverage: 5 });
    expect(positions).toMatchObject({
      applied: 0,
      partly: 2,
      reasons: { 'stop_loss:OWN_PLAN': 1, 'margin.leverage:LEVERAGE_IS_FIXED': 2 },
    });
    expect((await until(id, 'OPEN', bob)).stop_loss).toBe(2940);
    expect((await until(id, 'OPEN')).stop_loss).toBe(2950);
    await http().put(`/api/users/${bob.id}/trade-plan`).set(bob.auth).send({ plan: {} }).expect(200);
  });

  it('is refused where it makes no sense, is not possible any more, or is not yours', async () => {
    const { id } = await opened();
    const names = async (body: object) =>
      ((await put(id, body).expect(400)).body as { fields: { field: string }[] }).fields[0]?.field;
    expect(await names({})).toBe('body');
    expect(await names({ side: 'SHORT', sl: 2950 })).toBe('side');
    expect(await names({ sl: -1 })).toBe('sl');
    expect(await names({ plan: { stop: { unit: 'MOON' } } })).toBe('plan.stop.unit');
    expect((await put(id, { sl: 2800 }).expect(422)).body).toMatchObject({
      code: 'EDIT_REFUSED',
      refused: [{ field: 'stop_loss', reason: 'STOP_ONLY_TOWARD_PROFIT' }],
    });
    await put(id, { sl: 2950 }, rival).expect(403);
    await put(999_999, { sl: 2950 }).expect(404);
    const { id: theirs } = await post({}, provider);
    await until(theirs, 'OPEN');
    expect((await edited(theirs, { sl: 2910 }, provider)).by).toEqual({ kind: 'user', user_id: provider.id });
    await http().post('/api/signals/cancel').set(provider.auth).send({ signal_id: theirs }).expect(200);
    await until(theirs, 'CANCELLED');
    expect((await put(theirs, { sl: 2950 }, provider).expect(409)).body).toMatchObject({ code: 'SIGNAL_ENDED' });
    expect(await versions(id)).toEqual([]);
  });

  it('that is repeated has the effect of one', async () => {
    const { id } = await opened();
    const key = { 'Idempotency-Key': 'edit-once' };
    const body = { sl: 2950 };
    expect((await put(id, body).set(key).expect(200)).body).toMatchObject({ edit: { version: 1 } });
    expect((await put(id, body).set(key).expect(200)).body).toMatchObject({ edit: { version: 1 } });
    expect((await put(id, body).expect(200)).body).toMatchObject({ edit: null });
    expect((await put(id, { sl: 2960 }).set(key).expect(409)).body).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect((await put(id, { sl: 2960, version: 0 }).expect(409)).body).toMatchObject({
      code: 'SIGNAL_VERSION',
      version: 1,
    });
    await put(id, { sl: 2960, version: 1 }).expect(200);
    expect((await versions(id)).map(({ version }) => version)).toEqual([2, 1]);
    const log = (await until(id, 'OPEN')).log.filter(({ type }) => type === 'EDITED');
    expect(log.map(({ meta }) => meta.edit)).toEqual([1, 2]);
    // Carried out a second time, as after a crash between the last page and the end: nobody is met twice.
    const row = await test.app.get(SignalEditsRepository).find(id, 2);
    if (row === undefined) throw new Error('no edit');
    await test.app.get(PositionEdits).applyVersion(row, '3000', () => {
      throw new Error('somebody was met twice');
    });
  });
});

describe('an edit at the wrong moment', () => {
  it('meets who has opened, and who is planned after it opens by the edited plan', async () => {
    const release = await holdAccount(bob);
    const { id } = await post();
    await until(id, 'OPEN');
    const { edit } = (await put(id, { sl: 2950, tp: [3050] }).expect(200)).body as { edit: Edit };
    expect(edit.finished_at).toBeNull();
    await release();
    expect(await until(id, 'OPEN', bob)).toMatchObject({ stop_loss: 2950, targets: [{ price: 3050 }] });
    const done = await eventually(async () => (await versions(id)).find(({ finished_at }) => finished_at !== null));
    expect(done.positions).toMatchObject({ applied: 1, unchanged: 0 });
    expect(await until(id, 'OPEN')).toMatchObject({ stop_loss: 2950, targets: [{ price: 3050 }] });
    expect((await until(id, 'OPEN', bob)).log.map(({ type }) => type)).toEqual(['OPEN']);
  });

  it('and a target that is hit at the same instant: one of them comes first, for each trade', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { id, symbol } = await opened();
      const hit = tick(symbol, 3030);
      const answer = put(id, { tp: [3045, 3060, 3090] });
      await Promise.all([hit, answer]);
      await eventually(async () => (await versions(id)).every(({ finished_at }) => finished_at !== null));
      const total = await test.db.query<{ price: string; hit: boolean; status: string }>(
        `SELECT target_prices[1] AS price, target_hit_at[1] IS NOT NULL AS hit, status FROM positions WHERE signal_id = $1`,
        [id],
      );
      for (const { price, hit: isHit, status } of total) {
        expect([price, isHit, status]).toEqual(isHit ? ['3030', true, 'PARTIAL'] : ['3045', false, 'OPEN']);
      }
      await tick(symbol, 3046);
      const both = await Promise.all([until(id, 'PARTIAL'), until(id, 'PARTIAL', bob)]);
      for (const { targets } of both) expect(targets[0]?.hit).toBe(true);
    }
  });

  it('and another edit: versions follow each other, and the last word stands everywhere', async () => {
    const { id } = await opened();
    const stops = [2910, 2920, 2930, 2940, 2950];
    const answers = await Promise.all(stops.map((sl) => put(id, { sl })));
    expect(answers.map(({ status }) => status).filter((status) => status !== 200 && status !== 422)).toEqual([]);
    await eventually(async () => (await versions(id)).every(({ finished_at }) => finished_at !== null));
    const list = await versions(id);
    expect(list.map(({ version }) => version)).toEqual(list.map((_, index) => list.length - index));
    for (const who of [ada, bob]) expect((await until(id, 'OPEN', who)).stop_loss).toBe(2950);
    expect((await http().get(`/api/signals/${id}`).set(ada.auth)).body).toMatchObject({ signal: { sl: 2950 } });
  });

  it('before the signal is dispatched is simply how it is dispatched', async () => {
    const symbol = fresh();
    const [sent] = await test.db.query<{ id: number }>(
      `INSERT INTO signals (source_id, symbol, side, trade_type, duration, entry, stop_loss, target_prices, target_hit_at,
         leverage, confidence, status, created_at, updated_at)
       SELECT source_id, $1, 'LONG', 'FUTURES', 'SHORT', 3000, 2900, '{3030}', '{NULL}', 1, 0, 'NEW', now(), now()
       FROM signals LIMIT 1 RETURNING id`,
      [symbol],
    );
    const id = sent?.id as number;
    await test.app.get(SignalEvents).record({ signalId: id, type: 'POSTED' });
    await put(id, { entry: 3010, sl: 2950, tp: [3100] }).expect(200);
    await test.app.get(WorkQueue).enqueue([signalWork(symbol, { kind: 'dispatch', signal_id: id })]);
    expect(await until(id, 'OPEN')).toMatchObject({ stop_loss: 2950, entry_price: 3010, targets: [{ price: 3100 }] });
  });
});

describe('the books, after all of this', () => {
  it('are as they must be', async () => {
    expect(await new InvariantsRepository(test.db).violations(undefined, new Date())).toEqual([]);
  });
});
