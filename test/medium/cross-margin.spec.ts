/**
 * Cross margin on real processes: an account is liquidated by the prices of several symbols together, once and whole, also
 * when the process dies in the middle of it and the market recovers before the next one comes.
 */
import request from 'supertest';
import { makePerson, type Person } from '../factories/people.js';
import { Market } from '../servers/market.js';
import { connectedWorkers, expireLeases, Processes } from '../support/processes.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';
import { violationsOf } from '../support/invariants.js';
import { postSignal } from '../support/signals.js';

interface Position {
  id: number;
  symbol: string;
  status: string;
  margin_mode: string;
  liquidation_price: number | null;
  exit_price: number;
  close_reason: string | null;
  pnl_usdt: number;
}

interface Balance {
  cross_margin: { equity: string; maintenance_margin: string; margin_ratio_percent: string } | null;
}

const SETTINGS = {
  PAPER_REALISM: 'basic',
  PAPER_STARTING_BALANCE_USDT: '120',
  PRICE_SPIKE_PERCENT: '0',
  PRICE_BAND_PERCENT: '0',
  SIGNAL_REPEAT_SECONDS: '0',
};
const CROSS = { margin: { mode: 'CROSS' } };
const LONG = { side: 'LONG', entry: 100, tp: [200], sl: 62, leverage: 10, confidence: 90 };

let market: Market;
let test: TestApplication;
let processes: Processes;
let admin: Person;
let ada: Person;
let bob: Person;
let carol: Person;

const http = () => request(test.app.getHttpServer());
const allowsCross = (person: Person) =>
  http()
    .put(`/api/users/${person.id}/trade-plan`)
    .set(person.auth)
    .send({ caps: { allow_cross_margin: true } })
    .expect(200);

async function post(symbol: string, signal: object): Promise<number> {
  market.set(symbol, '100');
  const id = await postSignal(test, admin, { ...LONG, ...signal, symbol });
  await eventually(async () => (await count('decisions WHERE signal_id = $1', [id])) === 3);
  return id;
}

const count = async (sql: string, params: readonly unknown[] = []) =>
  (await test.db.first<{ n: number }>(`SELECT count(*) AS n FROM ${sql}`, params))?.n ?? 0;

/** Of a person, by the first letter of the symbol. */
async function held(person: Person): Promise<Record<string, Position>> {
  const answer = await http().get('/api/positions').set(person.auth).expect(200);
  const { positions } = answer.body as { positions: Position[] };
  return Object.fromEntries(positions.map((position) => [position.symbol.slice(0, 1), position]));
}

const balanceOf = async (person: Person) =>
  (await http().get(`/api/users/${person.id}/paper/balance`).set(person.auth).expect(200)).body as Record<
    string,
    string
  >;

/** The market goes there, and the price is stored. */
async function move(symbol: string, price: string): Promise<void> {
  market.set(symbol, price);
  await eventually(async () => (await count('market_prices WHERE symbol = $1 AND price = $2', [symbol, price])) === 1);
}

beforeAll(async () => {
  market = await Market.open();
  test = await startTestApplication({ env: { ROLE: 'api', ...SETTINGS, ...market.settings } });
  processes = new Processes({ ...SETTINGS, ...market.settings, DATABASE_URL: test.database.url });
  admin = await makePerson(test.app, { role: 'admin' });
  const settings = { leverage: 10, auto_reversal_enabled: false };
  ada = await makePerson(test.app, { autoTrade: true, settings: { ...settings, per_trade_usdt: '20' } });
  bob = await makePerson(test.app, { autoTrade: true, settings: { ...settings, per_trade_usdt: '20' } });
  carol = await makePerson(test.app, { autoTrade: true, settings: { ...settings, per_trade_usdt: '15' } });
  await allowsCross(ada);
  await allowsCross(carol);
}, 60_000);

afterAll(async () => {
  await processes.close();
  await test.close();
  await market.close();
});

describe('cross margin', () => {
  it('liquidates an account by several prices together, whoever dies meanwhile', async () => {
    const victim = processes.start('worker', { VERZEK_KILL_POINT: 'change:liquidation#1' });
    const first = await post('AUSDT', { plan: CROSS });
    await post('BUSDT', { plan: CROSS });
    await post('CUSDT', { sl: 92 });
    await post('DUSDT', { entry: 90, sl: 65, plan: { ...CROSS, entry: { kind: 'LIMIT' } } });

    const open = await held(ada);
    expect(open.A).toMatchObject({ status: 'OPEN', margin_mode: 'CROSS' });
    expect(open.C).toMatchObject({ status: 'OPEN', margin_mode: 'ISOLATED' });
    expect(open.D).toMatchObject({ status: 'PENDING', margin_mode: 'CROSS', liquidation_price: null });
    // 100 of wallet, less fees, stand for 2 coins: (200 − 100 + 1) ÷ 1.99 with B at its price.
    expect(open.A?.liquidation_price).toBeGreaterThan(50);
    expect(open.A?.liquidation_price).toBeLessThan(52);
    expect(open.C?.liquidation_price).toBeGreaterThan(90);
    // Who has not allowed it has isolated margin, which does not carry such a stop.
    expect((await held(bob)).A).toBeUndefined();
    const { reason } = (await test.db.first<{ reason: string }>(
      'SELECT reason FROM decisions WHERE signal_id = $1 AND user_id = $2',
      [first, bob.id],
    )) as { reason: string };
    expect(reason).toBe('LIQUIDATION_BEFORE_STOP');
    const beyond = await http()
      .put(`/api/positions/${open.A?.id}`)
      .set(ada.auth)
      .send({ stop_loss: 50, allow_looser: true })
      .expect(422);
    expect(beyond.body).toMatchObject({ refused: [{ field: 'stop_loss', reason: 'STOP_BEYOND_LIQUIDATION' }] });

    const balance = async () =>
      ((await http().get(`/api/users/${ada.id}/paper/balance`).set(ada.auth).expect(200)).body as Balance).cross_margin;
    // About 400 USDT of notional at 0.5 %, of the 100 that isolated C has left.
    const figures = await balance();
    expect(Number(figures?.maintenance_margin)).toBeCloseTo(2, 1);
    expect(Number(figures?.equity)).toBeCloseTo(99.4, 0);
    const ratio = (100 * Number(figures?.maintenance_margin)) / Number(figures?.equity);
    expect(Number(figures?.margin_ratio_percent)).toBeCloseTo(ratio, 3);

    // Neither alone: A beyond its first bound, then B where both together have used the wallet up.
    await move('AUSDT', '70');
    await move('BUSDT', '85');
    expect((await held(ada)).A).toMatchObject({ status: 'OPEN' });
    market.set('BUSDT', '80');
    expect(await victim.ended).toBe('SIGKILL');
    expect(victim.output()).toContain('kill point change:liquidation');
    expect(await count(`positions WHERE close_reason = 'LIQUIDATION'`)).toBe(0);
    expect(await count(`work_items WHERE queue = 'crossing' AND state = 'open'`)).toBe(1);
    await expireLeases(test.db, victim.pid);

    // The market recovers, but what was seen was seen.
    for (const symbol of ['AUSDT', 'BUSDT']) market.set(symbol, '100');
    processes.start('worker');
    await connectedWorkers(test.db, 1);
    const lost = await eventually(async () => {
      const now = await held(ada);
      return now.A?.status === 'STOPPED' ? now : undefined;
    });
    expect(lost.A).toMatchObject({ close_reason: 'LIQUIDATION', exit_price: 70 });
    expect(lost.B).toMatchObject({ close_reason: 'LIQUIDATION', exit_price: 80 });
    expect(lost.D).toMatchObject({ status: 'CANCELLED', close_reason: 'LIQUIDATION', pnl_usdt: 0 });
    expect(lost.C).toMatchObject({ status: 'OPEN' });
    const left = await balanceOf(ada);
    expect(left).toMatchObject({ available: '0', balance: left.margin });
    expect(Number(left.margin)).toBeCloseTo(20, 1);
    // The fund gets what was left: less than the maintenance margin of 0.5 % of 300. All of the wallet is booked as lost.
    expect(Number(left.liquidation)).toBeGreaterThan(0);
    expect(Number(left.liquidation)).toBeLessThan(1.5);
    const booked = await test.db.query<{ cause: string; n: number; lost: string }>(
      `SELECT l.cause, count(*) AS n, trim_scale(-sum(l.cash + l.margin)) AS lost
       FROM ledger_transactions l JOIN positions p ON p.id = l.position_id
       WHERE p.user_id = $1 AND p.is_cross GROUP BY l.cause ORDER BY l.cause`,
      [ada.id],
    );
    expect(booked.map(({ cause, n }) => [cause, n])).toEqual([
      ['CANCEL', 1],
      ['ENTRY', 3],
      ['LIQUIDATION', 2],
    ]);
    const [cancelled, entered, ended] = booked.map(({ lost }) => Number(lost));
    const wallet = 120 - Number(left.margin) - Number(left.fees);
    expect(cancelled).toBe(0);
    expect(Number(ended)).toBeCloseTo(wallet, 8);
    expect(Number(entered)).toBeLessThan(Number(left.fees));
    expect(await count(`positions WHERE user_id = $1 AND close_reason = 'LIQUIDATION'`, [carol.id])).toBe(0);
  }, 60_000);

  it('goes on for the others, and keeps every invariant', async () => {
    expect((await held(carol)).A).toMatchObject({ status: 'OPEN', margin_mode: 'CROSS' });
    await move('AUSDT', '100');
    await move('AUSDT', '64');
    await move('BUSDT', '80');
    expect((await held(carol)).B).toMatchObject({ status: 'OPEN' });
    market.set('BUSDT', '64');
    const lost = await eventually(async () => {
      const now = await held(carol);
      return now.B?.status === 'STOPPED' ? now : undefined;
    });
    expect(lost.A).toMatchObject({ close_reason: 'LIQUIDATION', exit_price: 64 });
    expect(lost.B).toMatchObject({ close_reason: 'LIQUIDATION', exit_price: 64 });
    expect(await balanceOf(carol)).toMatchObject({ available: '0' });
    const found = await violationsOf(test.db, false);
    expect(found.filter(({ name }) => name !== 'test.balance-is-opening-plus-realised')).toEqual([]);
  }, 60_000);
});
