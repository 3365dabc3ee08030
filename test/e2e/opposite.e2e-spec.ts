/**
 * Signals on the other side: what the plan of a trade says of them, one-way and hedge mode, and what every decision then
 * answers. Also that an account in one-way mode never has both sides of a symbol, whatever comes at once.
 */
import request from 'supertest';
import { InvariantsRepository } from '../../src/modules/ops/invariants/invariants.repository.js';
import { makePerson, type Person } from '../factories/people.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';
import { postSignal } from '../support/signals.js';

const LONG = { side: 'LONG', entry: 3000, tp: [3100], sl: 2900 };
const SHORT = { side: 'SHORT', entry: 3000, tp: [2900], sl: 3100 };

interface Gate {
  name: string;
  verdict: string;
  change: { words: string; data: Record<string, unknown> } | null;
}

let test: TestApplication;
let admin: Person;
let ada: Person;
let symbols = 0;

beforeAll(async () => {
  test = await startTestApplication({ env: { SIGNAL_REPEAT_SECONDS: '0' } });
  admin = await makePerson(test.app, { role: 'admin' });
  ada = await makePerson(test.app, { autoTrade: true, settings: { per_trade_usdt: '20', leverage: 5 } });
});

afterAll(() => test.close());

const http = () => request(test.app.getHttpServer());
const fresh = () => `O${(symbols += 1)}USDT`;

const post = (signal: object) => postSignal(test, admin, signal);

const decision = (signalId: number) =>
  eventually(async () => {
    const answer = await http().get(`/api/signals/${signalId}/decisions`).set(ada.auth).expect(200);
    return (answer.body as { decisions: { verdict: string; reason: string | null; gates: Gate[] }[] }).decisions[0];
  });

const outcome = async (signal: object) => {
  const { verdict, reason } = await decision(await post(signal));
  return reason ?? verdict;
};

const sides = (symbol: string) =>
  test.db.query<{ side: string; status: string; close_reason: string | null }>(
    'SELECT side, status, close_reason FROM positions WHERE symbol = $1 ORDER BY id',
    [symbol],
  );

const on = (action: string) => ({ plan: { exit: { on_opposite_signal: action } } });
const put = (path: string, body: object) => http().put(`/api/users/${ada.id}/${path}`).set(ada.auth).send(body);

describe('in one-way mode', () => {
  it('an opposite signal reverses, unless the plan of the trade says otherwise', async () => {
    const symbol = fresh();
    expect(await outcome({ ...LONG, symbol })).toBe('OPENED');
    expect(await outcome({ ...SHORT, symbol })).toBe('OPENED');
    expect(await sides(symbol)).toMatchObject([
      { side: 'LONG', status: 'CLOSED', close_reason: 'REVERSAL' },
      { side: 'SHORT', status: 'OPEN' },
    ]);
  });

  it('CLOSE closes the trade and enters nothing', async () => {
    const symbol = fresh();
    expect(await outcome({ ...LONG, symbol, ...on('close') })).toBe('OPENED');
    const { reason, gates } = await decision(await post({ ...SHORT, symbol }));
    expect(reason).toBe('OPPOSITE_CLOSED');
    expect(gates.find(({ name }) => name === 'opposite')).toMatchObject({
      verdict: 'REFUSED',
      change: { data: { 'exit.on_opposite_signal': 'REVERSE' } },
    });
    expect(await sides(symbol)).toMatchObject([{ side: 'LONG', status: 'CLOSED', close_reason: 'REVERSAL' }]);
    expect(await outcome({ ...SHORT, symbol })).toBe('OPENED');
  });

  it('IGNORE keeps the trade, and the other side is refused with what would admit it', async () => {
    const symbol = fresh();
    expect(await outcome({ ...LONG, symbol, ...on('IGNORE') })).toBe('OPENED');
    const { reason, gates } = await decision(await post({ ...SHORT, symbol }));
    expect(reason).toBe('ONE_WAY_MODE');
    const gate = gates.find(({ name }) => name === 'opposite');
    expect(gate?.change).toMatchObject({
      words: expect.stringContaining('HEDGE') as string,
      data: { position_mode: 'HEDGE' },
    });
    expect(await sides(symbol)).toMatchObject([{ side: 'LONG', status: 'OPEN' }]);
  });

  it('is resolved from the layers, shown with its reason, and edited like every rule of a trade', async () => {
    await put('trade-plan', on('CLOSE')).expect(200);
    const symbol = fresh();
    const id = await post({ ...LONG, symbol });
    await decision(id);
    const shown = await http().get(`/api/signals/${id}/trade-plan`).set(ada.auth).expect(200);
    expect(shown.body).toMatchObject({ plan: { 'exit.on_opposite_signal': { value: 'CLOSE', from: 'user' } } });
    const edit = await http().put(`/api/signals/${id}`).set(admin.auth).send(on('REVERSE')).expect(200);
    expect(edit.body).toMatchObject({ edit: { positions: { applied: 1 } } });
    expect(await outcome({ ...SHORT, symbol })).toBe('OPENED');
    await put('trade-plan', { plan: {} }).expect(200);
  });

  it('the switch of the user and a trade in their own hands come first', async () => {
    const symbol = fresh();
    await put('reversal', { auto_reversal_enabled: false }).expect(200);
    expect(await outcome({ ...LONG, symbol, ...on('REVERSE') })).toBe('OPENED');
    expect(await outcome({ ...SHORT, symbol })).toBe('ONE_WAY_MODE');
    await put('reversal', { auto_reversal_enabled: true }).expect(200);
    const held = await test.db.first<{ id: number }>('SELECT id FROM positions WHERE symbol = $1', [symbol]);
    await http().put(`/api/positions/${held?.id}`).set(ada.auth).send({ stop_loss: 2950 }).expect(200);
    expect(await outcome({ ...SHORT, symbol })).toBe('ONE_WAY_MODE');
    expect(await sides(symbol)).toMatchObject([{ side: 'LONG', status: 'OPEN' }]);
  });

  it('an entry that waits counts too, and is taken back by a reversal', async () => {
    const symbol = fresh();
    expect(await outcome({ ...LONG, symbol, ...on('IGNORE') })).toBe('OPENED');
    const waiting = { ...LONG, symbol, entry: 2950, sl: 2850 };
    expect(await outcome({ ...waiting, ...on('REVERSE') })).toBe('OPENED');
    expect(await outcome({ ...SHORT, symbol })).toBe('ONE_WAY_MODE');
    expect(await sides(symbol)).toMatchObject([{ status: 'OPEN' }, { status: 'CANCELLED', close_reason: 'REVERSAL' }]);
  });

  it('never has both sides, however many signals of both come at once', async () => {
    const symbol = fresh();
    const signals = Array.from({ length: 8 }, (_, index) => ({ ...(index % 2 === 0 ? LONG : SHORT), symbol }));
    const ids = await Promise.all(signals.map((signal) => post(signal)));
    for (const id of ids) expect((await decision(id)).verdict).toBe('OPENED');
    const live = (await sides(symbol)).filter(({ status }) => status === 'OPEN');
    expect(new Set(live.map(({ side }) => side)).size).toBe(1);
  });
});

describe('in hedge mode', () => {
  beforeAll(() => put('risk', { position_mode: 'hedge' }).expect(200));

  it('both sides stand side by side, and the way back waits until one is closed', async () => {
    const { body } = await http().get(`/api/users/${ada.id}`).set(ada.auth).expect(200);
    expect(body).toMatchObject({ user: { settings: { position_mode: 'HEDGE' } } });
    const symbol = fresh();
    expect(await outcome({ ...LONG, symbol })).toBe('OPENED');
    expect(await outcome({ ...SHORT, symbol })).toBe('OPENED');
    expect(await sides(symbol)).toMatchObject([{ status: 'OPEN' }, { status: 'OPEN' }]);
    const back = await put('risk', { position_mode: 'ONE_WAY' }).expect(409);
    expect(back.body).toMatchObject({ code: 'POSITION_MODE_IN_USE', symbol });
    test.feed.tick(symbol, 3101);
    await eventually(async () => (await sides(symbol)).every(({ status }) => status !== 'OPEN'));
    await put('risk', { position_mode: 'ONE_WAY' }).expect(200);
    await put('risk', { position_mode: 'HEDGE' }).expect(200);
    expect((await put('risk', { position_mode: 'BOTH' }).expect(400)).body).toMatchObject({
      fields: [{ field: 'position_mode' }],
    });
  });

  it('a plan that says so still closes or reverses', async () => {
    const symbol = fresh();
    expect(await outcome({ ...LONG, symbol, ...on('REVERSE') })).toBe('OPENED');
    expect(await outcome({ ...SHORT, symbol, ...on('CLOSE') })).toBe('OPENED');
    expect(await outcome({ ...LONG, symbol })).toBe('OPPOSITE_CLOSED');
    expect((await sides(symbol)).map(({ status }) => status)).toEqual(['CLOSED', 'CLOSED']);
  });
});

describe('the books, after all of this', () => {
  it('are as they must be', async () => {
    expect(await new InvariantsRepository(test.db).violations(undefined, new Date())).toEqual([]);
  });
});
