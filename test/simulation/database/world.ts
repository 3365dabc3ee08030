/**
 * The same commands on the real product: an API and two workers on a real PostgreSQL, behind a proxy that misbehaves.
 * Keeps: faults are the proxy's; what a command may be refused for is not looked at here, only what is stored at the end.
 */
import request from 'supertest';
import { makePerson, neverAskAgain, type Person } from '../../factories/people.js';
import { crossSlack, isUsedUp } from '../../../src/domain/margin/cross.js';
import { crossAccountOf } from '../../../src/domain/position/account-liquidation.js';
import { onPrice } from '../../../src/domain/position/on-price.js';
import type { PositionState } from '../../../src/domain/position/position.js';
import type { Realism } from '../../../src/domain/paper/fill-model.js';
import { Decimal } from '../../../src/domain/money/decimal.js';
import { CrossAccountsRepository } from '../../../src/modules/positions/cross-accounts.repository.js';
import { PositionChanges } from '../../../src/modules/trading/changes/position-changes.service.js';
import { PositionStateRepository } from '../../../src/modules/trading/changes/position-state.repository.js';
import { TcpProxy } from '../../servers/tcp-proxy.js';
import { startTestApplication, type TestApplication } from '../../support/application.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import type { Command, Commands } from '../model/commands.js';
import { marketOf, MARKETS, moved, postOf, symbolOf, textOf } from '../model/markets.js';
import { pressedPrices } from '../model/press.js';

const USERS = 4;

/** What followers say of plans themselves: two allow cross margin, one of them asks for it. */
const USER_PLANS = [
  {},
  {},
  { plan: { margin: { mode: 'CROSS' } }, caps: { allow_cross_margin: true } },
  { caps: { allow_cross_margin: true } },
];

/** Commands that mean "let it work" in memory: here work goes on by itself, and gets a moment. */
const MOMENT_MS = 15;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

interface Posted {
  readonly body: object;
  readonly key: string;
  id: number | undefined;
}

export class DatabaseWorld {
  readonly #prices = new Map<string, bigint>(MARKETS.map(({ symbol, start }) => [symbol, start]));
  readonly #posted: Posted[] = [];
  readonly #asking = new Set<Promise<unknown>>();
  /** Answers that no client should get. */
  readonly faults: string[] = [];
  #closes = 0;
  #ticks = 0;

  private constructor(
    readonly api: TestApplication,
    private readonly workers: readonly TestApplication[],
    private readonly proxy: TcpProxy,
    private readonly database: TestDatabase,
    private readonly admin: Person,
    private readonly people: readonly Person[],
  ) {}

  static async open(realism: Realism): Promise<DatabaseWorld> {
    const database = await createTestDatabase();
    const proxy = await TcpProxy.before(database.url);
    const faulty = { ...database, url: proxy.through(database.url) };
    const env = {
      SIGNAL_REPEAT_SECONDS: '0',
      PAPER_REALISM: realism,
      FANOUT_PAGE_SIZE: '10',
      WORKER_POLL_SECONDS: '1',
      DATABASE_CONNECT_TIMEOUT_MS: '1000',
      DATABASE_STATEMENT_TIMEOUT_MS: '2000',
      DATABASE_LOCK_TIMEOUT_MS: '1000',
      DATABASE_IDLE_TX_TIMEOUT_MS: '1000',
    };
    const api = await startTestApplication({ database, env: { ...env, ROLE: 'api' } });
    const worker = () => startTestApplication({ database: faulty, env: { ...env, ROLE: 'worker' } });
    const workers = [await worker(), await worker()];
    const admin = await makePerson(api.app, { role: 'admin' });
    await neverAskAgain(api.db, admin);
    const people: Person[] = [];
    for (let id = 1; id <= USERS; id += 1) {
      const plan = JSON.stringify(USER_PLANS[id - 1]);
      const settings = { per_trade_usdt: ['5', '50', '3000', '3'][id - 1] as string, leverage: id * 5, plan };
      people.push(await makePerson(api.app, { autoTrade: true, settings }));
    }
    return new DatabaseWorld(api, workers, proxy, database, admin, people);
  }

  async run(command: Command): Promise<void> {
    const act = this.#actions[command.do] as (fields: Command) => Promise<void> | void;
    await act(command);
  }

  /** Ends the faults and lets everything finish; the market stands where it last was. */
  async settle(): Promise<void> {
    this.proxy.heal();
    await Promise.allSettled(this.#asking);
    for (const { id } of await this.#switches()) await this.#clear(id);
    await pause(200);
    for (const { symbol } of MARKETS) this.#tick(symbol);
  }

  priceOf(symbol: string): string {
    return textOf(symbol, this.#prices.get(symbol) as bigint);
  }

  /** Tells the current prices once more: for as long as a new leader may not have heard them. */
  tellPrices(): void {
    for (const { symbol } of MARKETS) this.#tick(symbol);
  }

  async close(): Promise<void> {
    this.proxy.heal();
    for (const { close } of [...this.workers, this.api]) await close();
    await this.proxy.close();
    await this.database.drop();
  }

  readonly #actions: { readonly [Kind in keyof Commands]: (fields: Commands[Kind]) => Promise<void> | void } = {
    post: (fields) => {
      const { body } = postOf(fields, this.#prices.get(symbolOf(fields.symbol)) as bigint);
      const posted: Posted = { body, key: `sim-${this.#posted.length}`, id: undefined };
      this.#posted.push(posted);
      return this.#post(posted);
    },
    repost: ({ signal }) => {
      const posted = this.#posted[signal % Math.max(1, this.#posted.length)];
      return posted === undefined ? undefined : this.#post(posted);
    },
    target: ({ signal, target }) => this.#report(signal, 'target-reached', { target_index: target }),
    stop: ({ signal }) => this.#report(signal, 'stop-loss', {}),
    cancel: ({ signal }) => this.#report(signal, 'cancel', {}),
    reduce: ({ signal, percent }) => this.#report(signal, 'reduce', { percent }, `reduce-${(this.#closes += 1)}`),
    withdraw: ({ signal }) => this.#report(signal, 'withdraw-entries', {}),
    edit: async ({ signal, stop, targets, entry }) => {
      const id = this.#recent(signal)?.id;
      if (id === undefined) return;
      const row = await this.api.db.first<{
        symbol: string;
        entry: string;
        stop_loss: string;
        target_prices: string[];
      }>('SELECT symbol, entry, stop_loss, target_prices FROM signals WHERE id = $1', [id]);
      if (row === undefined) return;
      const by = shifter(row.symbol);
      this.#put(`/api/signals/${id}`, this.admin, {
        ...(stop === null ? {} : { sl: by(row.stop_loss, stop) }),
        ...(targets === null ? {} : { tp: row.target_prices.map((price) => by(price, targets)) }),
        ...(entry === null ? {} : { entry: by(row.entry, entry) }),
      });
    },
    editByHand: async ({ position, stop, targets }) => {
      const { row, person } = await this.#liveOf(position);
      if (row === undefined || person === undefined) return;
      const by = shifter(row.symbol);
      this.#put(`/api/positions/${row.id}`, person, {
        ...(stop === null || row.stop_loss === null ? {} : { stop_loss: by(row.stop_loss, stop) }),
        ...(targets === null ? {} : { targets: row.target_prices.map((price) => by(price, targets)) }),
      });
    },
    close: async ({ position, share }) => {
      const { row, person } = await this.#liveOf(position);
      if (row === undefined || person === undefined) return;
      const qty = share === 100 ? {} : { qty: String((Number(row.remaining_qty) * share) / 100) };
      this.#ask('/api/positions/close', person, { position_id: row.id, ...qty }, `close-${(this.#closes += 1)}`);
    },
    tick: ({ symbol, move }) => this.#move(symbol, move),
    reach: async ({ position, what }) => {
      const { row } = await this.#liveOf(position);
      if (row === undefined) return;
      const target = (what === 'last-target' ? row.target_prices.at(-1) : row.next_target) ?? row.entry_price;
      const stop = row.stop_loss ?? row.entry_price;
      const deepest = row.leg_prices.at(-1) ?? row.entry_price;
      const entry = row.leg_prices[0] ?? row.entry_price;
      const price = { entry, 'deepest-entry': deepest, stop, target, 'last-target': target }[what];
      this.#go(row.symbol, price);
    },
    press: async ({ account, percent }) => {
      const { held, marks, brackets } = await this.#crossAccounts();
      const chosen = held[account % Math.max(1, held.length)]?.account;
      if (chosen === undefined) return;
      for (const { symbol, price } of pressedPrices(chosen, marks, brackets, percent))
        this.#go(symbol, price.toString());
    },
    noise: ({ symbol, text }) => this.#tell(symbolOf(symbol), text, new Date()),
    late: ({ symbol, ms }) => this.#tell(symbolOf(symbol), '0.00000001', new Date(Date.now() - 3_600_000 - ms)),
    again: ({ symbol }) => this.#tick(symbolOf(symbol)),
    work: () => pause(MOMENT_MS),
    drain: () => pause(MOMENT_MS * 4),
    stall: ({ pick }) => {
      if (pick % 3 === 0) this.proxy.halfOpen();
      else this.proxy.delay(5 + pick);
    },
    wake: () => this.proxy.heal(),
    die: ({ symbol, move, after }) => {
      this.proxy.cutAtCommit(1 + (after % 3), after % 2 === 0 ? 'after' : 'before');
      this.#move(symbol, move);
      if (after > 4) this.proxy.drop();
    },
    lead: () => this.proxy.heal(),
    clock: () => pause(MOMENT_MS),
    round: () => pause(MOMENT_MS * 4),
    switch: ({ scope, pick, mode, seconds }) => {
      const person = this.people[pick % USERS] as Person;
      const value = {
        platform: undefined,
        symbol: symbolOf(pick),
        user: String(person.id),
        source: 'manual',
        account: undefined,
      };
      if (scope === 'account') return;
      const minutes = seconds === null ? {} : { minutes: 1 };
      const body = { scope, value: value[scope], mode, reason: 'simulated', confirm: 'KILL', ...minutes };
      this.#ask('/api/safety/switches', this.admin, body);
    },
    clear: async ({ pick }) => {
      const rows = await this.#switches();
      const row = rows[pick % Math.max(1, rows.length)];
      if (row !== undefined) await this.#clear(row.id);
    },
    settings: async ({ user, perTrade, leverage, reversal }) => {
      await this.api.db.query(
        'UPDATE user_settings SET per_trade_usdt = $2, leverage = $3, auto_reversal_enabled = $4 WHERE user_id = $1',
        [this.people[user % USERS]?.id, String(perTrade), leverage, reversal],
      );
    },
  };

  async #post(posted: Posted): Promise<void> {
    const answer = await request(this.api.app.getHttpServer())
      .post('/api/signals')
      .set(this.admin.auth)
      .set('Idempotency-Key', posted.key)
      .send(posted.body);
    if (answer.status >= 500) throw new Error(`post: ${answer.status} ${answer.text}`);
    if (answer.status >= 300) return;
    const { signal_id } = answer.body as { signal_id: number };
    if (posted.id !== undefined && posted.id !== signal_id) throw new Error(`one key, two signals: ${posted.key}`);
    posted.id = signal_id;
  }

  #report(pick: number, path: string, body: object, key?: string): void {
    const posted = this.#recent(pick);
    if (posted !== undefined) this.#ask(`/api/signals/${path}`, this.admin, { signal_id: posted.id, ...body }, key);
  }

  #recent(pick: number): Posted | undefined {
    const stored = this.#posted.filter(({ id }) => id !== undefined);
    return stored[stored.length - 1 - (pick % Math.max(1, stored.length))];
  }

  #put(path: string, who: Person, body: object): void {
    this.#track(request(this.api.app.getHttpServer()).put(path).set(who.auth).send(body));
  }

  #switches(): Promise<{ id: number }[]> {
    return this.api.db.query<{ id: number }>('SELECT id FROM safety_switches WHERE cleared_at IS NULL ORDER BY id');
  }

  async #clear(id: number): Promise<void> {
    await request(this.api.app.getHttpServer()).delete(`/api/safety/switches/${id}`).set(this.admin.auth);
  }

  /** Not waited for: these answer when the work is done, or after two seconds. */
  #ask(path: string, who: Person, body: object, key = 'none'): void {
    this.#track(request(this.api.app.getHttpServer()).post(path).set(who.auth).set('Idempotency-Key', key).send(body));
  }

  #track(asking: request.Test): void {
    const asked = asking.then(({ status, text }) => {
      if (status >= 500 && status !== 503) this.faults.push(`${status} ${text}`);
    });
    const tracked = asked.finally(() => this.#asking.delete(tracked));
    tracked.catch(() => undefined);
    this.#asking.add(tracked);
  }

  #move(pick: number, move: number): void {
    const symbol = symbolOf(pick);
    const next = moved(this.#prices.get(symbol) as bigint, move);
    if (next > 0n) this.#prices.set(symbol, next);
    this.#tick(symbol);
  }

  /** To a price, cut to the places of the symbol. */
  #go(symbol: string, price: string): void {
    const { places } = marketOf(symbol);
    const [whole = '0', fraction = ''] = price.split('.');
    const units = BigInt(whole + fraction.padEnd(places, '0').slice(0, places));
    if (units > 0n) this.#prices.set(symbol, units);
    this.#tick(symbol);
  }

  #tick(symbol: string): void {
    // Later than the last one, also when both fall into one millisecond.
    this.#tell(symbol, this.priceOf(symbol), new Date(Date.now() + (this.#ticks += 1)));
  }

  #tell(symbol: string, text: string, at: Date): void {
    for (const { feed } of this.workers) feed.tick(symbol, text, at);
  }

  async #liveOf(pick: number) {
    const live = await this.#live();
    const row = live[pick % Math.max(1, live.length)];
    return { row, person: this.people.find(({ id }) => id === row?.user_id) };
  }

  /** Live positions that the newest price should have changed. */
  async untouched(): Promise<PositionState[]> {
    const worker = (this.workers[0] as TestApplication).app;
    const { fees } = worker.get(PositionChanges);
    const positions = await this.api.db.inLane('http', () => this.api.app.get(PositionStateRepository).live(0, 10_000));
    const now = new Date();
    return positions.filter(
      (position) => onPrice(position, Decimal.of(this.priceOf(position.symbol)), fees, now) !== undefined,
    );
  }

  /** Accounts with cross margin that the newest prices have used up. */
  async usedUp(): Promise<number[]> {
    const { held, marks, brackets } = await this.#crossAccounts();
    return held
      .filter(({ account }) => isUsedUp(crossSlack(account, marks, brackets)))
      .map(({ accountId }) => accountId);
  }

  /** Accounts that hold trades with cross margin, and the newest prices; none where the venue has no brackets. */
  async #crossAccounts() {
    const { brackets = [] } = (this.workers[0] as TestApplication).app.get(PositionChanges).fees;
    const marks = new Map(MARKETS.map(({ symbol }) => [symbol, Decimal.of(this.priceOf(symbol))]));
    const accounts = await this.api.db.query<{ id: number }>('SELECT id FROM accounts');
    const facts = await this.api.app.get(CrossAccountsRepository).of(accounts.map(({ id }) => id));
    const held = facts
      .map(({ accountId, cash, positions }) => ({ accountId, account: crossAccountOf(cash, positions) }))
      .filter(({ account }) => account.holdings.length > 0);
    return { held: brackets.length === 0 ? [] : held, marks, brackets };
  }

  #live() {
    return this.api.db.query<{
      id: number;
      user_id: number;
      symbol: string;
      remaining_qty: string;
      entry_price: string;
      stop_loss: string | null;
      leg_prices: string[];
      target_prices: string[];
      next_target: string | null;
    }>(
      `SELECT id, user_id, symbol, remaining_qty, entry_price, stop_loss, leg_prices, target_prices,
         target_prices[array_position(target_hit_at, NULL)] AS next_target
       FROM positions WHERE status IN ('PENDING', 'OPEN', 'PARTIAL') ORDER BY id`,
    );
  }
}

/** Moves prices of a symbol by hundredths of a percent, rounded to its places. */
function shifter(symbol: string): (price: string, hundredths: number) => string {
  const { places } = marketOf(symbol);
  return (price, hundredths) =>
    Decimal.of(price)
      .times(Decimal.of((1 + hundredths / 10_000).toFixed(6)))
      .rounded(Math.min(places, 12), 'half_even')
      .toString();
}
