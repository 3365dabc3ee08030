/**
 * Edits of positions by their owners: what they may move, that they detach the trade from its signal, visibly, what then
 * still reaches it, and the way back.
 */
import request from 'supertest';
import { InvariantsRepository } from '../../src/modules/ops/invariants/invariants.repository.js';
import { makePerson, type Person } from '../factories/people.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';
import { positionBy, positionOnce, postSignal, tickThrough } from '../support/signals.js';

const LONG = { side: 'LONG', entry: 3000, tp: [3030, 3060, 3090], sl: 2900 };

interface Seen {
  id: number;
  status: string;
  stop_loss: number;
  entry_price: number;
  remaining_qty: number;
  detached: boolean;
  detached_at: string | null;
  close_reason: string | null;
  targets: { price: number; hit: boolean; qty: number }[];
  entries: { leg: string; price: number; qty: number; filled_qty: number }[];
  orders: { leg: string; status: string; price: number | null }[];
  log: { type: string }[];
  exit_at: string | null;
  trade_plan: { values: Record<string, unknown>; reasons: Record<string, { from: string }> };
}

let test: TestApplication;
let admin: Person;
let ada: Person;
let eve: Person;
let symbols = 0;

beforeAll(async () => {
  test = await startTestApplication({ env: { SIGNAL_REPEAT_SECONDS: '0' } });
  admin = await makePerson(test.app, { role: 'admin' });
  ada = await makePerson(test.app, { autoTrade: true, settings: { per_trade_usdt: '60', leverage: 10 } });
  eve = await makePerson(test.app);
});

afterAll(() => test.close());

const http = () => request(test.app.getHttpServer());

const tick = (symbol: string, ...prices: number[]) => tickThrough(test, symbol, ...prices);

async function seen(signalId: number): Promise<Seen> {
  const position = await positionBy<Seen>(test, ada, signalId);
  if (position === undefined) throw new Error('no position yet');
  return position;
}

const until = (signalId: number, status: string) =>
  positionOnce<Seen>(test, ada, signalId, (position) => position.status === status);

/** A signal that ada trades, and her position. */
async function traded(over: object = {}, status = 'OPEN') {
  const symbol = `H${(symbols += 1)}USDT`;
  const signal = await postSignal(test, admin, { ...LONG, symbol, ...over });
  const position = await until(signal, status);
  return { symbol, signal, id: position.id };
}

const put = (id: number, body: object, who = ada) => http().put(`/api/positions/${id}`).set(who.auth).send(body);
const attach = (id: number, who = ada) => http().post(`/api/positions/${id}/attach`).set(who.auth);
const editSignal = (id: number, body: object) => http().put(`/api/signals/${id}`).set(admin.auth).send(body);

async function reserved(): Promise<[string | undefined, string | undefined]> {
  const row = await test.db.first<{ used: string; held: string }>(
    `SELECT trim_scale(margin_used) AS used, (SELECT trim_scale(coalesce(sum(margin), 0)) FROM positions WHERE user_id = $1) AS held
     FROM accounts WHERE user_id = $1`,
    [ada.id],
  );
  return [row?.used, row?.held];
}

describe('an edit by hand', () => {
  it('moves what may be moved, and detaches the position from its signal, visibly', async () => {
    const { symbol, signal, id } = await traded();
    const done = await put(id, { stop_loss: 2950, targets: [3040, 3080] }).expect(200);
    expect(done.body).toMatchObject({
      result: 'APPLIED',
      applied: [
        { field: 'targets', from: '3030, 3060, 3090', to: '3040, 3080' },
        { field: 'stop_loss', from: '2900', to: '2950' },
      ],
      refused: [],
    });
    const mine = await seen(signal);
    expect(mine).toMatchObject({ stop_loss: 2950, detached: true, detached_at: expect.any(String) as string });
    expect(mine.log.map(({ type }) => type)).toEqual(['OPEN', 'EDITED', 'DETACHED']);
    const { body } = await editSignal(signal, { sl: 2990 }).expect(200);
    expect(body).toMatchObject({ edit: { positions: { detached: 1, reasons: { 'position:DETACHED': 1 } } } });
    for (const report of ['target-reached', 'cancel'] as const) {
      const about = report === 'cancel' ? {} : { target_index: 1 };
      await http()
        .post(`/api/signals/${report}`)
        .set(admin.auth)
        .send({ signal_id: signal, ...about })
        .expect(200);
    }
    expect(await seen(signal)).toMatchObject({ status: 'OPEN', stop_loss: 2950 });
    await tick(symbol, 3040);
    expect((await until(signal, 'PARTIAL')).targets[0]?.hit).toBe(true);
    await tick(symbol, 2949);
    expect(await until(signal, 'STOPPED')).toMatchObject({ close_reason: 'STOP' });
    expect((await put(id, { stop_loss: 2960 }).expect(400)).body).toMatchObject({ code: 'POSITION_CLOSED' });
  });

  it('goes back to its signal: what it says from then on reaches the position again', async () => {
    const { signal, id } = await traded();
    await attach(id).expect(409);
    await put(id, { stop_loss: 2910 }).expect(200);
    await editSignal(signal, { sl: 2920 }).expect(200);
    await attach(id, eve).expect(404);
    await attach(id).expect(200);
    expect(await seen(signal)).toMatchObject({ detached: false, detached_at: null, stop_loss: 2910 });
    await editSignal(signal, { sl: 2930 }).expect(200);
    const attached = await eventually(async () => {
      const position = await seen(signal);
      return position.stop_loss === 2930 ? position : undefined;
    });
    expect(attached.log.map(({ type }) => type)).toContain('ATTACHED');
    await put(id, { stop_loss: 2940 }).expect(200);
    await http().post('/api/signals/cancel').set(admin.auth).send({ signal_id: signal }).expect(200);
    expect((await attach(id).expect(409)).body).toMatchObject({ code: 'SIGNAL_ENDED' });
  });

  it('loosens a stop only where it says so, and changes the rules of the trade', async () => {
    const { symbol, signal, id } = await traded();
    const refused = await put(id, { stop_loss: 2800 }).expect(422);
    expect(refused.body).toMatchObject({ refused: [{ field: 'stop_loss', reason: 'STOP_ONLY_TOWARD_PROFIT' }] });
    expect((await seen(signal)).detached).toBe(false);
    await put(id, { stop_loss: 2800, allow_looser: true }).expect(200);
    await tick(symbol, 2850);
    expect(await seen(signal)).toMatchObject({ status: 'OPEN', stop_loss: 2800 });
    const rules = { stop: { rules: [{ action: 'BREAKEVEN', at_target: 1 }] } };
    expect((await put(id, { plan: rules, targets: [3010], stop_loss: 2790 }).expect(200)).body).toMatchObject({
      result: 'PARTLY',
      refused: [{ field: 'stop_loss' }],
    });
    expect((await seen(signal)).trade_plan.reasons['stop.rules']).toEqual({ from: 'owner' });
    await tick(symbol, 3010);
    expect(await until(signal, 'CLOSED')).toMatchObject({ close_reason: 'TARGETS' });
  });

  it('takes entries back and adds others: orders and what is reserved follow', async () => {
    const zone = { plan: { entry: { kind: 'ZONE', prices: [2980, 3000], zone_orders: 3 } } };
    const { symbol, signal, id } = await traded(zone);
    const done = await put(id, { cancel_entries: ['ENTRY2'], add_entries: [{ price: 2970, qty: 0.05 }] }).expect(200);
    expect(done.body).toMatchObject({
      result: 'APPLIED',
      applied: [{ field: 'entries.ENTRY2' }, { field: 'entries.ENTRY4' }],
    });
    const waiting = await seen(signal);
    expect(waiting.orders.map(({ leg, status }) => [leg, status])).toEqual([
      ['ENTRY', 'FILLED'],
      ['ENTRY2', 'CANCELLED'],
      ['ENTRY3', 'OPEN'],
      ['ENTRY4', 'OPEN'],
    ]);
    const [used, held] = await reserved();
    expect(used).toBe(held);
    await tick(symbol, 2985, 2969);
    const filled = await seen(signal);
    expect(filled.entries.map(({ leg, filled_qty }) => [leg, filled_qty > 0])).toEqual([
      ['ENTRY', true],
      ['ENTRY2', false],
      ['ENTRY3', true],
      ['ENTRY4', true],
    ]);
    expect(filled.targets.reduce((sum, { qty }) => sum + qty, 0)).toBeCloseTo(filled.remaining_qty, 10);
    const rich = await put(id, { add_entries: [{ price: 2960, qty: 1_000_000 }] }).expect(422);
    expect(rich.body).toMatchObject({ refused: [{ field: 'entries.ENTRY5', reason: 'INSUFFICIENT_BALANCE' }] });
    const [after, sum] = await reserved();
    expect(after).toBe(sum);
  });

  it('adds an entry to a position of a single one, and ends what waits when all is taken back', async () => {
    const { symbol, signal, id } = await traded();
    await put(id, { add_entries: [{ price: 2950, qty: '0.1' }] }).expect(200);
    await tick(symbol, 2950);
    const both = await seen(signal);
    expect(both.entries.map(({ leg }) => leg)).toEqual(['ENTRY', 'ENTRY2']);
    expect(both.entry_price).toBeLessThan(3000);
    const { id: limit, signal: other } = await traded({ symbol, entry: 2900, sl: 2800 }, 'PENDING');
    await put(limit, { cancel_entries: ['ENTRY'] }).expect(200);
    expect(await seen(other)).toMatchObject({ status: 'CANCELLED', close_reason: 'MANUAL' });
    const [used, held] = await reserved();
    expect(used).toBe(held);
  });

  it('adds nothing that the owner’s own limits, or a switch, would not let enter', async () => {
    const { signal, id } = await traded();
    const limits = (body: object) => http().put(`/api/users/${ada.id}/risk`).set(ada.auth).send(body).expect(200);
    const add = async (qty: number) =>
      (await put(id, { add_entries: [{ price: 2950, qty }] })).body as { refused?: { reason: string }[] };
    const refusal = async (name: string, value: number | null, qty: number) => {
      await limits({ [name]: value });
      const { refused } = await add(qty);
      await limits({ [name]: name === 'capital_usdt' ? 0 : null });
      return refused?.map(({ reason }) => reason);
    };
    const [used] = await reserved();
    const roomFor = (usdt: number) => Number(used) + usdt;
    expect(await refusal('capital_usdt', roomFor(20), 0.1)).toEqual(['CAPITAL_EXHAUSTED']);
    expect(await refusal('max_total_margin_usdt', roomFor(20), 0.1)).toEqual(['MAX_TOTAL_MARGIN']);
    expect(await refusal('max_worst_case_loss_usdt', 1, 0.1)).toEqual(['MAX_WORST_CASE_LOSS']);
    expect(await refusal('max_group_exposure_usdt', 100, 0.1)).toEqual(['MAX_GROUP_EXPOSURE']);
    expect((await seen(signal)).detached).toBe(false);
    const kill = (mode: string) =>
      http().post('/api/safety/switches').set(ada.auth).send({ scope: 'user', mode, confirm: 'KILL' }).expect(200);
    const { body } = await kill('block_entries');
    expect(await refusal('max_total_margin_usdt', roomFor(20), 0.01)).toEqual([]);
    await kill('reduce_only');
    expect((await add(0.01)).refused).toEqual([{ field: 'entries.ENTRY3', reason: 'KILL_SWITCH' }]);
    await put(id, { stop_loss: 2920 }).expect(200);
    const active = (await http().get('/api/safety/switches?active=true').set(ada.auth).expect(200)).body as {
      switches: { id: number }[];
    };
    expect(active.switches[0]?.id).not.toBe((body as { switch: { id: number } }).switch.id);
    for (const item of active.switches)
      await http().delete(`/api/safety/switches/${item.id}`).set(ada.auth).expect(200);
    expect((await add(0.01)).refused).toEqual([]);
  });

  it('clears rules that may be empty, and says of the others that they may not', async () => {
    const plan = { exit: { after: 3600, on_opposite_signal: 'CLOSE' }, targets: { trailing_percent: '1' } };
    const { signal, id } = await traded({ plan });
    expect(await seen(signal)).toMatchObject({ exit_at: expect.any(String) as string });
    const cleared = await put(id, {
      plan: { exit: { after: null, on_opposite_signal: null }, targets: { trailing_percent: null } },
    }).expect(200);
    expect(cleared.body).toMatchObject({
      result: 'APPLIED',
      applied: [
        { field: 'exit.after', from: '3600', to: 'none' },
        { field: 'exit.on_opposite_signal', from: 'CLOSE', to: 'none' },
        { field: 'targets.trailing_percent', from: '1', to: 'none' },
      ],
    });
    const after = await seen(signal);
    expect(after).toMatchObject({ exit_at: null });
    expect(after.trade_plan.values).toMatchObject({ 'exit.after': null, 'targets.trailing_percent': null });
    expect(after.trade_plan.reasons['exit.after']).toMatchObject({ from: 'owner' });
    expect((await put(id, { plan: { exit: { after: null } } }).expect(200)).body).toMatchObject({
      result: 'UNCHANGED',
    });
    const refused = await put(id, { plan: { stop: { rules: null, value: null }, safety: { levels: null } } }).expect(
      400,
    );
    expect(refused.body).toMatchObject({
      fields: [
        { field: 'plan.stop.rules', rule: 'must not be null: its default is []' },
        { field: 'plan.stop.value', rule: expect.stringContaining('must not be null') as string },
        { field: 'plan.safety.levels', rule: 'must not be null: its default is 0' },
      ],
    });
  });

  it('is asked once per key, by the owner alone, in fields that exist', async () => {
    const { signal, id } = await traded();
    const key = { 'Idempotency-Key': 'tighten' };
    const first = (await put(id, { stop_loss: 2950 }).set(key).expect(200)).body as object;
    await put(id, { stop_loss: 2960 }).expect(200);
    for (const act of [put(id, { stop_loss: 2970 }, admin), attach(id, admin)]) await act.expect(404);
    const path = `/api/positions/detail/${id}`;
    for (const { auth } of [ada, admin]) await http().get(path).set(auth).expect(200);
    const reads = await test.db.query(
      `SELECT subject, after FROM audit_events WHERE action = 'admin.read' AND after ->> 'path' = $1`,
      [path],
    );
    expect(reads).toEqual([{ subject: `user:${ada.id}`, after: { method: 'GET', path } }]);
    expect((await put(id, { stop_loss: 2950 }).set(key).expect(200)).body).toEqual(first);
    const { body } = await put(id, { stop_loss: 2955 }).set(key).expect(409);
    expect(body).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(await seen(signal)).toMatchObject({ stop_loss: 2960 });
    expect((await put(id, { stop_loss: 2960 }).expect(200)).body).toMatchObject({ result: 'UNCHANGED' });
    await put(id, { stop_loss: 2970 }, eve).expect(404);
    const field = async (body: object) =>
      ((await put(id, body).expect(400)).body as { fields: { field: string }[] }).fields[0]?.field;
    expect(await field({})).toBe('body');
    expect(await field({ leverage: 3 })).toBe('leverage');
    expect(await field({ cancel_entries: ['STOP'] })).toBe('cancel_entries');
    expect(await field({ add_entries: [{ price: 'x', qty: 1 }] })).toBe('add_entries');
    expect(await field({ plan: { stop: { rules: [{}] } } })).toBe('plan.stop.rules');
  });
});

describe('an edit by hand at the wrong moment', () => {
  it('and an edit of the signal: the position has one of both, and is detached in the end', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { signal, id } = await traded();
      const both = await Promise.all([put(id, { stop_loss: 2950 }), editSignal(signal, { sl: 2940 })]);
      expect(both.map(({ status }) => status)).toEqual([200, 200]);
      const done = await eventually(async () => {
        const { edits } = (await http().get(`/api/signals/${signal}/edits`).set(admin.auth).expect(200)).body as {
          edits: { finished_at: string | null; positions: Record<string, number> }[];
        };
        return edits[0]?.finished_at === null ? undefined : edits[0];
      });
      const { positions } = done;
      expect((positions.applied ?? 0) + (positions.detached ?? 0)).toBe(1);
      expect(await seen(signal)).toMatchObject({ stop_loss: 2950, detached: true });
    }
  });

  it('and a stop that fires: the position ends once, by the old stop or goes on with the new one', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { symbol, signal, id } = await traded();
      const [, answer] = await Promise.all([tick(symbol, 2899), put(id, { stop_loss: 2750, allow_looser: true })]);
      const position = await eventually(async () => {
        const now = await seen(signal);
        return now.status === 'STOPPED' || now.stop_loss === 2750 ? now : undefined;
      });
      const isStopped = position.status === 'STOPPED';
      expect(position.log.filter(({ type }) => type === 'SL_HIT')).toHaveLength(isStopped ? 1 : 0);
      if (!isStopped) expect(answer.body).toMatchObject({ result: 'APPLIED' });
    }
  });
});

describe('the books, after all of this', () => {
  it('are as they must be', async () => {
    expect(await new InvariantsRepository(test.db).violations(undefined, new Date())).toEqual([]);
  });
});
