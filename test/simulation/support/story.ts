/**
 * One signal's life after another on one symbol, through every path that writes: market and limit entry, fill, target,
 * close by hand, reversal, stop, cancel; a ladder with a safety order that goes to break-even and trails; a timed exit, an
 * expiry, a kill switch; funding and a liquidation. Whatever dies on the way, the story must end as it ends undisturbed.
 * Keeps: each chapter waits for its effect, so that the end is the same for every follower each time; prices are fixed.
 */
import request from 'supertest';
import { FUNDING_QUEUE } from '../../../src/modules/paper/paper-jobs.service.js';
import { CROSSING_QUEUE } from '../../../src/modules/trading/triggers/crossings.repository.js';
import { WorkQueue } from '../../../src/platform/work/work-queue.js';
import type { Person } from '../../factories/people.js';
import type { Market } from '../../servers/market.js';
import { eventually, type TestApplication } from '../../support/application.js';
import { type Chapter, CHAPTERS, type Teller } from './chapters.js';

/** Long, because every place of a chapter may be armed in it, and each costs a boot. */
const CHAPTER_MS = 150_000;
const LIVE = `('PENDING', 'OPEN', 'PARTIAL')`;

export interface Stage {
  readonly test: TestApplication;
  readonly market: Market;
  readonly admin: Person;
  /** A follower who closes by hand. */
  readonly person: Person;
  /** All followers, that person included. */
  readonly followers: number;
  /** Where signals are posted: the address of an API, or undefined for the one in this process. */
  readonly api: () => Promise<string | undefined>;
}

/** The venue of the story: with funding and liquidation, and as good as no cost of size, so that its prices are round. */
export const STORY_VENUE = {
  PAPER_REALISM: 'basic',
  PAPER_HALF_SPREAD_BPS: '0,0,0',
  PAPER_DEPTH_USDT: '999999999999,999999999999,999999999999',
};

export class Story implements Teller {
  readonly #signals = new Map<string, number>();
  #fundingAt: Date | undefined;
  #chapter: Chapter | undefined;

  constructor(
    private readonly stage: Stage,
    readonly symbol: string,
  ) {}

  get signals(): readonly number[] {
    return [...this.#signals.values()];
  }

  async tell(): Promise<void> {
    for (const chapter of CHAPTERS) {
      this.#chapter = chapter;
      this.stage.market.set(this.symbol, chapter.price);
      await chapter.act?.(this);
      if (chapter.move !== undefined) this.stage.market.set(this.symbol, chapter.move);
      try {
        await this.until(() => chapter.isOver(this));
      } catch (error) {
        throw new Error(`the chapter "${chapter.name}" of ${this.symbol} did not end`, { cause: error });
      }
    }
    this.stage.market.forget(this.symbol);
  }

  /**
   * The market returns to where it was before the move of the chapter: what was noted must not be forgotten. A move that was
   * not noted stands: whoever died had been at an earlier one.
   */
  async calm(): Promise<void> {
    const { move, price } = this.#chapter ?? {};
    if (move === undefined || price === undefined) return;
    const noted = `SELECT count(*) AS n FROM work_items
      WHERE queue = $1 AND payload ->> 'symbol' = $2 AND (payload ->> 'price')::numeric = $3`;
    if ((await this.#count(noted, [CROSSING_QUEUE, this.symbol, move])) > 0) this.stage.market.set(this.symbol, price);
  }

  async until(isTrue: () => Promise<boolean>): Promise<void> {
    await eventually(isTrue, CHAPTER_MS);
  }

  /** Posts until it is answered; the key makes all tries one. */
  async post(name: string, signal: object): Promise<void> {
    const key = `${this.symbol}-${name}`;
    let refusal: string | undefined;
    await eventually(async () => {
      const target = (await this.stage.api()) ?? this.stage.test.app.getHttpServer();
      const answer = await request(target)
        .post('/api/signals')
        .set(this.stage.admin.auth)
        .set('Idempotency-Key', key)
        .send({ ...signal, symbol: this.symbol });
      if (answer.status >= 500) throw new Error(`${answer.status} ${answer.text}`);
      if (answer.status >= 300) refusal = `${answer.status} ${answer.text}`;
      this.#signals.set(name, (answer.body as { signal_id: number }).signal_id);
      return true;
    }, CHAPTER_MS);
    if (refusal !== undefined) throw new Error(`${key}: ${refusal}`);
  }

  cancel(name: string): Promise<void> {
    return this.#ask('/api/signals/cancel', this.stage.admin, { signal_id: this.#id(name) });
  }

  async closeByHand(name: string): Promise<void> {
    const row = await eventually(() =>
      this.stage.test.db.first<{ id: number }>('SELECT id FROM positions WHERE signal_id = $1 AND user_id = $2', [
        this.#id(name),
        this.stage.person.id,
      ]),
    );
    await this.#ask('/api/positions/close', this.stage.person, { position_id: row.id });
  }

  /** Asks until it is answered; that it is done already is an answer too (409), and no other refusal is. */
  async #ask(path: string, who: Person, body: object): Promise<void> {
    const answer = await eventually(async () => {
      const tried = await request(this.stage.test.app.getHttpServer()).post(path).set(who.auth).send(body);
      if (tried.status >= 500) throw new Error(`${path}: ${tried.status} ${tried.text}`);
      return tried;
    }, CHAPTER_MS);
    if (answer.status >= 300 && answer.status !== 409) throw new Error(`${path}: ${answer.status} ${answer.text}`);
  }

  async closedByHand(name: string): Promise<boolean> {
    const sql = `SELECT 1 FROM positions WHERE signal_id = $1 AND user_id = $2 AND close_reason = 'MANUAL'`;
    return (await this.stage.test.db.first(sql, [this.#id(name), this.stage.person.id])) !== undefined;
  }

  /** Funding of this moment, at a rate and price of its own: what the market's last price was is not the same each time. */
  async charge(): Promise<void> {
    const { db, app } = this.stage.test;
    const at = (this.#fundingAt ??= new Date());
    await db.query(
      `INSERT INTO funding_rates (funding_at, symbol, rate_percent, price) VALUES ($1, $2, 0.01, 103) ON CONFLICT DO NOTHING`,
      [at, this.symbol],
    );
    await app
      .get(WorkQueue)
      .enqueue([{ queue: FUNDING_QUEUE, key: at.toISOString(), payload: { at: at.toISOString() } }]);
  }

  /** A second round comes a minute later, for what was being stored at the time. Here that was nothing: it is let go. */
  async settleFunding(): Promise<void> {
    await this.stage.test.db.query(
      `UPDATE work_items SET state = 'done', finished_at = now(), leased_by = NULL WHERE queue = $1 AND key = $2`,
      [FUNDING_QUEUE, this.#fundingAt?.toISOString()],
    );
  }

  /** Throws a switch that closes everything on the symbol. */
  flatten(): Promise<void> {
    return this.#ask('/api/safety/switches', this.stage.admin, this.#switch('flatten'));
  }

  /** Clears it once it has closed everything. */
  async clearSwitch(): Promise<void> {
    const find = (condition: string) =>
      this.stage.test.db.first<{ id: number }>(`SELECT id FROM safety_switches WHERE value = $1 AND ${condition}`, [
        this.symbol,
      ]);
    await eventually(() => find('flatten_done_at IS NOT NULL'), CHAPTER_MS);
    await eventually(async () => {
      const active = await find('cleared_at IS NULL');
      if (active === undefined) return true;
      const path = `/api/safety/switches/${active.id}`;
      const answer = await request(this.stage.test.app.getHttpServer()).delete(path).set(this.stage.admin.auth);
      if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.text}`);
      return false;
    }, CHAPTER_MS);
  }

  #switch(mode: string): object {
    return { scope: 'symbol', value: this.symbol, mode, reason: 'the story', confirm: 'KILL' };
  }

  /** Whether every follower's position of the signal has this status. */
  all(name: string, status: string): Promise<boolean> {
    return this.where(name, `status = ${status}`);
  }

  /** Whether this holds of every follower's position of the signal. */
  async where(name: string, condition: string): Promise<boolean> {
    const sql = `SELECT count(*) AS n FROM positions WHERE signal_id = $1 AND ${condition}`;
    return (await this.#count(sql, [this.#id(name)])) === this.stage.followers;
  }

  /** Whether nobody holds anything of these signals any more. */
  async none(names: readonly string[]): Promise<boolean> {
    const ids = names.map((name) => this.#id(name));
    return (
      (await this.#count(`SELECT count(*) AS n FROM positions WHERE signal_id = ANY ($1) AND status IN ${LIVE}`, [
        ids,
      ])) === 0
    );
  }

  /** Whether the platform has seen the market there. */
  async stands(price: string): Promise<boolean> {
    const sql = 'SELECT count(*) AS n FROM market_prices WHERE symbol = $1 AND price = $2';
    return (await this.#count(sql, [this.symbol, price])) === 1;
  }

  async signalsEnded(): Promise<boolean> {
    const sql = `SELECT count(*) AS n FROM signals WHERE id = ANY ($1) AND status IN ('NEW', 'OPENED', 'PARTIAL')`;
    return (await this.#count(sql, [this.signals])) === 0;
  }

  /**
   * What became of every follower, without ids and times: positions with their orders, fills, log and ledger, and decisions.
   * Two tellings of the story are equal when these are.
   */
  async outcome(): Promise<unknown[]> {
    const rows: unknown[] = [];
    for (const [name, id] of this.#signals) {
      rows.push([name, await this.stage.test.db.query(OUTCOME, [id])]);
      rows.push([name, await this.stage.test.db.query(EVENTS, [id])]);
    }
    return rows;
  }

  /** What people are told and to whom it went, once nothing is under way. */
  async told(): Promise<unknown[]> {
    const ids = this.signals;
    const waiting = `SELECT count(*) AS n FROM broadcast_messages m JOIN deliveries d ON d.message_id = m.id
      WHERE m.signal_id = ANY ($1) AND d.status = 'PENDING'`;
    await this.until(async () => (await this.#count(waiting, [ids])) === 0);
    const rows = await this.stage.test.db.query<{ signal_id: number; kind: string; sent: string[] | null }>(TOLD, [
      ids,
    ]);
    return rows.map(({ signal_id, kind, sent }) => `${ids.indexOf(signal_id)} ${kind} ${sent?.join(', ')}`).sort();
  }

  #id(name: string): number {
    return this.#signals.get(name) ?? 0;
  }

  async #count(sql: string, params: readonly unknown[]): Promise<number> {
    return (await this.stage.test.db.first<{ n: number }>(sql, params))?.n ?? 0;
  }
}

const OUTCOME = `
  SELECT p.user_id, d.verdict, p.side, p.status, p.close_reason, p.entry_type, trim_scale(p.qty)::text AS qty,
    trim_scale(p.entry_price)::text AS entry, trim_scale(p.exit_price)::text AS exit, trim_scale(p.realised_pnl)::text AS pnl,
    trim_scale(p.margin)::text AS margin, trim_scale(p.fees)::text AS fees, trim_scale(p.funding)::text AS funding,
    trim_scale(p.stop_loss)::text AS stop, trim_scale(p.trail_peak)::text AS peak, p.rules_fired, p.leg_filled::text AS legs,
    (SELECT count(*) FROM decisions d WHERE d.signal_id = p.signal_id AND d.user_id = p.user_id) AS decisions,
    (SELECT array_agg(concat_ws(' ', o.leg, o.type, o.status, trim_scale(o.qty), trim_scale(o.filled_qty)) ORDER BY o.leg)
       FROM orders o WHERE o.position_id = p.id AND o.leg NOT LIKE 'CLOSE%') AS orders,
    (SELECT array_agg(concat_ws(' ', f.effect, trim_scale(f.price), trim_scale(f.qty), trim_scale(f.fee)) ORDER BY f.id)
       FROM fills f WHERE f.position_id = p.id) AS fills,
    (SELECT array_agg(l.type ORDER BY l.id) FROM trade_log l WHERE l.position_id = p.id) AS log,
    (SELECT array_agg(concat_ws(' ', l.cause, trim_scale(l.cash), trim_scale(l.margin), trim_scale(l.fees), trim_scale(l.funding),
       trim_scale(l.realised), trim_scale(l.deposits), trim_scale(l.liquidation)) ORDER BY l.id)
       FROM ledger_transactions l WHERE l.position_id = p.id) AS ledger
  FROM positions p LEFT JOIN decisions d ON d.position_id = p.id WHERE p.signal_id = $1 ORDER BY p.user_id`;

const EVENTS = `
  SELECT array_agg(concat_ws(' ', e.type, e.target_index, trim_scale(e.price)) ORDER BY e.type, e.target_index) AS events,
    (SELECT status FROM signals WHERE id = $1) AS status
  FROM signal_events e WHERE e.signal_id = $1`;

const TOLD = `
  SELECT m.signal_id, m.kind,
    array_agg(concat_ws(' ', d.channel, d.target, d.status) ORDER BY d.channel, d.target) FILTER (WHERE d.id IS NOT NULL) AS sent
  FROM broadcast_messages m LEFT JOIN deliveries d ON d.message_id = m.id WHERE m.signal_id = ANY ($1) GROUP BY m.id`;
