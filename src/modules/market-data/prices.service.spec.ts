/** Stored prices are read once per quarter of a second and symbol. */
import { ManualClock } from '../../platform/clock/manual-clock.js';
import type { MarketPricesRepository } from './market-prices.repository.js';
import { Prices } from './prices.service.js';

function setUp() {
  const clock = new ManualClock();
  const stored = new Map([
    ['BTCUSDT', '70000'],
    ['ETHUSDT', '4000'],
  ]);
  const reads: string[][] = [];
  const repository = {
    read: async (symbols: string[]) => {
      if (symbols.length > 0) reads.push(symbols);
      return symbols.flatMap((symbol) => {
        const price = stored.get(symbol);
        return price === undefined ? [] : [{ symbol, price, source: 'x', isSimulated: true, at: clock.now() }];
      });
    },
  } as unknown as MarketPricesRepository;
  return { clock, stored, reads, prices: new Prices(repository, clock) };
}

describe('Prices', () => {
  it('answers only symbols that have a price, each once', async () => {
    const { prices, reads } = setUp();
    const found = await prices.latest(['BTCUSDT', 'NEWUSDT', 'BTCUSDT']);
    expect([...found].map(([symbol, price]) => [symbol, price.price])).toEqual([['BTCUSDT', '70000']]);
    expect(reads).toEqual([['BTCUSDT', 'NEWUSDT']]);
  });

  it('reads again only what is older than a quarter of a second', async () => {
    const { clock, prices, reads, stored } = setUp();
    await prices.latest(['BTCUSDT', 'NEWUSDT']);
    stored.set('BTCUSDT', '71000');
    clock.advance(249);
    expect((await prices.latest(['BTCUSDT', 'ETHUSDT', 'NEWUSDT'])).get('BTCUSDT')?.price).toBe('70000');
    expect(reads.at(-1)).toEqual(['ETHUSDT']);
    clock.advance(1);
    expect((await prices.latest(['BTCUSDT', 'ETHUSDT'])).get('BTCUSDT')?.price).toBe('71000');
    expect(reads.at(-1)).toEqual(['BTCUSDT']);
  });
});
