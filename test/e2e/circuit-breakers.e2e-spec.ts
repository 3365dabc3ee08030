/**
 * Circuit breakers on a whole application whose clock the test moves: they trip on losses, cool off, let a signal in on
 * trial and close or open again; the platform's too, and its drawdown.
 */
import request from 'supertest';
import { ManualClock } from '../../src/platform/clock/manual-clock.js';
import { Logger } from '../../src/platform/logging/logger.js';
import { WorkRunner } from '../../src/platform/work/work-runner.js';
import { SafetyWorkers } from '../../src/modules/safety/safety.workers.js';
import { makePerson, neverAskAgain, type Person } from '../factories/people.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';
import { postSignal, tickThrough } from '../support/signals.js';

const MINUTE = 60_000;
const BIG = { per_trade_usdt: '1000', leverage: 5 };

let symbols = 0;

/** An application with a follower, and what can be done with them. */
class Stage {
  readonly clock = new ManualClock(new Date());
  test: TestApplication;
  admin: Person;
  ada: Person;

  async start(env: Record<string, string>): Promise<this> {
    this.test = await startTestApplication({
      env: { SIGNAL_REPEAT_SECONDS: '0', ACCESS_TOKEN_SECONDS: '86400', ...env },
      parts: { platform: { clock: this.clock, logger: Logger.silent() } },
    });
    this.admin = await makePerson(this.test.app, { role: 'admin' });
    await neverAskAgain(this.test.db, this.admin);
    this.ada = await makePerson(this.test.app, { autoTrade: true, settings: BIG });
    return this;
  }

  http() {
    return request(this.test.app.getHttpServer());
  }

  async post(signal: object = {}): Promise<{ id: number; symbol: string }> {
    const symbol = `B${(symbols += 1)}USDT`;
    const body = { symbol, side: 'LONG', entry: 3000, tp: [3300], sl: 2700, ...signal };
    return { id: await postSignal(this.test, this.admin, body), symbol };
  }

  decision(signalId: number, who = this.ada) {
    return eventually(() =>
      this.test.db.first<{ verdict: string; reason: string | null; detail: Record<string, unknown> }>(
        'SELECT verdict, reason, detail FROM decisions WHERE signal_id = $1 AND user_id = $2',
        [signalId, who.id],
      ),
    );
  }

  tick(symbol: string, price: number): Promise<void> {
    return tickThrough(this.test, symbol, price);
  }

  /** One trade from entry to its end at `price`; its results are judged when this returns. */
  async trade(price: number): Promise<void> {
    const { id, symbol } = await this.post();
    expect(await this.decision(id)).toMatchObject({ verdict: 'OPENED' });
    await this.end(symbol, price);
  }

  async end(symbol: string, price: number): Promise<void> {
    this.clock.advance(1_000);
    await this.tick(symbol, price);
    await this.judged();
  }

  async judged(): Promise<void> {
    const open = `SELECT count(*) AS n FROM work_items WHERE queue IN ('safety.results', 'safety.platform') AND state = 'open'`;
    await eventually(async () => {
      this.clock.advance(1_000);
      this.test.app.get(WorkRunner).sweep();
      return (await this.test.db.first<{ n: number }>(open))?.n === 0;
    });
  }

  async breakers(who = this.ada) {
    const answer = await this.http().get('/api/safety/breakers').set(who.auth).expect(200);
    return (answer.body as { breakers: { scope: string; state: string; reason: string | null; account_id: number }[] })
      .breakers;
  }

  async status() {
    return (await this.http().get('/api/safety/status').expect(200)).body as {
      trading_allowed: boolean;
      circuit_breaker: Record<string, unknown>;
    };
  }
}

describe('an account’s breaker', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await new Stage().start({ BREAKER_LOSSES_IN_A_ROW: '3', BREAKER_COOLOFF_MINUTES: '60' });
  });

  afterAll(() => stage.test.close());

  const blocked = async (signalId: number) =>
    expect(await stage.decision(signalId)).toMatchObject({
      reason: 'CIRCUIT_BREAKER',
      detail: { scope: 'account' },
    });

  it('opens at the third loss in a row, not before, and for that account alone', async () => {
    await stage.trade(2700);
    await stage.trade(2700);
    await stage.trade(3300);
    await stage.trade(2700);
    await stage.trade(2700);
    await stage.trade(2700);
    const bob = await makePerson(stage.test.app, { autoTrade: true, settings: BIG });
    const { id } = await stage.post();
    await blocked(id);
    expect(await stage.decision(id)).toMatchObject({ detail: { reason: 'LOSING_STREAK' } });
    expect(await stage.decision(id, bob)).toMatchObject({ verdict: 'OPENED' });
    expect(await stage.breakers()).toMatchObject([{ scope: 'account', state: 'open', reason: 'LOSING_STREAK' }]);
    expect(await stage.breakers(bob)).toEqual([]);
    await stage.test.db.query('UPDATE users SET auto_trade_enabled = false WHERE id = $1', [bob.id]);
    const audit = await stage.test.db.query(`SELECT 1 FROM audit_events WHERE action = 'safety.breaker.open'`);
    expect(audit).toHaveLength(1);
  });

  it('after the cool-off lets one signal in on trial; its loss opens it again', async () => {
    stage.clock.advance(50 * MINUTE);
    await blocked((await stage.post()).id);
    stage.clock.advance(10 * MINUTE);
    const probe = await stage.post();
    expect(await stage.decision(probe.id)).toMatchObject({ verdict: 'OPENED' });
    await blocked((await stage.post()).id);
    expect(await stage.breakers()).toMatchObject([{ state: 'half_open', admitted: 1 }]);
    await stage.end(probe.symbol, 2700);
    expect(await stage.breakers()).toMatchObject([{ state: 'open', reason: 'HALF_OPEN_LOSS' }]);
    await blocked((await stage.post()).id);
  });

  it('a trial that ends without a result makes room for another', async () => {
    const follows = (plan: object) =>
      stage.http().put(`/api/users/${stage.ada.id}/trade-plan`).set(stage.ada.auth).send({ plan }).expect(200);
    await follows({ entry: { kind: 'BREAKOUT', prices: ['3100'], expires_after: 60 } });
    stage.clock.advance(61 * MINUTE);
    const lapsing = await stage.post();
    expect(await stage.decision(lapsing.id)).toMatchObject({ verdict: 'OPENED' });
    await blocked((await stage.post()).id);
    // Whoever waits, waits by this clock.
    await eventually(async () => {
      stage.clock.advance(2_000);
      const sql = 'SELECT status FROM positions WHERE signal_id = $1';
      return (await stage.test.db.first<{ status: string }>(sql, [lapsing.id]))?.status === 'CANCELLED';
    });
    await follows({});
    const next = await stage.post();
    expect(await stage.decision(next.id)).toMatchObject({ verdict: 'OPENED' });
    await blocked((await stage.post()).id);
    await stage.end(next.symbol, 2700);
    expect(await stage.breakers()).toMatchObject([{ state: 'open', reason: 'HALF_OPEN_LOSS' }]);
  });

  it('a profit on trial closes it, and the losses before do not count any more', async () => {
    stage.clock.advance(61 * MINUTE);
    await stage.trade(3300);
    expect(await stage.breakers()).toMatchObject([{ state: 'closed', reason: null }]);
    await stage.trade(2700);
    await stage.trade(2700);
    expect(await stage.decision((await stage.post()).id)).toMatchObject({ verdict: 'OPENED' });
  });

  it('is reset by administrators, who are told that it had opened', async () => {
    await stage.trade(2700);
    const [open] = await stage.breakers();
    expect(open?.state).toBe('open');
    const body = { scope: 'account', account_id: open?.account_id };
    const reset = () => stage.http().post('/api/safety/breakers/reset').set(stage.admin.auth).send(body).expect(200);
    expect((await reset()).body).toEqual({ ok: true, changed: true });
    expect((await reset()).body).toEqual({ ok: true, changed: false });
    await stage.trade(3300);
    const unknown = { scope: 'account', account_id: 999_999 };
    await stage.http().post('/api/safety/breakers/reset').set(stage.admin.auth).send(unknown).expect(404);
    await stage.http().post('/api/safety/breakers/reset').set(stage.admin.auth).send({ scope: 'account' }).expect(400);
    const told = await stage.test.db.query<{ text: string }>(
      `SELECT content ->> 'text' AS text FROM broadcast_messages WHERE kind = 'SAFETY' ORDER BY id`,
    );
    expect(told[0]?.text).toContain('Circuit breaker of 1 account(s) opened');
  });

  it('can be derived again: what is stored is what the closed positions say', async () => {
    await stage.trade(2700);
    await stage.trade(2700);
    await stage.trade(2700);
    expect(await stage.breakers()).toMatchObject([{ state: 'open' }]);
    await stage.test.db.query('DELETE FROM circuit_breakers');
    const account = await stage.test.db.first<{ id: number }>('SELECT id FROM accounts WHERE user_id = $1', [
      stage.ada.id,
    ]);
    await stage.test.db.query(
      `INSERT INTO work_items (queue, key, payload, available_at, created_at)
       VALUES ('safety.results', 'again', $1, '-infinity', now())`,
      [JSON.stringify({ lost: [account?.id], others: [] })],
    );
    await stage.judged();
    expect(await stage.breakers()).toMatchObject([{ state: 'open', reason: 'LOSING_STREAK' }]);
  });
});

describe('rapid losses', () => {
  it('trip at ten percent of the balance within the window, and not when they are spread', async () => {
    const stage = await new Stage().start({ BREAKER_LOSS_PERCENT: '10', BREAKER_WINDOW_MINUTES: '60' });
    try {
      // 5,000 USDT fall by 10 %: 500 and fees, about 5 % of 10,000.
      await stage.trade(2700);
      stage.clock.advance(61 * MINUTE);
      await stage.trade(2700);
      expect(await stage.breakers()).toEqual([]);
      await stage.trade(2700);
      expect(await stage.breakers()).toMatchObject([{ state: 'open', reason: 'LOSS_PERCENT' }]);
    } finally {
      await stage.test.close();
    }
  });
});

describe('the platform’s breaker', () => {
  it('counts losing signals, not positions; halts everybody; lets one signal in on trial for all', async () => {
    const stage = await new Stage().start({ BREAKER_PLATFORM_LOSSES_IN_A_ROW: '2', BREAKER_COOLOFF_MINUTES: '30' });
    try {
      const bob = await makePerson(stage.test.app, { autoTrade: true, settings: BIG });
      await stage.trade(2700);
      expect((await stage.status()).circuit_breaker).toMatchObject({ active: false });
      await stage.trade(2700);
      await eventually(async () => !(await stage.status()).trading_allowed);
      expect((await stage.status()).circuit_breaker).toMatchObject({ active: true, state: 'open' });
      const refused = await stage.post();
      for (const who of [stage.ada, bob]) {
        expect(await stage.decision(refused.id, who)).toMatchObject({
          reason: 'CIRCUIT_BREAKER',
          detail: { scope: 'platform', reason: 'LOSING_STREAK' },
        });
      }
      stage.clock.advance(31 * MINUTE);
      const probe = await stage.post();
      for (const who of [stage.ada, bob]) {
        expect(await stage.decision(probe.id, who)).toMatchObject({ verdict: 'OPENED' });
      }
      expect(await stage.decision((await stage.post()).id)).toMatchObject({ reason: 'CIRCUIT_BREAKER' });
      await stage.end(probe.symbol, 3300);
      expect(await stage.decision((await stage.post()).id)).toMatchObject({ verdict: 'OPENED' });
    } finally {
      await stage.test.close();
    }
  }, 60_000);
});

describe('the platform’s drawdown', () => {
  it('halts at its limit from the peak of a day, open losses included, until it is reset; deposits move nothing', async () => {
    const stage = await new Stage().start({ BREAKER_PLATFORM_DRAWDOWN_PERCENT: '20' });
    const measure = async () => {
      stage.clock.advance(MINUTE);
      await stage.test.app.get(SafetyWorkers).measure();
      const row = await stage.test.db.first<{ equity: string; index: string }>(
        'SELECT equity, index FROM equity_points ORDER BY at DESC LIMIT 1',
      );
      return { equity: Number(row?.equity), index: Number(row?.index) };
    };
    const priced = (symbol: string, price: number) =>
      eventually(async () => {
        stage.clock.advance(500);
        const row = await stage.test.db.first<{ price: string }>('SELECT price FROM market_prices WHERE symbol = $1', [
          symbol,
        ]);
        return Number(row?.price) === price;
      });
    try {
      await stage.test.db.query('UPDATE accounts SET balance = 0 WHERE user_id <> $1', [stage.ada.id]);
      expect(await measure()).toEqual({ equity: 10_000, index: 1 });
      await stage.test.db.query('UPDATE accounts SET balance = 20000 WHERE user_id = $1', [stage.ada.id]);
      expect(await measure()).toEqual({ equity: 20_000, index: 1 });
      await stage.test.db.query('UPDATE accounts SET balance = 10000 WHERE user_id = $1', [stage.ada.id]);
      expect(await measure()).toEqual({ equity: 10_000, index: 1 });
      await stage.test.db.query(`UPDATE user_settings SET per_trade_usdt = '4000' WHERE user_id = $1`, [stage.ada.id]);
      const first = await stage.post({ sl: 2000 });
      expect(await stage.decision(first.id)).toMatchObject({ verdict: 'OPENED' });
      await stage.tick(first.symbol, 2760);
      await priced(first.symbol, 2760);
      const down = await measure();
      // 20,000 USDT fall by 8 %: 1,600 and the entry's fee of 10.
      expect(down.equity).toBeCloseTo(8_390, 0);
      expect(down.index).toBeCloseTo(0.839, 3);
      expect((await stage.status()).trading_allowed).toBe(true);
      await stage.tick(first.symbol, 2670);
      await priced(first.symbol, 2670);
      await measure();
      await eventually(async () => !(await stage.status()).trading_allowed);
      expect((await stage.status()).circuit_breaker).toMatchObject({ state: 'open', reason: 'DRAWDOWN', until: null });
      stage.clock.advance(3 * 60 * MINUTE);
      expect(await stage.decision((await stage.post()).id)).toMatchObject({
        reason: 'CIRCUIT_BREAKER',
        detail: { scope: 'platform', reason: 'DRAWDOWN' },
      });
      const body = { scope: 'platform' };
      await stage.http().post('/api/safety/breakers/reset').set(stage.admin.auth).send(body).expect(200);
      await measure();
      const seen = eventually(async () => (await stage.status()).trading_allowed);
      expect(await seen).toBe(true);
    } finally {
      await stage.test.close();
    }
  }, 60_000);
});
