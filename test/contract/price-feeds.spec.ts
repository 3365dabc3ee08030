/**
 * What every price feed promises, held against each folder of src/plugins/price-feeds. A new folder needs a line in
 * `MARKETS`, which says how its market is made to move; a folder without one fails.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '../../src/platform/clock/manual-clock.js';
import { Logger } from '../../src/platform/logging/logger.js';
import { createFromPlugin, loadPlugin, pluginCodes, pluginHost } from '../../src/platform/plugins/plugin-loader.js';
import type { PriceFeed, Tick } from '../../src/ports/price-feed.js';
import { BinanceStreamServer } from '../servers/binance-stream.js';

interface Market {
  readonly environment: Record<string, string>;
  /** Makes a price of BTCUSDT happen, now that the clock has moved. */
  readonly move?: () => void;
  /** Resolves when everything that happened has reached the feed. */
  readonly delivered?: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const folder = mkdtempSync(join(tmpdir(), 'verzek-feeds-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const STEP_MS = 10;

const MARKETS: Readonly<Record<string, (clock: ManualClock) => Promise<Market>>> = {
  simulated: async () => ({ environment: { SIMULATED_TICK_MS: String(STEP_MS) }, close: async () => undefined }),
  replay: async () => {
    const path = join(folder, 'BTCUSDT-1m.csv');
    const line = (index: number) => `${1_760_000_000_000 + index * 60_000},100,110,90,105,1`;
    const lines = Array.from({ length: 500 }, (_, index) => line(index));
    writeFileSync(path, ['timestamp_ms,open,high,low,close,volume', ...lines].join('\n'));
    return { environment: { REPLAY_FILE: path, REPLAY_SPEED: '6000' }, close: async () => undefined };
  },
  binance: async (clock) => {
    const server = await BinanceStreamServer.start();
    return {
      environment: { BINANCE_STREAM_URL: server.url },
      move: () => server.sendMark('BTCUSDT', '70000.1', clock.now().getTime()),
      delivered: () => server.delivered(),
      close: () => server.stop(),
    };
  },
};

const codes = await pluginCodes('price-feeds');

it('has a market for every feed', () => {
  expect(codes).toEqual(expect.arrayContaining(['binance', 'replay', 'simulated']));
  expect(codes.filter((code) => MARKETS[code] === undefined)).toEqual([]);
});

it('documents every setting of a feed in .env.example', async () => {
  const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
  for (const code of codes) {
    const { settings } = await loadPlugin('price-feeds', code, 'PRICE_FEED');
    for (const name of Object.keys(settings.shape)) expect(example).toMatch(new RegExp(`^#?${name}=`, 'm'));
  }
});

describe.each(codes)('price feed %s', (code) => {
  let market: Market;
  let feed: PriceFeed;
  let ticks: Tick[];
  let clock: ManualClock;

  beforeEach(async () => {
    clock = new ManualClock(new Date());
    market = await (MARKETS[code] as (clock: ManualClock) => Promise<Market>)(clock);
    const plugin = await loadPlugin('price-feeds', code, 'PRICE_FEED');
    const host = pluginHost(clock, Logger.silent());
    feed = createFromPlugin<PriceFeed, undefined>(plugin, market.environment, host, undefined);
    ticks = [];
  });

  afterEach(async () => {
    await feed.stop();
    await market.close();
  });

  const start = () => feed.start((tick) => ticks.push(tick));

  async function move(): Promise<void> {
    clock.advance(STEP_MS);
    market.move?.();
    await market.delivered?.();
    await new Promise((resolve) => setImmediate(resolve));
  }

  async function ticksOf(count: number): Promise<void> {
    const wanted = ticks.length + count;
    while (ticks.length < wanted) await move();
  }

  /** Nothing is heard while the market moves on. */
  async function silence(): Promise<void> {
    const heard = ticks.length;
    for (let moves = 0; moves < 10; moves += 1) await move();
    expect(ticks).toHaveLength(heard);
  }

  it('has the code of its folder and says whether its prices are those of a market', () => {
    expect(feed.code).toBe(code);
    expect(typeof feed.isSimulated).toBe('boolean');
    if (!feed.isSimulated) expect(feed.observe).toBeUndefined();
  });

  it('ticks only what is wanted, in plain decimals, with times that never go back', async () => {
    feed.want([{ symbol: 'BTCUSDT', near: '70000' }]);
    await start();
    await ticksOf(10);
    for (const [index, tick] of ticks.entries()) {
      expect(tick.symbol).toBe('BTCUSDT');
      expect(tick.price).toMatch(/^(?=.*[1-9])\d{1,18}(\.\d{1,18})?$/);
      expect(tick.at.getTime()).toBeGreaterThanOrEqual(ticks[index - 1]?.at.getTime() ?? 0);
    }
    expect(feed.latest('BTCUSDT')).toEqual(ticks.at(-1));
    expect(feed.latest('ETHUSDT')).toBeUndefined();
  });

  it('takes symbols after the start, twice too, and drops them', async () => {
    await start();
    feed.want([{ symbol: 'BTCUSDT', near: '70000' }]);
    feed.want([{ symbol: 'BTCUSDT', near: '70000' }]);
    await ticksOf(3);
    feed.unwant(['BTCUSDT', 'NEVERUSDT']);
    await silence();
  });

  it('is silent after a stop and can be started again', async () => {
    feed.want([{ symbol: 'BTCUSDT', near: '70000' }]);
    await start();
    await ticksOf(2);
    await feed.stop();
    await silence();
    await feed.stop();
    await start();
    feed.want([{ symbol: 'BTCUSDT', near: '70000' }]);
    await ticksOf(2);
  });
});
