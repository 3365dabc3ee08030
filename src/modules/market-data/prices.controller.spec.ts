/** What `GET /api/prices` takes and answers. */
import 'reflect-metadata';
import { ManualClock } from '../../platform/clock/manual-clock.js';
import { makeValidationPipe } from '../../platform/http/validation.js';
import type { MarketPricesRepository, StoredPrice } from './market-prices.repository.js';
import { PricesController } from './prices.controller.js';
import { PricesQuery } from './prices.dto.js';
import { Prices } from './prices.service.js';

const clock = new ManualClock('2026-03-01T12:00:00.000Z');

function controller(stored: readonly StoredPrice[]): PricesController {
  const repository = {
    read: async (symbols: readonly string[]) => stored.filter(({ symbol }) => symbols.includes(symbol)),
  } as unknown as MarketPricesRepository;
  return new PricesController(new Prices(repository, clock), clock);
}

const validated = (query: object): Promise<PricesQuery> =>
  makeValidationPipe().transform(query, { type: 'query', metatype: PricesQuery }) as Promise<PricesQuery>;

describe('GET /api/prices', () => {
  it('says of each price how old it is, or that it is simulated', async () => {
    const answer = await controller([
      {
        symbol: 'BTCUSDT',
        price: '70123.45',
        source: 'binance',
        isSimulated: false,
        at: new Date('2026-03-01T11:59:58.5Z'),
      },
      { symbol: 'ETHUSDT', price: '4000', source: 'replay', isSimulated: true, at: new Date('2025-01-01T00:00:00Z') },
    ]).list(await validated({ symbols: 'btcusdt, ETHUSDT,NEWUSDT,BTCUSDT' }));
    expect(answer).toEqual({
      ok: true,
      prices: [
        {
          symbol: 'BTCUSDT',
          price: 70123.45,
          at: '2026-03-01T11:59:58.500Z',
          age_seconds: 1.5,
          source: 'binance',
          simulated: false,
        },
        {
          symbol: 'ETHUSDT',
          price: 4000,
          at: '2025-01-01T00:00:00.000Z',
          age_seconds: null,
          source: 'replay',
          simulated: true,
        },
      ],
      missing: ['NEWUSDT'],
    });
  });

  it.each([
    {},
    { symbols: '' },
    { symbols: ',' },
    { symbols: 'BTC-USDT' },
    { symbols: 'BTCUSDT,' },
    { symbols: Array.from({ length: 51 }, (_, index) => `C${index}USDT`).join(',') },
    { symbols: ['BTCUSDT'] },
  ])('refuses %j', async (query) => {
    await expect(validated(query)).rejects.toMatchObject({ kind: 'invalid' });
  });
});
