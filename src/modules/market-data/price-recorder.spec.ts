/** When prices are written, and what happens when they cannot be. */
import { ManualClock } from '../../platform/clock/manual-clock.js';
import { Logger } from '../../platform/logging/logger.js';
import type { Tick } from '../../ports/price-feed.js';
import type { MarketPricesRepository } from './market-prices.repository.js';
import { PriceRecorder } from './price-recorder.js';

function setUp() {
  const clock = new ManualClock();
  const writes: Record<string, string>[] = [];
  const state = { failing: false };
  const repository = {
    store: async (ticks: readonly Tick[]) => {
      if (state.failing) throw new Error('no database');
      if (ticks.length > 0) writes.push(Object.fromEntries(ticks.map((tick) => [tick.symbol, tick.price])));
    },
    read: async () => {
      if (state.failing) throw new Error('no database');
      return [{ symbol: 'BTCUSDT', price: '7' }];
    },
  } as unknown as MarketPricesRepository;
  const recorder = new PriceRecorder({ code: 'x', isSimulated: false }, repository, clock, Logger.silent());
  const note = (symbol: string, price: string) => recorder.note({ symbol, price, at: clock.now() });
  /** Lets a started write finish. */
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { clock, recorder, note, writes, state, settle };
}

describe('PriceRecorder', () => {
  it('writes the newest price of each symbol at most every half second, in one batch', async () => {
    const { clock, note, writes, settle } = setUp();
    note('BTCUSDT', '1');
    note('ETHUSDT', '5');
    note('BTCUSDT', '2');
    clock.advance(499);
    await settle();
    expect(writes).toEqual([]);
    clock.advance(1);
    await settle();
    expect(writes).toEqual([{ BTCUSDT: '2', ETHUSDT: '5' }]);
    clock.advance(5_000);
    await settle();
    expect(writes).toHaveLength(1);
  });

  it('writes at once when told to, and not a second time', async () => {
    const { clock, recorder, note, writes } = setUp();
    note('BTCUSDT', '1');
    await recorder.flush();
    clock.advance(1_000);
    await recorder.flush();
    expect(writes).toEqual([{ BTCUSDT: '1' }]);
  });

  it('tries again what could not be written, unless something newer came', async () => {
    const { clock, recorder, note, writes, state, settle } = setUp();
    state.failing = true;
    note('BTCUSDT', '1');
    note('ETHUSDT', '5');
    const failing = recorder.flush();
    await Promise.resolve();
    note('BTCUSDT', '2');
    await failing;
    state.failing = false;
    clock.advance(500);
    await settle();
    expect(writes).toEqual([{ BTCUSDT: '2', ETHUSDT: '5' }]);
  });

  it('forgets what waits when somebody else writes the prices', async () => {
    const { clock, recorder, note, writes, settle } = setUp();
    note('BTCUSDT', '1');
    recorder.clear();
    clock.advance(1_000);
    await settle();
    expect(writes).toEqual([]);
  });

  it('knows no stored prices while the database is away', async () => {
    const { recorder, state } = setUp();
    expect(await recorder.stored(['BTCUSDT'])).toEqual(new Map([['BTCUSDT', '7']]));
    state.failing = true;
    expect(await recorder.stored(['BTCUSDT'])).toEqual(new Map());
  });
});
