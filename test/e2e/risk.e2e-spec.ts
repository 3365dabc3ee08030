/**
 * Limits, gates and receipts in the whole application: what a follower sets is what their next signals are held against,
 * also when many arrive at once, and every stored decision can be derived again from what was stored with it.
 */
import request from 'supertest';
import type { SharedFacts } from '../../src/domain/risk/facts.js';
import { GATES, receiptOf } from '../../src/domain/risk/gates.js';
import { WorkQueue } from '../../src/platform/work/work-queue.js';
import { makeFollowers, makePerson, type Person } from '../factories/people.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';
import { postSignal } from '../support/signals.js';

interface Gate {
  name: string;
  code: string;
  verdict: string;
  input?: Record<string, unknown>;
  limit?: Record<string, unknown>;
  change?: { words: string; data: Record<string, unknown> } | null;
}

interface Decision {
  user_id: number;
  verdict: string;
  reason: string | null;
  detail: Record<string, unknown>;
  rules_version: number | null;
  gates: Gate[] | null;
}

let test: TestApplication;
let admin: Person;
let provider: Person;
let symbols = 0;

beforeAll(async () => {
  test = await startTestApplication({ env: { SIGNAL_REPEAT_SECONDS: '0' } });
  admin = await makePerson(test.app, { role: 'admin' });
  provider = await makePerson(test.app, { role: 'provider' });
});

afterAll(() => test.close());

const http = () => request(test.app.getHttpServer());
const fresh = () => `Q${(symbols += 1)}USDT`;

/** 10 USDT at 10x on 100: one coin, 100 USDT of notional, margin 10. */
const SIZES = { per_trade_usdt: '10', leverage: 10 };
const LONG = { side: 'LONG', entry: 100, tp: [110], sl: 95 };
const SHORT = { side: 'SHORT', entry: 100, tp: [90], sl: 105 };

const trader = () => makePerson(test.app, { autoTrade: true, settings: SIZES });

const post = (signal: object, who = admin) => postSignal(test, who, signal);

const put = (who: Person, body: object, status = 200) =>
  http().put(`/api/users/${who.id}/risk`).set(who.auth).send(body).expect(status);

const decisions = async (id: number, who: Person, query: object = {}) =>
  (await http().get(`/api/signals/${id}/decisions`).query(query).set(who.auth).expect(200)).body as {
    decisions: Decision[];
    next_after_user: number | null;
  };

const decision = (id: number, who: Person) => eventually(async () => (await decisions(id, who)).decisions[0]);

const reason = async (signal: object, who: Person) => {
  const { verdict, reason: code } = await decision(await post(signal), who);
  return code ?? verdict;
};

/** A position of its own symbol, opened and closed at `price`. */
async function finished(who: Person, symbol: string, price: number): Promise<void> {
  expect(await reason({ ...LONG, symbol }, who)).toBe('OPENED');
  test.feed.tick(symbol, price);
  const sql = `SELECT 1 AS done FROM positions WHERE user_id = $1 AND symbol = $2 AND closed_at IS NOT NULL`;
  await eventually(() => test.db.first(sql, [who.id, symbol]));
}

describe('limits of plans', () => {
  it('a plan’s concurrent trades count beside one’s own and the platform’s, at once, and the receipt says whose it is', async () => {
    const who = await trader();
    const plan = (concurrent_trades: number | null) =>
      http().put('/api/admin/plans/TRIAL').set(admin.auth).send({ concurrent_trades }).expect(200);
    await plan(1);
    try {
      expect(await reason({ ...LONG, symbol: fresh() }, who)).toBe('OPENED');
      const refused = await decision(await post({ ...LONG, symbol: fresh() }), who);
      expect(refused).toMatchObject({
        reason: 'MAX_CONCURRENT_TRADES',
        detail: { open: 1, tier: 'TRIAL', max_concurrent_trades: 1, limited_by: 'plan' },
      });
      expect(refused.gates?.find(({ name }) => name === 'concurrent_trades')).toMatchObject({
        limit: { max_concurrent_trades: 1, limited_by: 'plan' },
        change: { words: 'have the plan VIP', data: { tier: 'VIP' } },
      });
      await put(who, { max_concurrent_trades: 1 });
      const own = await decision(await post({ ...LONG, symbol: fresh() }), who);
      const line = own.gates?.find(({ name }) => name === 'concurrent_trades');
      expect(line?.change?.words).toBe('have the plan VIP and raise max_concurrent_trades to 2');
    } finally {
      await plan(null);
    }
  });
});

describe('limits on signals', () => {
  it('counts positions by symbol, side and source', async () => {
    const who = await trader();
    const symbol = fresh();
    await http().put(`/api/users/${who.id}/reversal`).set(who.auth).send({ auto_reversal_enabled: false });
    expect(await reason({ ...LONG, symbol }, who)).toBe('OPENED');
    await put(who, { max_per_symbol: 1 });
    expect(await reason({ ...LONG, symbol }, who)).toBe('MAX_PER_SYMBOL');
    await put(who, { max_per_symbol: null, max_per_direction: 1 });
    expect(await reason({ ...LONG, symbol: fresh() }, who)).toBe('MAX_PER_DIRECTION');
    expect(await reason({ ...SHORT, symbol: fresh() }, who)).toBe('OPENED');
    await put(who, { max_per_direction: null, max_per_source: 2 });
    expect(await reason({ ...LONG, symbol: fresh() }, who)).toBe('MAX_PER_SOURCE');
    const theirs = await post({ ...LONG, symbol: fresh() }, provider);
    expect(await decision(theirs, who)).toMatchObject({ verdict: 'OPENED' });
  });

  it('sums margin, exposure of a group, and what the stops would lose', async () => {
    const who = await trader();
    expect(await reason({ ...LONG, symbol: 'SOLUSDT' }, who)).toBe('OPENED');
    await put(who, { max_total_margin_usdt: '19.99' });
    expect(await reason({ ...LONG, symbol: 'AVAXUSDT' }, who)).toBe('MAX_TOTAL_MARGIN');
    await put(who, { max_total_margin_usdt: null, max_group_exposure_usdt: '150' });
    const exposed = await decision(await post({ ...LONG, symbol: 'AVAXUSDT' }), who);
    expect(exposed.gates?.find(({ name }) => name === 'group_exposure')).toEqual({
      name: 'group_exposure',
      code: 'MAX_GROUP_EXPOSURE',
      input: { group: 'layer1', group_net: '100', notional: '100' },
      limit: { max_group_exposure_usdt: '150' },
      verdict: 'REFUSED',
      change: { words: 'raise max_group_exposure_usdt to 200', data: { max_group_exposure_usdt: '200' } },
    });
    expect(await reason({ ...LONG, symbol: 'DOGEUSDT' }, who)).toBe('OPENED');
    await put(who, { exposure_groups: { pair: ['DOGE', 'AVAX'] } });
    expect(await reason({ ...LONG, symbol: 'AVAXUSDT' }, who)).toBe('MAX_GROUP_EXPOSURE');
    expect(await reason({ ...SHORT, symbol: 'NEARUSDT' }, who)).toBe('OPENED');
    // Three positions of one coin: 5 lost at the stop, taker fees on 95, 95 and 105.
    await put(who, { max_group_exposure_usdt: null, max_worst_case_loss_usdt: '20' });
    const worst = await decision(await post({ ...LONG, symbol: fresh() }), who);
    expect(worst).toMatchObject({
      reason: 'MAX_WORST_CASE_LOSS',
      detail: { open_risk: '15.1475', loss_at_stop: '5.0975', max_worst_case_loss_usdt: '20' },
    });
    await put(who, { max_worst_case_loss_usdt: '20.245' });
    expect(await reason({ ...LONG, symbol: fresh() }, who)).toBe('OPENED');
  });

  it('counts orders that still wait as if they had filled, and the whole margin where there is no stop', async () => {
    const who = await trader();
    const plan = { stop: { unit: 'NONE' }, safety: { levels: 1, step_percent: 1, size_multiplier: 2 } };
    await test.db.query('UPDATE user_settings SET plan = $2 WHERE user_id = $1', [
      who.id,
      JSON.stringify({ plan, caps: { allow_no_stop: true } }),
    ]);
    expect(await reason({ ...LONG, symbol: 'UNIUSDT' }, who)).toBe('OPENED');
    // One coin at 100 and 2.02 that wait at 99: margin 29.998, and 0.02 % of 199.98 when they fill.
    await put(who, { max_worst_case_loss_usdt: '60.18', max_group_exposure_usdt: '599' });
    const seen = await decision(await post({ ...LONG, symbol: 'AAVEUSDT' }), who);
    const refused = seen.gates?.filter(({ verdict }) => verdict === 'REFUSED').map(({ input }) => input);
    expect(refused).toEqual([
      { group: 'defi', group_net: '299.98', notional: '299.98' },
      { open_risk: '30.037996', loss_at_stop: '30.14799' },
    ]);
    await put(who, { max_worst_case_loss_usdt: '60.185986', max_group_exposure_usdt: '599.96' });
    expect(await reason({ ...LONG, symbol: 'AAVEUSDT' }, who)).toBe('OPENED');
  });

  it('rests a symbol after a close, longer after a loss, and everything after a losing streak', async () => {
    const who = await trader();
    const [won, lost] = [fresh(), fresh()];
    await finished(who, won, 110);
    await finished(who, lost, 94);
    for (const symbol of [won, lost]) test.feed.tick(symbol, 100);
    await put(who, { cooldown_after_loss_minutes: 5 });
    expect(await reason({ ...LONG, symbol: won }, who)).toBe('OPENED');
    expect(await reason({ ...LONG, symbol: lost }, who)).toBe('SYMBOL_COOLDOWN');
    await put(who, { cooldown_after_loss_minutes: null, cooldown_minutes: 5 });
    expect(await reason({ ...LONG, symbol: won }, who)).toBe('SYMBOL_COOLDOWN');
    await put(who, { cooldown_minutes: null, losing_streak_losses: 2, losing_streak_minutes: 5 });
    await finished(who, fresh(), 94);
    const locked = await decision(await post({ ...LONG, symbol: fresh() }), who);
    expect(locked).toMatchObject({ reason: 'LOSING_STREAK', detail: { losing_streak: 2, losing_streak_minutes: 5 } });
    await test.db.query(`UPDATE accounts SET last_loss_at = last_loss_at - interval '5 minutes' WHERE user_id = $1`, [
      who.id,
    ]);
    await finished(who, fresh(), 110);
    const counters = await test.db.first('SELECT losing_streak FROM accounts WHERE user_id = $1', [who.id]);
    expect(counters).toEqual({ losing_streak: 0 });
  });

  it('counts the day’s trades and losses, realised and open, and the fall from the peak', async () => {
    const who = await trader();
    await finished(who, fresh(), 94);
    // In at 100 and out at 94 with taker fees of 0.05 %: 6 + 0.05 + 0.047.
    const counters = `SELECT day_trades, trim_scale(day_realised) AS day_realised, trim_scale(drawdown) AS drawdown,
      trim_scale(day_start_balance) AS started, trim_scale(balance) AS balance, losing_streak, day_ends_at FROM accounts
      WHERE user_id = $1`;
    const row = await test.db.first<{ day_ends_at: Date }>(counters, [who.id]);
    expect(row).toMatchObject({
      day_trades: 1,
      day_realised: '-6.097',
      drawdown: '6.097',
      started: '10000',
      balance: '9993.903',
      losing_streak: 1,
    });
    expect(row?.day_ends_at.toISOString()).toMatch(/T00:00:00.000Z$/);
    await put(who, { max_daily_trades: 1 });
    expect(await reason({ ...LONG, symbol: fresh() }, who)).toBe('MAX_DAILY_TRADES');
    await put(who, { max_daily_trades: null, max_daily_loss_usdt: '6.097' });
    expect(await reason({ ...LONG, symbol: fresh() }, who)).toBe('DAILY_LOSS_LIMIT');
    await put(who, { max_daily_loss_usdt: null, max_daily_loss_percent: '0.06' });
    expect(await reason({ ...LONG, symbol: fresh() }, who)).toBe('DAILY_LOSS_LIMIT');
    await put(who, { max_daily_loss_percent: null, max_drawdown_percent: '0.06' });
    expect(await reason({ ...LONG, symbol: fresh() }, who)).toBe('MAX_DRAWDOWN');
    await put(who, { max_drawdown_percent: null, max_daily_loss_usdt: '8' });
    const symbol = fresh();
    expect(await reason({ ...LONG, symbol }, who)).toBe('OPENED');
    test.feed.tick(symbol, 98);
    const sql = 'SELECT 1 AS seen FROM market_prices WHERE symbol = $1 AND price = 98';
    await eventually(() => test.db.first(sql, [symbol]));
    const open = await decision(await post({ ...LONG, symbol: fresh() }), who);
    expect(open).toMatchObject({ reason: 'DAILY_LOSS_LIMIT', detail: { loss: '8.147', open_pnl: '-2' } });
    await test.db.query('UPDATE accounts SET day_ends_at = now() WHERE user_id = $1', [who.id]);
    expect(await reason({ ...LONG, symbol: fresh() }, who)).toBe('OPENED');
    expect(await test.db.first(counters, [who.id])).toMatchObject({
      day_trades: 1,
      day_realised: '-0.05',
      started: '9993.853',
      drawdown: '6.197',
    });
  });

  it('ends the day in the follower’s time zone, and UTC’s where the zone is unknown', async () => {
    const who = await trader();
    await put(who, { time_zone: 'Asia/Kolkata' });
    await finished(who, fresh(), 110);
    const sql = 'SELECT day_ends_at FROM accounts WHERE user_id = $1';
    const row = await test.db.first<{ day_ends_at: Date }>(sql, [who.id]);
    expect(row?.day_ends_at.toISOString()).toMatch(/T18:30:00.000Z$/);
    const ends = await test.db.first(
      `SELECT day_end('2026-03-29T00:30:00Z', 'Europe/Berlin') AS berlin, day_end('2026-03-29T00:30:00Z', 'No/Where') AS unknown,
         day_end('2026-03-29T00:30:00Z', NULL) AS unset`,
    );
    expect(ends).toEqual({
      berlin: new Date('2026-03-29T22:00:00Z'),
      unknown: new Date('2026-03-30T00:00:00Z'),
      unset: new Date('2026-03-30T00:00:00Z'),
    });
  });

  it('holds confidence and trading hours against a signal', async () => {
    const who = await trader();
    await put(who, { min_confidence: 60 });
    expect(await reason({ ...LONG, symbol: fresh(), confidence: 59 }, who)).toBe('CONFIDENCE_TOO_LOW');
    expect(await reason({ ...LONG, symbol: fresh(), confidence: 60 }, who)).toBe('OPENED');
    const days = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
    const today = days[new Date().getUTCDay()] ?? '';
    const farOff = days[(new Date().getUTCDay() + 3) % 7] ?? '';
    await put(who, { min_confidence: null, trading_hours: [{ days: [farOff], from: '00:00', to: '00:00' }] });
    expect(await reason({ ...LONG, symbol: fresh() }, who)).toBe('OUTSIDE_TRADING_HOURS');
    const tomorrow = days[(new Date().getUTCDay() + 1) % 7] ?? '';
    await put(who, { trading_hours: [{ days: [today, tomorrow], from: '00:00', to: '00:00' }] });
    expect(await reason({ ...LONG, symbol: fresh() }, who)).toBe('OPENED');
  });

  it('sees what a reversal has just freed and booked', async () => {
    const who = await trader();
    const symbol = fresh();
    expect(await reason({ ...LONG, symbol }, who)).toBe('OPENED');
    await put(who, { max_per_symbol: 1, max_worst_case_loss_usdt: '6' });
    expect(await reason({ ...SHORT, symbol }, who)).toBe('OPENED');
    await put(who, { max_daily_loss_usdt: '0.01', max_per_symbol: null, max_worst_case_loss_usdt: null });
    const turned = await decision(await post({ ...LONG, symbol }), who);
    expect(turned).toMatchObject({ reason: 'DAILY_LOSS_LIMIT', detail: { loss: '0.2', day_realised: '-0.2' } });
    const sql = `SELECT count(*) AS n FROM positions WHERE user_id = $1 AND status IN ('PENDING', 'OPEN', 'PARTIAL')`;
    expect(await test.db.first(sql, [who.id])).toEqual({ n: 0 });
  });

  it('never lets signals that arrive at once pass a limit', async () => {
    const first = await makeFollowers(test.db, 20, '10', 10);
    const last = first + 19;
    await test.db.query('UPDATE users SET auto_trade_enabled = false WHERE id BETWEEN $1 AND $2', [first, last]);
    await test.db.query(
      `UPDATE user_settings SET risk = '{"max_per_direction": 3, "max_group_exposure_usdt": "150"}' WHERE user_id >= $1`,
      [first],
    );
    const names = Array.from({ length: 30 }, fresh);
    const ids = await Promise.all(names.map((symbol) => post({ ...LONG, symbol })));
    const dispatched = `SELECT 1 FROM signals WHERE id = ANY ($1::bigint[]) AND status <> 'OPENED'`;
    await eventually(async () => (await test.db.first(dispatched, [ids])) === undefined);
    // The same followers for every signal, so that two pages at a time want the same accounts.
    await test.db.query('UPDATE users SET auto_trade_enabled = true WHERE id BETWEEN $1 AND $2', [first, last]);
    const pages = ids.map((id, index) => {
      const payload = { signal_id: id, symbol: names[index], refusal: null, from_user: first, to_user: last };
      return { queue: 'signal.page', key: `${id}:all`, payload };
    });
    await test.app.get(WorkQueue).enqueue(pages);
    const sql = `SELECT count(*) AS n FROM decisions WHERE signal_id = ANY ($1::bigint[]) AND user_id BETWEEN $2 AND $2 + 19`;
    await eventually(async () => (await test.db.first<{ n: number }>(sql, [ids, first]))?.n === 600, 25_000);
    const counts = await test.db.query(
      `SELECT verdict, reason, count(*) AS n, count(DISTINCT user_id) AS users FROM decisions
       WHERE signal_id = ANY ($1::bigint[]) AND user_id BETWEEN $2 AND $2 + 19 GROUP BY 1, 2 ORDER BY 1`,
      [ids, first],
    );
    expect(counts).toEqual([
      { verdict: 'OPENED', reason: null, n: 60, users: 20 },
      { verdict: 'REFUSED', reason: 'MAX_PER_DIRECTION', n: 540, users: 20 },
    ]);
  }, 40_000);
});

describe('receipts', () => {
  it('show followers their own, administrators all in pages, providers what refused but no figures', async () => {
    const [who, other] = [await trader(), await trader()];
    await put(who, { max_daily_trades: 5, cooldown_minutes: 5 });
    const id = await post({ ...LONG, symbol: fresh() });
    await decision(id, other);
    const own = await decision(id, who);
    expect(own.gates?.map(({ name }) => name)).toEqual(GATES.map(({ name }) => name));
    expect(own).toMatchObject({ user_id: who.id, verdict: 'OPENED', rules_version: 5 });
    expect(own.gates?.find(({ name }) => name === 'daily_trades')).toEqual({
      name: 'daily_trades',
      code: 'MAX_DAILY_TRADES',
      input: { day_trades: 0 },
      limit: { max_daily_trades: 5 },
      verdict: 'PASSED',
      change: null,
    });
    expect((await decisions(id, who)).decisions).toHaveLength(1);
    const page = await decisions(id, admin, { limit: 1, after_user: who.id - 1 });
    expect(page.decisions.map(({ user_id }) => user_id)).toEqual([who.id]);
    expect(page.decisions[0]?.gates).toEqual(own.gates);
    expect(page.next_after_user).toBe(who.id);
    const [seen] = (await decisions(id, provider, { limit: 1, after_user: who.id - 1 })).decisions;
    expect(seen).toMatchObject({ user_id: who.id, verdict: 'OPENED', detail: {} });
    expect(Object.keys(seen?.gates?.[0] ?? {}).sort()).toEqual(['code', 'name', 'verdict']);
    const one = await http().get(`/api/signals/${id}`).set(who.auth).expect(200);
    expect((one.body as { signal: { decision: Decision } }).signal.decision).toEqual(own);
  });

  it('are counted by verdict and reason for staff', async () => {
    const who = await trader();
    await put(who, { min_confidence: 100 });
    const id = await post({ ...LONG, symbol: fresh(), confidence: 10 });
    await decision(id, who);
    const pages = `SELECT 1 FROM work_items WHERE queue = 'signal.page' AND state = 'open' AND key LIKE $1`;
    await eventually(async () => (await test.db.first(pages, [`${id}:%`])) === undefined);
    const path = `/api/signals/${id}/decisions/summary`;
    const { total, counts } = (await http().get(path).set(provider.auth).expect(200)).body as {
      total: number;
      counts: { verdict: string; reason: string | null; count: number }[];
    };
    const reasons = await test.db.query<{ reason: string | null }>(
      'SELECT reason FROM decisions WHERE signal_id = $1',
      [id],
    );
    expect(total).toBe(reasons.length);
    const low = reasons.filter((row) => row.reason === 'CONFIDENCE_TOO_LOW').length;
    expect(counts).toContainEqual({ verdict: 'REFUSED', reason: 'CONFIDENCE_TOO_LOW', count: low });
    expect(low).toBeGreaterThan(0);
    await http().get(path).set(who.auth).expect(403);
    await http().get('/api/signals/999999/decisions/summary').set(admin.auth).expect(404);
  });

  it('say for every decision in the database what was decided', async () => {
    const rows = await test.db.query<{
      signal_id: number;
      user_id: number;
      verdict: string;
      reason: string | null;
      rules_version: number;
      facts: unknown;
      context: SharedFacts;
      created_at: Date;
    }>(
      `SELECT d.signal_id, d.user_id, d.verdict, d.reason, d.rules_version, d.facts, d.created_at, c.context
       FROM decisions d JOIN decision_contexts c ON c.id = d.context_id`,
    );
    const total = await test.db.first<{ n: number }>('SELECT count(*) AS n FROM decisions');
    expect(rows).toHaveLength(total?.n ?? 0);
    expect(new Set(rows.map(({ reason: code }) => code)).size).toBeGreaterThan(12);
    const different = rows.filter((row) => {
      const receipt = receiptOf(row.rules_version, row.context, row.facts, row.created_at);
      return receipt?.verdict !== row.verdict || receipt.reason !== row.reason;
    });
    expect(different).toEqual([]);
    // One for each way in which followers trade it (one of them has a plan without a stop), but for signals that the
    // market ended while followers still waited for their page.
    const contexts = `SELECT signal_id FROM decision_contexts WHERE context ->> 'refusal' IS NULL
      GROUP BY signal_id, context ->> 'stop_loss' HAVING count(*) > 1`;
    expect(await test.db.query(contexts)).toEqual([]);
  });
});
