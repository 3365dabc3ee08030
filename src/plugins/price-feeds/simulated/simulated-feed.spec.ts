/** The simulated market: repeatable, near its start, as volatile as asked for, and movable. */
import { candleProblem } from '../../../domain/candles/minute-candle.js';
import { ManualClock } from '../../../platform/clock/manual-clock.js';
import { Logger } from '../../../platform/logging/logger.js';
import { pluginHost } from '../../../platform/plugins/plugin-loader.js';
import type { Tick } from '../../../ports/price-feed.js';
import { plugin } from './index.js';
import type { SimulatedFeed } from './simulated-feed.js';

function setUp(environment: Record<string, string> = {}) {
  const clock = new ManualClock('2026-03-01T12:00:00.000Z');
  const settings = plugin.settings.parse(environment);
  const feed = plugin.create(settings, pluginHost(clock, Logger.silent()), undefined) as SimulatedFeed;
  const ticks: Tick[] = [];
  const start = () => feed.start((tick) => void ticks.push(tick));
  const prices = (symbol = 'BTCUSDT') => ticks.filter((tick) => tick.symbol === symbol).map((tick) => tick.price);
  return { clock, feed, ticks, start, prices };
}

async function walked(environment: Record<string, string>, steps: number, near = '70000'): Promise<string[]> {
  const { clock, feed, start, prices } = setUp(environment);
  await start();
  feed.want([{ symbol: 'BTCUSDT', near }]);
  clock.advance(steps * 1_000);
  return prices();
}

function sigmaOf(prices: readonly string[]): number {
  const steps = prices.slice(1).map((price, index) => Math.log(Number(price) / Number(prices[index])));
  return Math.sqrt(steps.reduce((sum, step) => sum + step * step, 0) / steps.length);
}

describe('SimulatedFeed', () => {
  it('ticks at once at the first price it is asked for, then every tick', async () => {
    const { clock, feed, start, ticks, prices } = setUp({ SIMULATED_TICK_MS: '250' });
    await start();
    feed.want([{ symbol: 'BTCUSDT', near: '70000' }]);
    expect(ticks).toEqual([{ symbol: 'BTCUSDT', price: '70000', at: clock.now() }]);
    clock.advance(1_000);
    expect(prices()).toHaveLength(5);
    expect(new Set(prices()).size).toBe(5);
    expect(feed.latest('BTCUSDT')).toBe(ticks.at(-1));
    expect(ticks.at(-1)?.at).toEqual(clock.now());
  });

  it('repeats itself for one seed and differs for another and for another symbol', async () => {
    const first = await walked({ SIMULATED_SEED: '1' }, 50);
    expect(await walked({ SIMULATED_SEED: '1' }, 50)).toEqual(first);
    expect(await walked({ SIMULATED_SEED: '2' }, 50)).not.toEqual(first);
    const { clock, feed, start, prices } = setUp();
    await start();
    feed.want(['BTCUSDT', 'ETHUSDT'].map((symbol) => ({ symbol, near: '100' })));
    clock.advance(10_000);
    expect(prices('BTCUSDT')).not.toEqual(prices('ETHUSDT'));
  });

  it('moves by volatility times the root of time, and faster when time runs faster', async () => {
    const perYear = 365 * 24 * 3_600;
    const named = { SIMULATED_VOLATILITY_BY_SYMBOL: 'BTCUSDT=80' };
    const slow = sigmaOf(await walked(named, 4_000));
    expect(slow / (0.8 / Math.sqrt(perYear))).toBeCloseTo(1, 1);
    const fast = sigmaOf(await walked({ ...named, SIMULATED_SPEED: '100' }, 4_000));
    expect(fast / slow).toBeCloseTo(10, 0);
  });

  it('has a past that is sound, joins what it lives through, and repeats itself', async () => {
    const past = async () => {
      const { clock, feed, start } = setUp({ SIMULATED_START_PRICES: 'BTCUSDT=70000' });
      await start();
      feed.want([{ symbol: 'BTCUSDT' }]);
      const now = clock.now().getTime();
      clock.advance(3 * 60_000);
      const late = feed.candles('BTCUSDT', now - 60_000, now + 3_600_000);
      return { now, late, all: feed.candles('BTCUSDT', now - 900 * 60_000, now) };
    };
    const { now, late, all } = await past();
    expect(all.map(({ openMs }) => openMs)).toEqual(all.map((_, index) => now - (900 - index) * 60_000));
    for (const [index, candle] of all.entries()) {
      expect(candleProblem(candle)).toBeUndefined();
      if (index > 0) expect(candle.open).toBe(all[index - 1]?.close);
    }
    expect(late.map(({ openMs }) => (openMs - now) / 60_000)).toEqual([-1, 0, 1, 2]);
    expect([late[0]?.close, late[1]?.open].map(Number)).toEqual([70_000, 70_000]);
    expect((await past()).all).toEqual(all);
  });

  it('stands still without volatility', async () => {
    const prices = await walked({ SIMULATED_VOLATILITY_PERCENT: '0' }, 20);
    expect(new Set(prices.map(Number))).toEqual(new Set([70_000]));
  });

  it.each(['0.00000123', '0.5', '123456789.5', '70000'])('gives plain decimals above zero around %p', async (near) => {
    const prices = await walked({ SIMULATED_SPEED: '1000' }, 500, near);
    for (const price of prices) expect(price).toMatch(/^(?=.*[1-9])\d{1,18}(\.\d{1,18})?$/);
    expect(new Set(prices).size).toBeGreaterThan(400);
  });

  it('never reaches zero or leaves the range, however fast it runs', async () => {
    const prices = await walked({ SIMULATED_SPEED: '100000', SIMULATED_VOLATILITY_PERCENT: '9999' }, 3_000);
    for (const price of prices) {
      expect(Number(price)).toBeGreaterThan(0);
      expect(Number(price)).toBeLessThanOrEqual(1e12);
    }
  });

  it('moves to an observed price, ticks at once, and goes on from there', async () => {
    const { clock, feed, start, prices } = setUp();
    await start();
    feed.want([{ symbol: 'BTCUSDT', near: '70000' }]);
    feed.observe('BTCUSDT', '72000.5');
    expect(prices()).toEqual(['70000', '72000.5']);
    clock.advance(1_000);
    expect(Math.abs(Number(prices()[2]) - 72_000.5)).toBeLessThan(200);
    feed.observe('BTCUSDT', '-1');
    expect(Number(prices()[3])).toBeGreaterThan(71_000);
  });

  it('is silent for a symbol without a start until it gets one', async () => {
    const { clock, feed, start, prices } = setUp();
    await start();
    feed.want([{ symbol: 'BTCUSDT' }]);
    clock.advance(3_000);
    expect(prices()).toEqual([]);
    feed.want([{ symbol: 'BTCUSDT', near: '10' }]);
    clock.advance(1_000);
    expect(prices()).toHaveLength(2);
  });

  it('does not start a walking symbol again, and goes on where an unwanted one stood', async () => {
    const { clock, feed, start, prices } = setUp();
    await start();
    feed.want([{ symbol: 'BTCUSDT', near: '70000' }]);
    clock.advance(2_000);
    feed.want([{ symbol: 'BTCUSDT', near: '10' }]);
    feed.unwant(['BTCUSDT']);
    clock.advance(5_000);
    expect(prices()).toHaveLength(3);
    feed.want([{ symbol: 'BTCUSDT' }]);
    expect(prices()[3]).toBe(prices()[2]);
  });

  it('keeps the time of a symbol going forward when the machine is set back', async () => {
    const { clock, feed, start, ticks } = setUp();
    await start();
    feed.want([{ symbol: 'BTCUSDT', near: '70000' }]);
    clock.jumpTo('2026-03-01T11:00:00.000Z');
    clock.advance(1_000);
    expect(ticks.map((tick) => tick.at.toISOString())).toEqual([
      '2026-03-01T12:00:00.000Z',
      '2026-03-01T12:00:00.000Z',
    ]);
  });

  it('refuses settings that make no sense', () => {
    for (const bad of [
      { SIMULATED_TICK_MS: '1' },
      { SIMULATED_SPEED: '0' },
      { SIMULATED_VOLATILITY_PERCENT: '-1' },
      { SIMULATED_VOLATILITY_BY_SYMBOL: 'BTCUSDT:50' },
    ]) {
      expect(plugin.settings.safeParse(bad).success).toBe(false);
    }
  });
});
