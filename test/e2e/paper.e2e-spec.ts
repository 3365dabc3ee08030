/**
 * A paper account that does not flatter, over HTTP: costs of fills, liquidation, funding across two replicas, the equity
 * curve, reset, and a ledger whose sums are the account's figures at the end of it all.
 */
import request from 'supertest';
import { FUNDING_MS, HOUR_MS } from '../../src/domain/paper/paper-times.js';
import type { EquityPoint } from '../../src/domain/safety/drawdown.js';
import { Decimal } from '../../src/domain/money/decimal.js';
import { EquityRepository } from '../../src/modules/safety/equity.repository.js';
import { PaperJobs } from '../../src/modules/paper/paper-jobs.service.js';
import { Logger } from '../../src/platform/logging/logger.js';
import { WorkRunner } from '../../src/platform/work/work-runner.js';
import { makePerson, PASSWORD, type Person } from '../factories/people.js';
import { ShiftedClock } from '../servers/shifted-clock.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';
import { ledgerViolations, violationsOf } from '../support/invariants.js';
import { holdOutside } from '../support/outsider.js';
import { postSignal } from '../support/signals.js';

interface PositionBody {
  id: number;
  status: string;
  qty: number;
  entry_price: number;
  exit_price: number;
  fees_usdt: number;
  funding_usdt: number;
  realised_pnl_usdt: number;
  liquidation_price: number | null;
  close_reason: string | null;
}

interface Transaction {
  id: number;
  cause: string;
  position_id: number | null;
  cash: string;
  lines: { kind: string; amount: string }[];
  postings: Record<string, string>;
  funding_at: string | null;
}

type Point = Record<'at' | 'balance' | 'net_deposits', string> & Record<'unrealised_pnl' | 'equity', string | null>;

const ENV = { SIGNAL_REPEAT_SECONDS: '0', PAPER_REALISM: 'basic', ACCESS_TOKEN_SECONDS: '86400' };
const LEVERED = { per_trade_usdt: '40', leverage: 25 };
const LONG = { side: 'LONG', entry: 100, tp: [200], sl: 97, confidence: 90, leverage: 25 };

describe('a paper account that does not flatter', () => {
  const clock = new ShiftedClock();
  let test: TestApplication, replica: TestApplication;
  let admin: Person;
  let ada: Person;
  let other: Person;
  let first: EquityPoint | undefined;

  beforeAll(async () => {
    // Ten minutes before a funding time, so that the test decides when it comes.
    const funding = Math.ceil(clock.now().getTime() / FUNDING_MS) * FUNDING_MS + FUNDING_MS;
    clock.moveTo(new Date(funding - 600_000));
    test = await startTestApplication({ env: ENV, parts: { platform: { clock, logger: Logger.silent() } } });
    replica = await startTestApplication({
      env: ENV,
      parts: { platform: { clock, logger: Logger.silent() } },
      database: test.database,
    });
    admin = await makePerson(test.app, { role: 'admin' });
    ada = await makePerson(test.app, { plan: 'PREMIUM', autoTrade: true, settings: LEVERED });
    other = await makePerson(test.app);
  }, 60_000);

  afterAll(async () => {
    await replica.close();
    await test.close();
  });

  const http = () => request(test.app.getHttpServer());
  const paper = (path: string, query: object = {}, who: Person = ada) =>
    http().get(`/api/users/${ada.id}/paper/${path}`).query(query).set(who.auth);

  /** The time moves by more than an access token lasts. */
  async function signInAgain(): Promise<void> {
    const again = async (who: Person): Promise<Person> => {
      const answer = await http().post('/api/auth/login').send({ email: who.email, password: PASSWORD });
      const { access_token: token } = answer.body as { access_token: string };
      return { ...who, token, auth: { Authorization: `Bearer ${token}` } };
    };
    [admin, ada, other] = [await again(admin), await again(ada), await again(other)];
  }

  const post = (signal: object) => postSignal(test, admin, { ...LONG, ...signal });

  async function positionOf(signalId: number): Promise<PositionBody | undefined> {
    const answer = await http().get('/api/positions').query({ signal_id: signalId }).set(ada.auth).expect(200);
    return (answer.body as { positions: PositionBody[] }).positions[0];
  }

  const reaching = (signalId: number, status: string): Promise<PositionBody> =>
    eventually(async () => {
      const position = await positionOf(signalId);
      return position?.status === status ? position : undefined;
    });

  type Ledger = { transactions: Transaction[]; next_before_id: number | null };
  const balance = async () => (await paper('balance').expect(200)).body as Record<string, string>;
  const ledger = async (query: object = {}) => (await paper('ledger', query).expect(200)).body as Ledger;

  const recorded = (symbol: string, price: string) =>
    eventually(async () => {
      const sql = 'SELECT trim_scale(price)::text AS price FROM market_prices WHERE symbol = $1';
      return (await test.db.first<{ price: string }>(sql, [symbol]))?.price === price;
    });

  const unsettled = (queue: string) =>
    test.db.first<{ n: number }>(`SELECT count(*) AS n FROM work_items WHERE queue = $1 AND state = 'open'`, [queue]);

  it('begins with its deposit', async () => {
    first = await test.app.get(EquityRepository).measure(clock.now());
    expect(await balance()).toMatchObject({
      ok: true,
      balance: '10000',
      available: '10000',
      margin: '0',
      equity: '10000',
      starting_balance: '10000',
      net_pnl: '0',
      return_percent: '0',
      realism: 'basic',
    });
    expect((await ledger()).transactions).toMatchObject([
      { cause: 'DEPOSIT', position_id: null, lines: [{ kind: 'DEPOSIT', amount: '10000' }] },
    ]);
  });

  it('fills an entry with spread and size, shows where it would be liquidated, and pays a gap in full', async () => {
    const id = await post({ symbol: 'BTCUSDT', entry: 70000, tp: [80000], sl: 69000 });
    const open = await reaching(id, 'OPEN');
    // 1,000 USDT in a major: half a basis point of spread, and next to nothing for the size.
    expect(open.entry_price).toBeGreaterThan(70003.5);
    expect(open.entry_price).toBeLessThan(70003.6);
    expect(open.fees_usdt).toBeCloseTo(open.qty * open.entry_price * 0.0005, 10);
    expect(open.liquidation_price).toBeCloseTo((open.entry_price * 0.96) / 0.995, 4);
    const held = await balance();
    expect(Number(held.margin)).toBeCloseTo((open.qty * open.entry_price) / 25, 7);
    expect(Number(held.available)).toBeCloseTo(Number(held.balance) - Number(held.margin), 10);
    test.feed.tick('BTCUSDT', 68500);
    const stopped = await reaching(id, 'STOPPED');
    expect(stopped.exit_price).toBeLessThan(68500 * (1 - 0.00005));
    expect(stopped.exit_price).toBeGreaterThan(68500 * (1 - 0.00006));
    expect(stopped.close_reason).toBe('STOP');
  });

  it('liquidates at the price where the margin is gone, and takes the margin alone', async () => {
    const before = await balance();
    const id = await post({ symbol: 'GAPUSDT' });
    const open = await reaching(id, 'OPEN');
    test.feed.tick('GAPUSDT', 98);
    await recorded('GAPUSDT', '98');
    expect((await positionOf(id))?.status).toBe('OPEN');
    // From above the stop at 97 to below the liquidation at 96.48 in one step.
    test.feed.tick('GAPUSDT', 92);
    const lost = await reaching(id, 'STOPPED');
    expect(lost).toMatchObject({ close_reason: 'LIQUIDATION', exit_price: 92 });
    const margin = (open.qty * open.entry_price) / 25;
    const after = await balance();
    expect(Number(before.balance) - Number(after.balance)).toBeCloseTo(margin + open.fees_usdt, 7);
    expect(lost.realised_pnl_usdt).toBeCloseTo(-margin - open.fees_usdt, 7);
    expect(Number(after.liquidation)).toBeGreaterThan(0);
    const { transactions } = await ledger({ kind: 'LIQUIDATION' });
    expect(transactions).toMatchObject([{ cause: 'LIQUIDATION', position_id: open.id, cash: '0' }]);
    const log = await http().get(`/api/positions/detail/${open.id}`).set(ada.auth).expect(200);
    expect(JSON.stringify(log.body)).toContain('Liquidated at 92');
  });

  it('refuses a plan whose stop lies beyond its liquidation, and shows it beforehand', async () => {
    const id = await post({ symbol: 'FARUSDT', sl: 90 });
    const receipt = await eventually(async () => {
      const answer = await http().get(`/api/signals/${id}/decisions`).set(ada.auth).expect(200);
      return (answer.body as { decisions: { reason: string; gates: { name: string; change: unknown }[] }[] })
        .decisions[0];
    });
    expect(receipt.reason).toBe('LIQUIDATION_BEFORE_STOP');
    // Reckoned at what the entry fills at, a little above 100.
    const gate = receipt.gates.find(({ name }) => name === 'liquidation');
    expect(JSON.stringify(gate)).toContain('lower the leverage from 25, or have the stop above 96.5');
    const shown = await http().get(`/api/signals/${id}/trade-plan`).set(ada.auth).expect(200);
    expect(shown.body).toMatchObject({
      margin: {
        leverage: 25,
        leverage_limits: { user: 25, plan: 25, bracket: 100 },
        notional_usdt: '1000',
        margin_usdt: '40',
        stop_loss: '90',
        liquidation_price: '96.482412060302',
        refusal: 'LIQUIDATION_BEFORE_STOP',
      },
    });
  });

  it('shows its ledger in keyset pages, by kind, position and time, to its owner and admins alone', async () => {
    const all = (await ledger({ limit: 200 })).transactions;
    const first = await ledger({ limit: 2 });
    const second = await ledger({ limit: 200, before_id: first.next_before_id ?? 0 });
    expect([...first.transactions, ...second.transactions]).toEqual(all);
    for (const { postings, lines, cash } of all) {
      expect(Object.values(postings).reduce((sum, amount) => sum + Number(amount), 0)).toBeCloseTo(0, 9);
      expect(lines.reduce((sum, { amount }) => sum + Number(amount), 0)).toBeCloseTo(Number(cash), 9);
    }
    const fees = (await ledger({ kind: 'FEE' })).transactions;
    expect(fees.map(({ cause }) => cause)).toEqual(['ENTRY', 'EXIT', 'ENTRY']);
    const position = fees[0]?.position_id ?? 0;
    expect((await ledger({ position_id: position })).transactions.map(({ cause }) => cause)).toEqual([
      'LIQUIDATION',
      'ENTRY',
    ]);
    expect((await ledger({ from: new Date(clock.now().getTime() + 60_000).toISOString() })).transactions).toEqual([]);
    await paper('ledger', {}, admin).expect(200);
    await paper('ledger', {}, other).expect(403);
    const wrong = await paper('ledger', { kind: 'GIFT' }).expect(400);
    expect(wrong.body).toMatchObject({ fields: [{ field: 'kind' }] });
  });

  it('pays funding once for each funding time, whoever charges it, for what was held then', async () => {
    const long = await post({ symbol: 'LONGUSDT' });
    const short = await post({ symbol: 'SHORTUSDT', side: 'SHORT', tp: [50], sl: 103 });
    const spot = await post({ symbol: 'SPOTUSDT', trade_type: 'SPOT', leverage: 1 });
    const late = await post({ symbol: 'LATEUSDT' });
    const [held, sold, whole, closed] = [
      await reaching(long, 'OPEN'),
      await reaching(short, 'OPEN'),
      await reaching(spot, 'OPEN'),
      await reaching(late, 'OPEN'),
    ];
    for (const symbol of ['LONGUSDT', 'SHORTUSDT']) test.feed.tick(symbol, 101);
    await recorded('LONGUSDT', '101');
    await recorded('SHORTUSDT', '101');
    const at = new Date(Math.ceil(clock.now().getTime() / FUNDING_MS) * FUNDING_MS);
    clock.moveTo(new Date(at.getTime() + 60_000));
    // Held at the funding time, closed before anybody charges for it.
    await http().post('/api/positions/close').set(ada.auth).send({ position_id: closed.id }).expect(200);
    await reaching(late, 'CLOSED');
    const jobs = [test.app.get(PaperJobs), replica.app.get(PaperJobs)];
    await Promise.all(jobs.flatMap((job) => [job.schedule(), job.charge(at), job.charge(at)]));
    await eventually(async () => (await unsettled('paper.funding'))?.n === 0);
    await Promise.all(jobs.map((job) => job.charge(at)));

    expect((await positionOf(long))?.funding_usdt).toBeCloseTo(-held.qty * 101 * 0.0001, 10);
    expect((await positionOf(short))?.funding_usdt).toBeCloseTo(sold.qty * 101 * 0.0001, 10);
    expect((await positionOf(spot))?.funding_usdt).toBe(0);
    expect((await positionOf(late))?.funding_usdt).toBeCloseTo(-closed.qty * 100 * 0.0001, 10);
    expect((await positionOf(long))?.realised_pnl_usdt).toBeCloseTo(-held.fees_usdt - held.qty * 101 * 0.0001, 10);
    const { transactions } = await ledger({ kind: 'FUNDING' });
    const charged = transactions.map(({ position_id, funding_at }) => [position_id, funding_at]);
    expect(charged.sort()).toEqual([closed.id, sold.id, held.id].map((id) => [id, at.toISOString()]).sort());
    expect(whole.liquidation_price).toBeNull();

    // Two funding times pass while nothing runs: both are made up for, once.
    clock.moveTo(new Date(at.getTime() + 2 * FUNDING_MS + 60_000));
    await Promise.all(jobs.map((job) => job.schedule()));
    await eventually(async () => (await ledger({ kind: 'FUNDING', position_id: held.id })).transactions.length === 3);
    await eventually(async () => (await unsettled('paper.funding'))?.n === 0);
    expect((await ledger({ kind: 'FUNDING', position_id: closed.id })).transactions).toHaveLength(1);
    expect(await ledgerViolations(test.db)).toEqual([]);
  }, 60_000);

  it('charges also what was opened before the funding time and stored after it', async () => {
    await signInAgain();
    const follows = (who: Person) => test.db.query('UPDATE users SET auto_trade_enabled = (id = $1)', [who.id]);
    await follows(other);
    const at = new Date(Math.ceil(clock.now().getTime() / FUNDING_MS) * FUNDING_MS);
    clock.moveTo(new Date(at.getTime() - 30_000));
    const lock = 'SELECT FROM accounts WHERE user_id = $1 FOR UPDATE';
    const letGo = await holdOutside(test.database.url, lock, other.id);
    const id = await post({ symbol: 'SLOWUSDT' });
    const waiting = `SELECT FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%u.subscription_expires_at%'`;
    await eventually(() => test.db.first(waiting));
    clock.moveTo(new Date(at.getTime() + 2_000));
    await test.app.get(PaperJobs).schedule();
    const round = `SELECT FROM work_items WHERE queue = 'paper.funding' AND key = $1 AND last_error IS NOT NULL`;
    await eventually(() => test.db.first(round, [at.toISOString()]));
    await letGo();
    const opened = `SELECT id, trim_scale(funding)::text AS funding FROM positions WHERE signal_id = $1`;
    const position = await eventually(() => test.db.first<{ id: number }>(opened, [id]));
    await recorded('SLOWUSDT', '100');
    clock.moveTo(new Date(at.getTime() + 61_000));
    for (const { app } of [test, replica]) app.get(WorkRunner).sweep();
    await eventually(async () => (await unsettled('paper.funding'))?.n === 0);
    expect(Number((await test.db.first<{ funding: string }>(opened, [id]))?.funding)).toBeLessThan(0);
    await http().post('/api/positions/close').set(other.auth).send({ position_id: position.id }).expect(200);
    await follows(ada);
  });

  it('counts all that balances lose as results of the platform: funding and insurance like trades', async () => {
    const point = await test.app.get(EquityRepository).measure(clock.now());
    const since = (figure: 'equity' | 'result') =>
      Decimal.of(point[figure])
        .minus(Decimal.of((first as EquityPoint)[figure]))
        .toString();
    expect(since('result')).toBe(since('equity'));
  });

  it('records equity at full hours and tells it as a curve, in JSON and CSV', async () => {
    const hour = new Date(Math.ceil(clock.now().getTime() / HOUR_MS) * HOUR_MS);
    clock.moveTo(new Date(hour.getTime() + 30_000));
    const jobs = [test.app.get(PaperJobs), replica.app.get(PaperJobs)];
    await Promise.all(jobs.flatMap((job) => [job.schedule(), job.record(hour)]));
    const now = await balance();
    expect(Number(now.unrealised_pnl)).not.toBe(0);
    const answer = (await paper('equity', { step: 'hour' }).expect(200)).body as { points: Point[]; count: number };
    expect(answer.count).toBe(answer.points.length);
    const point = answer.points.find(({ at }) => at === hour.toISOString());
    expect(point).toMatchObject({
      balance: now.balance,
      unrealised_pnl: now.unrealised_pnl,
      equity: now.equity,
      net_deposits: '10000',
    });
    expect(answer.points.at(-1)).toMatchObject({ equity: now.equity, net_deposits: '10000' });
    // The hours that passed while nothing ran have a balance, and no equity that somebody made up.
    const silent = answer.points.find(({ at }) => at === new Date(hour.getTime() - 3 * HOUR_MS).toISOString());
    expect(silent).toMatchObject({ unrealised_pnl: null, equity: null });
    expect(Number(silent?.balance)).toBeGreaterThan(9_000);
    const csv = await paper('equity', { step: 'hour', format: 'csv', to: hour.toISOString() }).expect(200);
    expect(csv.headers['content-type']).toContain('text/csv');
    const rows = csv.text.trim().split('\r\n');
    expect(rows[0]).toBe('at,balance,unrealised_pnl,equity,net_deposits');
    expect(rows.at(-1)).toBe(`${hour.toISOString()},${now.balance},${now.unrealised_pnl},${now.equity},10000`);
    const days = (await paper('equity', { to: hour.toISOString() }).expect(200)).body as { points: Point[] };
    for (const { at } of days.points) expect(at).toMatch(/T00:00:00.000Z$/);
    for (const query of [{ from: '2020-01-01' }, { from: hour.toISOString(), to: '2026-01-01' }, { step: 'minute' }]) {
      const wrong = await paper('equity', query).expect(400);
      expect((wrong.body as { code: string }).code).toBe('INVALID_INPUT');
    }
  });

  it('is reset only without live positions or by closing them, and keeps its history', async () => {
    const reset = (body: object, who: Person = ada) =>
      http().post(`/api/users/${ada.id}/paper/reset`).set(who.auth).send(body);
    const history = (await ledger({ limit: 200 })).transactions;
    const refused = await reset({ balance: 5000 }).expect(409);
    expect(refused.body).toMatchObject({ ok: false, code: 'PAPER_POSITIONS_LIVE', live_positions: 3 });
    await reset({ balance: 0 }).expect(400);
    await reset({ balance: '1e12' }).expect(400);
    await reset({ close_positions: 'yes' }).expect(400);
    for (const who of [other, admin]) await reset({}, who).expect(403);
    const done = (await reset({ balance: '5000.25', close_positions: true }).expect(200)).body as object;
    expect(done).toMatchObject({
      ok: true,
      balance: '5000.25',
      available: '5000.25',
      margin: '0',
      equity: '5000.25',
      starting_balance: '5000.25',
      fees: '0',
      net_pnl: '0',
      open_positions: 0,
    });
    // A position that is just being opened counts in the account before anybody can see it.
    const open = (by: number) =>
      test.db.query('UPDATE accounts SET open_positions = open_positions + $2 WHERE user_id = $1', [ada.id, by]);
    await open(1);
    const late = await reset({ close_positions: true }).expect(409);
    expect(late.body).toMatchObject({ code: 'PAPER_POSITIONS_CLOSING' });
    await open(-1);
    expect((await balance()).balance).toBe('5000.25');
    const { transactions } = await ledger({ limit: 200 });
    expect(transactions[0]).toMatchObject({ cause: 'RESET', lines: [{ kind: 'RESET' }] });
    expect(transactions.slice(-history.length)).toEqual(history);
    expect((await reset({}).expect(200)).body).toMatchObject({ balance: '10000', starting_balance: '10000' });
    const audit = await test.db.query(`SELECT actor_id FROM audit_events WHERE action = 'paper.reset' ORDER BY id`);
    expect(audit).toEqual([{ actor_id: ada.id }, { actor_id: ada.id }]);
    // What came and went since the last full hour counts in the curve's last point.
    const booked = `SELECT trim_scale(-sum(deposits))::text AS net FROM all_ledger_transactions JOIN accounts a ON a.id = account_id
      WHERE user_id = $1`;
    const points = ((await paper('equity', { step: 'hour' }).expect(200)).body as { points: Point[] }).points;
    expect(points.at(-1)?.net_deposits).toBe((await test.db.first<{ net: string }>(booked, [ada.id]))?.net);
    const id = await post({ symbol: 'AFTERUSDT' });
    await reaching(id, 'OPEN');
  });

  it('owes no funding of the time before a reset', async () => {
    await signInAgain();
    const at = new Date(Math.ceil(clock.now().getTime() / FUNDING_MS) * FUNDING_MS);
    clock.moveTo(new Date(at.getTime() + 5_000));
    const body = { balance: '777', close_positions: true };
    await http().post(`/api/users/${ada.id}/paper/reset`).set(ada.auth).send(body).expect(200);
    await test.app.get(PaperJobs).charge(at);
    expect(await balance()).toMatchObject({ balance: '777', funding: '0' });
    await reaching(await post({ symbol: 'AGAINUSDT' }), 'OPEN');
  });

  it('keeps every invariant, with every figure a sum of its ledger', async () => {
    const found = await violationsOf(test.db, false);
    // A reset is neither an opening nor a result.
    expect(found.filter(({ name }) => name !== 'test.balance-is-opening-plus-realised')).toEqual([]);
  });
});
