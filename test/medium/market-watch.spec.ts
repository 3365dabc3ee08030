/** Two watches on one database: one leads, the other takes over; and what is stored of prices. */
import { Leadership, LEADER_LOCK } from '../../src/modules/market-data/leadership.js';
import { MarketPricesRepository } from '../../src/modules/market-data/market-prices.repository.js';
import { MarketWatch } from '../../src/modules/market-data/market-watch.service.js';
import { PriceRecorder } from '../../src/modules/market-data/price-recorder.js';
import { Prices } from '../../src/modules/market-data/prices.service.js';
import { TickGate } from '../../src/modules/market-data/tick-gate.js';
import { SystemClock } from '../../src/platform/clock/clock.js';
import type { Database } from '../../src/platform/database/database.js';
import { Notifications } from '../../src/platform/database/notifications.js';
import { Logger } from '../../src/platform/logging/logger.js';
import type { WorkRunner } from '../../src/platform/work/work-runner.js';
import { ScriptedFeed } from '../servers/scripted-feed.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { openDatabase } from '../support/open-database.js';
import { askOutside } from '../support/outsider.js';

const clock = new SystemClock();
const logger = Logger.silent();

let testDatabase: TestDatabase;
let database: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  ({ database, close } = await openDatabase(testDatabase.url));
});

afterAll(async () => {
  await close();
  await testDatabase.drop();
});

/** A process that watches the market, as far as the database sees it. */
class Watcher {
  readonly feed: ScriptedFeed;
  readonly watch: MarketWatch;
  readonly #notifications: Notifications;
  readonly #waiting = new Set<() => void>();
  leads = false;

  constructor(readonly name: string) {
    this.feed = new ScriptedFeed({ code: name });
    this.#notifications = new Notifications(testDatabase.url, clock, logger, name);
    const runner = {
      lead: (leading: boolean) => this.#changed(leading),
      leaderWorkDone: () => Promise.resolve(),
    } as unknown as WorkRunner;
    this.watch = new MarketWatch(
      { feed: this.feed, quoteWaitMs: 1_500 },
      new Leadership(this.#notifications, runner, clock, logger),
      new TickGate({ isSimulated: true, staleMs: 30_000 }, clock),
      new PriceRecorder(this.feed, new MarketPricesRepository(database), clock, logger),
      clock,
      logger,
    );
  }

  async start(): Promise<void> {
    await this.#notifications.start();
    this.watch.start();
  }

  async stop(): Promise<void> {
    await this.watch.stop();
    await this.#notifications.stop();
  }

  until(leading: boolean): Promise<void> {
    if (this.leads === leading) return Promise.resolve();
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.leads !== leading) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
  }

  #changed(leading: boolean): void {
    this.leads = leading;
    for (const look of [...this.#waiting]) look();
  }
}

const administer = <Row extends object>(sql: string, params: unknown[]) =>
  askOutside<Row>(testDatabase.url, sql, params);

describe('two watches', () => {
  it('has exactly one leader, and the other takes over when its connection is cut', async () => {
    const watchers = [new Watcher('one'), new Watcher('two')] as const;
    try {
      await Promise.all(watchers.map((watcher) => watcher.start()));
      await Promise.race(watchers.map((watcher) => watcher.until(true)));
      const leader = watchers.find((watcher) => watcher.leads) as Watcher;
      const follower = watchers.find((watcher) => watcher !== leader) as Watcher;
      expect([follower.leads, follower.feed.isStarted, leader.feed.isStarted]).toEqual([false, false, true]);

      const overlaps: string[] = [];
      follower.watch.onLeading((leading) => void (leading && leader.leads && overlaps.push('two leaders')));
      const cut = await administer(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
        [leader.name],
      );
      expect(cut).toHaveLength(1);
      await leader.until(false);
      await follower.until(true);
      expect([overlaps, leader.leads, leader.feed.isStarted]).toEqual([[], false, false]);
      expect([follower.watch.isLeading, follower.feed.isStarted]).toEqual([true, true]);

      await follower.stop();
      await leader.until(true);
      expect(leader.feed.starts).toBe(2);
    } finally {
      await Promise.all(watchers.map((watcher) => watcher.stop()));
    }
  });
});

describe('a holder of the lock that stands still', () => {
  it('loses its session once it has asked nothing for long enough, and the lock is free', async () => {
    const [holder, follower] = ['holder', 'follower'].map(
      (name) => new Notifications(testDatabase.url, clock, logger, name),
    ) as [Notifications, Notifications];
    try {
      await Promise.all([holder.start(), follower.start()]);
      const lost = new Promise<void>((resolve) => holder.onDisconnect(resolve));
      expect([await holder.tryLock(LEADER_LOCK), await follower.tryLock(LEADER_LOCK)]).toEqual([true, false]);
      expect(await follower.endSilentHolder(LEADER_LOCK, 60_000)).toBe(false);
      expect(await follower.endSilentHolder('another-lock', 0)).toBe(false);
      expect(await follower.endSilentHolder(LEADER_LOCK, 0)).toBe(true);
      await lost;
      expect(await follower.tryLock(LEADER_LOCK)).toBe(true);
    } finally {
      await Promise.all([holder.stop(), follower.stop()]);
    }
  });
});

describe('stored prices', () => {
  const at = (second: number) => new Date(Date.UTC(2026, 2, 1, 12, 0, second));
  const repository = () => new MarketPricesRepository(database);
  const stored = async (symbol: string) => (await repository().read([symbol]))[0];
  const real = { code: 'binance', isSimulated: false };
  const simulated = { code: 'replay', isSimulated: true };

  it('keeps the newer price of a real market, and takes over the market of another source', async () => {
    await repository().store([{ symbol: 'BTCUSDT', price: '70000.10', at: at(10) }], real);
    await repository().store([{ symbol: 'BTCUSDT', price: '69000', at: at(9) }], real);
    expect(await stored('BTCUSDT')).toEqual({
      symbol: 'BTCUSDT',
      price: '70000.10',
      source: 'binance',
      isSimulated: false,
      at: at(10),
    });
    await repository().store([{ symbol: 'BTCUSDT', price: '100', at: at(1) }], simulated);
    expect(await stored('BTCUSDT')).toMatchObject({ price: '100', source: 'replay', isSimulated: true });
    await repository().store([{ symbol: 'BTCUSDT', price: '90', at: at(0) }], simulated);
    expect(await stored('BTCUSDT')).toMatchObject({ price: '90', at: at(0) });
    await repository().store([{ symbol: 'BTCUSDT', price: '70001', at: at(0) }], real);
    expect(await stored('BTCUSDT')).toMatchObject({ price: '70001', source: 'binance' });
  });

  it('does not join the transaction of whoever caused the price', async () => {
    const rollback = database.transaction(async () => {
      await repository().store([{ symbol: 'ADAUSDT', price: '0.5', at: at(1) }], real);
      throw new Error('rolled back');
    });
    await expect(rollback).rejects.toThrow('rolled back');
    expect((await stored('ADAUSDT'))?.price).toBe('0.5');
  });

  it('writes what the watch sees, an observed price at once, and gives it to readers and to the next start', async () => {
    const first = new Watcher('recorder');
    await first.start();
    await first.until(true);
    await database.inLane('worker', async () => void first.watch.observe('ETHUSDT', '4000.5'));
    await first.watch.stop();
    await first.stop();
    const found = await new Prices(new MarketPricesRepository(database), clock).latest(['ETHUSDT', 'NEWUSDT']);
    expect([...found.values()]).toMatchObject([
      { symbol: 'ETHUSDT', price: '4000.5', source: 'recorder', isSimulated: true },
    ]);

    const second = new Watcher('continues');
    try {
      second.watch.want([{ symbol: 'ETHUSDT' }]);
      await second.start();
      await second.until(true);
      expect(second.watch.latest('ETHUSDT')?.price).toBe('4000.5');
    } finally {
      await second.stop();
    }
  });
});
