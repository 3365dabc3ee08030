/**
 * The same commands on the real product: an API and two workers on a real PostgreSQL, behind a proxy that misbehaves.
 * Keeps: faults are the proxy's; what a command may be refused for is not looked at here, only what is stored at the end.
 */
import request from 'supertest';
import { makePerson, type Person } from '../../factories/people.js';
import { TcpProxy } from '../../servers/tcp-proxy.js';
import { startTestApplication, type TestApplication } from '../../support/application.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import type { Command, Commands } from '../model/commands.js';
import { draftOf, MARKETS, moved, symbolOf, textOf } from '../model/markets.js';

const USERS = 4;
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

  static async open(): Promise<DatabaseWorld> {
    const database = await createTestDatabase();
    const proxy = await TcpProxy.before(database.url);
    const faulty = { ...database, url: proxy.through(database.url) };
    const env = {
      SIGNAL_REPEAT_SECONDS: '0',
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
    const people: Person[] = [];
    for (let id = 1; id <= USERS; id += 1) {
      const settings = { per_trade_usdt: ['5', '50', '1000', '3'][id - 1] as string, leverage: id * 5 };
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
      const { symbol, side, entry, targets, stopLoss, leverage } = draftOf(
        fields,
        this.#prices.get(symbolOf(fields.symbol)) as bigint,
      );
      const body = { symbol, side, entry, tp: targets, sl: stopLoss, leverage };
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
    close: async ({ position, share }) => {
      const live = await this.#live();
      const row = live[position % Math.max(1, live.length)];
      const person = this.people.find(({ id }) => id === row?.user_id);
      if (row === undefined || person === undefined) return;
      const qty = share === 100 ? {} : { qty: String((Number(row.remaining_qty) * share) / 100) };
      this.#ask('/api/positions/close', person, { position_id: row.id, ...qty }, `close-${(this.#closes += 1)}`);
    },
    tick: ({ symbol, move }) => this.#move(symbol, move),
    reach: async ({ position, what }) => {
      const live = await this.#live();
      const row = live[position % Math.max(1, live.length)];
      if (row === undefined) return;
      const target = (what === 'last-target' ? row.target_prices.at(-1) : row.next_target) ?? row.stop_loss;
      const price = { entry: row.entry_price, stop: row.stop_loss, target, 'last-target': target }[what];
      const { places } = MARKETS.find(({ symbol }) => symbol === row.symbol) as (typeof MARKETS)[number];
      const [whole = '0', fraction = ''] = price.split('.');
      this.#prices.set(row.symbol, BigInt(whole + fraction.padEnd(places, '0').slice(0, places)));
      this.#tick(row.symbol);
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

  #report(pick: number, path: string, body: object): void {
    const stored = this.#posted.filter(({ id }) => id !== undefined);
    const posted = stored[stored.length - 1 - (pick % Math.max(1, stored.length))];
    if (posted !== undefined) this.#ask(`/api/signals/${path}`, this.admin, { signal_id: posted.id, ...body });
  }

  /** Not waited for: these answer when the work is done, or after two seconds. */
  #ask(path: string, who: Person, body: object, key = 'none'): void {
    const asked = Promise.resolve(
      request(this.api.app.getHttpServer()).post(path).set(who.auth).set('Idempotency-Key', key).send(body),
    );
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

  #tick(symbol: string): void {
    // Later than the last one, also when both fall into one millisecond.
    this.#tell(symbol, this.priceOf(symbol), new Date(Date.now() + (this.#ticks += 1)));
  }

  #tell(symbol: string, text: string, at: Date): void {
    for (const { feed } of this.workers) feed.tick(symbol, text, at);
  }

  #live() {
    return this.api.db.query<{
      id: number;
      user_id: number;
      symbol: string;
      remaining_qty: string;
      entry_price: string;
      stop_loss: string;
      target_prices: string[];
      next_target: string | null;
    }>(
      `SELECT id, user_id, symbol, remaining_qty, entry_price, stop_loss, target_prices,
         target_prices[array_position(target_hit_at, NULL)] AS next_target
       FROM positions WHERE status IN ('PENDING', 'OPEN', 'PARTIAL') ORDER BY id`,
    );
  }
}
