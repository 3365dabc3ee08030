/** The watch with a scripted feed: order of leadership, which ticks come through, quotes, and observed prices. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { ScriptedFeed, type ScriptedFeedOptions } from '../../../test/servers/scripted-feed.js';
import { ManualClock } from '../../platform/clock/manual-clock.js';
import type { Notifications } from '../../platform/database/notifications.js';
import { Logger } from '../../platform/logging/logger.js';
import type { WorkRunner } from '../../platform/work/work-runner.js';
import type { Tick } from '../../ports/price-feed.js';
import type { MarketPricesRepository } from './market-prices.repository.js';
import { Leadership, SILENT_LEADER_MS } from './leadership.js';
import { MarketWatch } from './market-watch.service.js';
import { PriceRecorder } from './price-recorder.js';
import { TickGate } from './tick-gate.js';

/** The lock server of the notification connection, in memory. */
class Locks {
  isFree = true;
  onRelease: () => void = () => undefined;
  readonly connects: (() => void)[] = [];
  readonly disconnects: (() => void)[] = [];
  asked = 0;
  readonly silences: number[] = [];
  readonly notifications = {
    tryLock: async () => {
      this.asked += 1;
      return this.isFree;
    },
    endSilentHolder: async (_name: string, silentMs: number) => {
      this.silences.push(silentMs);
      return false;
    },
    releaseLocks: async () => this.onRelease(),
    onConnect: (task: () => void) => this.connects.push(task),
    onDisconnect: (task: () => void) => this.disconnects.push(task),
  } as unknown as Notifications;
}

/** Lets everything that is ready happen. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

function setUp(options: ScriptedFeedOptions = {}, stored: Record<string, string> = {}) {
  const clock = new ManualClock('2026-03-01T12:00:00.000Z');
  const feed = new ScriptedFeed({ now: () => clock.now(), ...options });
  const locks = new Locks();
  const events: string[] = [];
  const written: Tick[] = [];
  const runner = {
    lead: (leading: boolean) => events.push(`runner:${leading}`),
    leaderWorkDone: () => Promise.resolve(void events.push('runner:done')),
  } as unknown as WorkRunner;
  const repository = {
    store: async (ticks: readonly Tick[]) => void written.push(...ticks),
    read: async (symbols: readonly string[]) =>
      symbols.flatMap((symbol) => (stored[symbol] === undefined ? [] : [{ symbol, price: stored[symbol] }])),
  } as unknown as MarketPricesRepository;
  const logger = Logger.silent();
  locks.onRelease = () => void events.push('released');
  const watch = new MarketWatch(
    { feed, quoteWaitMs: 1_500 },
    new Leadership(locks.notifications, runner, clock, logger),
    new TickGate({ isSimulated: feed.isSimulated, staleMs: 30_000 }, clock),
    new PriceRecorder(feed, repository, clock, logger),
    clock,
    logger,
  );
  const ticks: string[] = [];
  watch.onTick((tick) => void ticks.push(`${tick.symbol}=${tick.price}`));
  const leading = async () => {
    watch.start();
    await settle();
  };
  return { clock, feed, locks, events, written, watch, ticks, leading };
}

describe('MarketWatch: leadership', () => {
  it('lets listeners finish before the feed starts and before leader-only work is served', async () => {
    const { events, feed, watch, leading } = setUp();
    let loaded = (): void => undefined;
    watch.onLeading(async (isLeading) => {
      events.push(`trading:${isLeading}:feed ${feed.isStarted ? 'on' : 'off'}`);
      if (isLeading) await new Promise<void>((resolve) => (loaded = resolve));
    });
    await leading();
    expect([events, feed.isStarted, watch.isLeading]).toEqual([['trading:true:feed off'], false, false]);
    loaded();
    await settle();
    expect([events.at(-1), feed.isStarted, watch.isLeading]).toEqual(['runner:true', true, true]);
    await watch.stop();
    expect(events.slice(2)).toEqual(['runner:false', 'trading:false:feed off', 'runner:done', 'released']);
    expect(watch.isLeading).toBe(false);
  });

  it('follows while another process holds the lock, and takes over at the next look', async () => {
    const { clock, feed, locks, watch, leading } = setUp();
    locks.isFree = false;
    await leading();
    expect([watch.isLeading, feed.starts]).toEqual([false, 0]);
    locks.isFree = true;
    clock.advance(2_000);
    await settle();
    expect([watch.isLeading, feed.starts]).toEqual([true, 1]);
  });

  it('looks whether the holder of the lock stands still, and confirms its own while it gets ready', async () => {
    const { clock, locks, watch, leading } = setUp();
    locks.isFree = false;
    await leading();
    expect(locks.silences).toEqual([SILENT_LEADER_MS]);
    let loaded = (): void => undefined;
    watch.onLeading(async (isLeading) => {
      if (isLeading) await new Promise<void>((resolve) => (loaded = resolve));
    });
    locks.isFree = true;
    clock.advance(2_000);
    await settle();
    const asked = locks.asked;
    clock.advance(2_000);
    await settle();
    expect([locks.asked, watch.isLeading]).toEqual([asked + 1, false]);
    loaded();
    await settle();
    expect([watch.isLeading, locks.silences.length]).toEqual([true, 1]);
  });

  it('stops the feed when the connection is lost, and lets others go first', async () => {
    const { clock, events, feed, locks, watch, leading } = setUp();
    await leading();
    locks.disconnects.forEach((task) => task());
    expect([watch.isLeading, events.at(-1)]).toEqual([false, 'runner:false']);
    await settle();
    expect(feed.isStarted).toBe(false);
    locks.connects.forEach((task) => task());
    clock.advance(3_999);
    await settle();
    expect(watch.isLeading).toBe(false);
    clock.advance(2_001);
    await settle();
    expect([watch.isLeading, feed.starts]).toEqual([true, 2]);
  });

  it('gives up when the lock cannot be confirmed', async () => {
    const { clock, feed, locks, watch, leading } = setUp();
    await leading();
    locks.isFree = false;
    clock.advance(2_000);
    await settle();
    expect([watch.isLeading, feed.isStarted]).toEqual([false, false]);
  });

  it('does not lead when a listener fails, tells it so, and tries again', async () => {
    const { clock, events, feed, watch, leading } = setUp();
    let failing = true;
    watch.onLeading((isLeading) => {
      events.push(`trading:${isLeading}`);
      if (isLeading && failing) throw new Error('no books');
    });
    await leading();
    expect([watch.isLeading, feed.starts, events]).toEqual([false, 0, ['trading:true', 'trading:false']]);
    failing = false;
    clock.advance(2_000);
    await settle();
    expect([watch.isLeading, events.slice(2)]).toEqual([true, ['trading:true', 'runner:true']]);
  });

  it('ends as a follower when the connection is lost while listeners prepare', async () => {
    const { events, feed, locks, watch, leading } = setUp();
    let loaded = (): void => undefined;
    watch.onLeading(async (isLeading) => {
      events.push(`trading:${isLeading}`);
      if (isLeading) await new Promise<void>((resolve) => (loaded = resolve));
    });
    await leading();
    locks.disconnects.forEach((task) => task());
    loaded();
    await settle();
    expect(events).toEqual(['trading:true', 'trading:false']);
    expect([watch.isLeading, feed.isStarted]).toEqual([false, false]);
  });
});

describe('MarketWatch: ticks', () => {
  it('hands out valid ticks of wanted symbols, and goes on after a listener that throws', async () => {
    const { feed, watch, ticks, leading } = setUp({ ticksNear: false });
    watch.onTick(() => {
      throw new Error('a bug');
    });
    const after: string[] = [];
    watch.onTick((tick) => void after.push(tick.price));
    watch.want([{ symbol: 'BTCUSDT' }]);
    await leading();
    feed.tick('BTCUSDT', '70000');
    feed.tick('BTCUSDT', '-5');
    feed.tick('BTCUSDT', '69000', new Date('2026-03-01T11:59:59Z'));
    expect(ticks).toEqual(['BTCUSDT=70000']);
    expect(after).toEqual(['70000']);
    expect(watch.feed).toMatchObject({ code: 'scripted', isSimulated: true, isLeading: true, symbols: 1 });
    expect(watch.feed.rejected).toMatchObject({ price: 1, order: 1 });
    watch.unwant(['BTCUSDT']);
    expect(feed.wanted.size).toBe(0);
    expect(watch.latest('BTCUSDT')).toBeUndefined();
  });

  it('stores what came through within half a second, and nothing after leadership is lost', async () => {
    const { clock, feed, locks, watch, written, leading } = setUp();
    watch.want([{ symbol: 'BTCUSDT' }]);
    await leading();
    feed.tick('BTCUSDT', '70000');
    clock.advance(500);
    await settle();
    expect(written.map((tick) => tick.price)).toEqual(['70000']);
    feed.tick('BTCUSDT', '70001');
    locks.disconnects.forEach((task) => task());
    clock.advance(1_000);
    await settle();
    expect(written).toHaveLength(1);
  });

  it('wants again, after taking over, what was wanted before', async () => {
    const { feed, watch, ticks, leading } = setUp({}, { BTCUSDT: '64000' });
    watch.want([{ symbol: 'BTCUSDT', near: '70000' }, { symbol: 'NEWUSDT', near: '2' }, { symbol: 'OLDUSDT' }]);
    watch.unwant(['OLDUSDT']);
    await leading();
    expect(feed.wanted).toEqual(
      new Map([
        ['BTCUSDT', '64000'],
        ['NEWUSDT', '2'],
      ]),
    );
    expect(ticks).toEqual(['BTCUSDT=64000', 'NEWUSDT=2']);
  });
});

describe('MarketWatch: quotes', () => {
  it('answers at once from a feed that starts near the price', async () => {
    const { watch, leading } = setUp();
    await leading();
    expect((await watch.quote('BTCUSDT', '70000'))?.price).toBe('70000');
    expect((await watch.quote('BTCUSDT', '80000'))?.price).toBe('70000');
  });

  it('goes on from the last stored price when no start is given', async () => {
    const { watch, leading } = setUp({}, { BTCUSDT: '64000' });
    await leading();
    expect((await watch.quote('BTCUSDT'))?.price).toBe('64000');
  });

  it('gives a start to a symbol that was wanted without one', async () => {
    const { feed, watch, leading } = setUp({ ticksNear: false });
    await leading();
    watch.want([{ symbol: 'BTCUSDT' }]);
    await settle();
    feed.wanted.clear();
    watch.want([{ symbol: 'BTCUSDT', near: '70000' }]);
    expect(feed.wanted.get('BTCUSDT')).toBe('70000');
  });

  it('waits 1.5 s for a first tick', async () => {
    const { clock, feed, watch, leading } = setUp({ isSimulated: false });
    await leading();
    const first = watch.quote('BTCUSDT');
    clock.advance(1_499);
    feed.tick('BTCUSDT', '70000');
    expect((await first)?.price).toBe('70000');
    const never = watch.quote('NEWUSDT');
    clock.advance(1_500);
    expect(await never).toBeUndefined();
  });

  it('does not answer a stale price of a real market', async () => {
    const { clock, feed, watch, leading } = setUp({ isSimulated: false });
    watch.want([{ symbol: 'BTCUSDT' }]);
    await leading();
    feed.tick('BTCUSDT', '70000');
    clock.advance(30_001);
    const quote = watch.quote('BTCUSDT');
    clock.advance(1_500);
    expect(await quote).toBeUndefined();
    expect(watch.latest('BTCUSDT')).toBeUndefined();
  });

  it('knows no price while another process leads, and leaves nobody waiting when leadership ends', async () => {
    const { locks, watch, leading } = setUp({ isSimulated: false });
    expect(await watch.quote('BTCUSDT')).toBeUndefined();
    await leading();
    const waiting = watch.quote('BTCUSDT');
    locks.disconnects.forEach((task) => task());
    expect(await waiting).toBeUndefined();
  });
});

describe('MarketWatch: observed prices', () => {
  it('moves a simulated market there before it returns, and stores the price at once', async () => {
    const { watch, ticks, written, leading } = setUp();
    await leading();
    expect(watch.observe('BTCUSDT', '71000')).toBe(true);
    expect(ticks).toEqual(['BTCUSDT=71000']);
    await settle();
    expect(written.map((tick) => tick.price)).toEqual(['71000']);
  });

  it('leaves a real market alone, and any market while another process leads', async () => {
    const { watch, ticks, leading } = setUp({ isSimulated: false });
    await leading();
    expect(watch.observe('BTCUSDT', '71000')).toBe(false);
    expect(setUp().watch.observe('BTCUSDT', '71000')).toBe(false);
    expect(ticks).toEqual([]);
  });

  it('runs listeners outside the context of whoever asks', async () => {
    const { watch } = setUp();
    const transaction = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    watch.onTick(() => void seen.push(transaction.getStore()));
    transaction.run('worker lane', () => watch.start());
    await settle();
    transaction.run('a transaction', () => watch.observe('BTCUSDT', '71000'));
    await transaction.run('a transaction', () => watch.quote('ETHUSDT', '4000'));
    expect(seen).toEqual(['worker lane', 'worker lane']);
  });
});
