/**
 * One signal's life after another on one symbol, through every path that writes: market and limit entry, fill, target,
 * close by hand, reversal, stop, cancel; a ladder with a safety order that goes to break-even and trails; a timed exit, an
 * expiry, a kill switch. Whatever dies on the way, the story must end as it ends undisturbed.
 * Keeps: each chapter waits for its effect, so that the end is the same for every follower each time; prices are fixed.
 */
import request from 'supertest';
import type { Person } from '../../factories/people.js';
import type { Market } from '../../servers/market.js';
import { eventually, type TestApplication } from '../../support/application.js';

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

export interface Chapter {
  readonly name: string;
  /** Where the market stands when the chapter begins. */
  readonly price: string;
  /** Where the market goes in this chapter, if it does. */
  readonly move?: string;
  readonly act?: (story: Story) => Promise<void>;
  /** True when the chapter's effect is there. */
  readonly isOver: (story: Story) => Promise<boolean>;
}

const LONG = { side: 'LONG', entry: 100, tp: [110, 130], sl: 92 };

/** Two entries, a safety order, break-even after the first target and a trailing stop after the second. */
const PLANNED = {
  side: 'LONG',
  entry: 112,
  tp: [120, 125, 140],
  sl: 100,
  plan: {
    entry: { kind: 'LADDER', prices: ['112', '110', '102'] },
    stop: {
      rules: [
        { action: 'BREAKEVEN', at_target: 1 },
        { action: 'BELOW_HIGHEST', at_target: 2, percent: '1' },
      ],
    },
    safety: { levels: 1, step_percent: '3' },
  },
};

/** Adding a chapter is adding an entry. */
export const CHAPTERS: readonly Chapter[] = [
  {
    name: 'market entry',
    price: '100',
    act: (story) => story.post('a', LONG),
    isOver: (story) => story.all('a', `'OPEN'`),
  },
  {
    name: 'limit entry',
    price: '103',
    act: (story) => story.post('b', LONG),
    isOver: (story) => story.all('b', `'PENDING'`),
  },
  { name: 'fill', price: '103', move: '99.5', isOver: (story) => story.all('b', `'OPEN'`) },
  {
    name: 'target',
    price: '108',
    move: '110.5',
    isOver: async (story) => (await story.all('a', `'PARTIAL'`)) && story.all('b', `'PARTIAL'`),
  },
  {
    name: 'close by hand',
    price: '108',
    act: (story) => story.closeByHand('a'),
    isOver: (story) => story.closedByHand('a'),
  },
  {
    name: 'reversal',
    price: '108',
    act: (story) => story.post('c', { side: 'SHORT', entry: 108, tp: [98], sl: 118 }),
    isOver: async (story) => (await story.none(['a', 'b'])) && story.all('c', `'OPEN'`),
  },
  { name: 'stop', price: '112', move: '119', isOver: (story) => story.all('c', `'STOPPED'`) },
  {
    name: 'cancel',
    price: '112',
    act: async (story) => {
      await story.post('d', { side: 'LONG', entry: 112, tp: [140], sl: 103 });
      await story.until(() => story.all('d', `'OPEN'`));
      await story.cancel('d');
    },
    isOver: (story) => story.all('d', `'CANCELLED'`),
  },
  {
    name: 'ladder',
    price: '112',
    act: (story) => story.post('e', PLANNED),
    isOver: (story) => story.all('e', `'OPEN'`),
  },
  {
    name: 'second entry and safety order',
    price: '112',
    move: '104.5',
    isOver: (story) => story.where('e', 'cardinality(array_positions(leg_filled, 0::numeric)) = 1'),
  },
  { name: 'break-even', price: '115', move: '120.5', isOver: (story) => story.where('e', 'stop_loss > 105') },
  { name: 'trail', price: '123', move: '125.5', isOver: (story) => story.where('e', 'trail_percent IS NOT NULL') },
  { name: 'trailing stop', price: '125', move: '123', isOver: (story) => story.all('e', `'STOPPED'`) },
  {
    name: 'timed exit',
    price: '123',
    act: (story) => story.post('f', { ...LONG, entry: 123, tp: [150], sl: 113, plan: { exit: { after: 1 } } }),
    isOver: (story) => story.where('f', `close_reason = 'TIME'`),
  },
  {
    name: 'expiry',
    price: '123',
    act: (story) =>
      story.post('g', {
        ...LONG,
        entry: 110,
        tp: [130, 150],
        sl: 101,
        plan: { entry: { kind: 'LIMIT', expires_after: 1 } },
      }),
    isOver: (story) => story.where('g', `close_reason = 'EXPIRED'`),
  },
  {
    name: 'kill switch',
    price: '123',
    act: async (story) => {
      await story.post('h', { ...LONG, entry: 123, tp: [150], sl: 113 });
      await story.until(() => story.all('h', `'OPEN'`));
      await story.flatten();
    },
    isOver: (story) => story.where('h', `close_reason = 'FLATTEN'`),
  },
  {
    name: 'end',
    price: '123',
    act: async (story) => {
      await story.clearSwitch();
      for (const name of ['a', 'b', 'e', 'f', 'g', 'h']) await story.cancel(name);
    },
    isOver: (story) => story.signalsEnded(),
  },
];

export class Story {
  readonly #signals = new Map<string, number>();
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

  /** The market returns to where it was before the move of the chapter: what was seen must not be forgotten. */
  calm(): void {
    if (this.#chapter?.move !== undefined) this.stage.market.set(this.symbol, this.#chapter.price);
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

  /** Asks until it is answered; that it is done already is an answer too. */
  async #ask(path: string, who: Person, body: object): Promise<void> {
    await eventually(async () => {
      const answer = await request(this.stage.test.app.getHttpServer()).post(path).set(who.auth).send(body);
      if (answer.status >= 500) throw new Error(`${path}: ${answer.status} ${answer.text}`);
      return true;
    }, CHAPTER_MS);
  }

  async closedByHand(name: string): Promise<boolean> {
    const sql = `SELECT 1 FROM positions WHERE signal_id = $1 AND user_id = $2 AND close_reason = 'MANUAL'`;
    return (await this.stage.test.db.first(sql, [this.#id(name), this.stage.person.id])) !== undefined;
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
      await request(this.stage.test.app.getHttpServer()).delete(path).set(this.stage.admin.auth);
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

  async signalsEnded(): Promise<boolean> {
    const sql = `SELECT count(*) AS n FROM signals WHERE id = ANY ($1) AND status IN ('NEW', 'OPENED', 'PARTIAL')`;
    return (await this.#count(sql, [this.signals])) === 0;
  }

  /**
   * What became of every follower, without ids and times: positions with their orders, fills and log, and decisions.
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

  /** What people are told, once nothing is under way. */
  async told(): Promise<unknown[]> {
    const ids = this.signals;
    const rows = await this.stage.test.db.query<{ signal_id: number; kind: string }>(
      'SELECT signal_id, kind FROM broadcast_messages WHERE signal_id = ANY ($1) ORDER BY id',
      [ids],
    );
    return rows.map(({ signal_id, kind }) => `${ids.indexOf(signal_id)} ${kind}`).sort();
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
    trim_scale(p.stop_loss)::text AS stop, trim_scale(p.trail_peak)::text AS peak, p.rules_fired, p.leg_filled::text AS legs,
    (SELECT count(*) FROM decisions d WHERE d.signal_id = p.signal_id AND d.user_id = p.user_id) AS decisions,
    (SELECT array_agg(concat_ws(' ', o.leg, o.type, o.status, trim_scale(o.qty), trim_scale(o.filled_qty)) ORDER BY o.leg)
       FROM orders o WHERE o.position_id = p.id AND o.leg NOT LIKE 'CLOSE%') AS orders,
    (SELECT array_agg(concat_ws(' ', f.effect, trim_scale(f.price), trim_scale(f.qty), trim_scale(f.fee)) ORDER BY f.id)
       FROM fills f WHERE f.position_id = p.id) AS fills,
    (SELECT array_agg(l.type ORDER BY l.id) FROM trade_log l WHERE l.position_id = p.id) AS log
  FROM positions p LEFT JOIN decisions d ON d.position_id = p.id WHERE p.signal_id = $1 ORDER BY p.user_id`;

const EVENTS = `
  SELECT array_agg(concat_ws(' ', e.type, e.target_index, trim_scale(e.price)) ORDER BY e.type, e.target_index) AS events,
    (SELECT status FROM signals WHERE id = $1) AS status
  FROM signal_events e WHERE e.signal_id = $1`;
