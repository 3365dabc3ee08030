/**
 * What every exchange client promises, held against each folder of src/plugins/exchanges. A new folder needs a line in
 * `VENUES`, which starts a stand-in of its venue; a folder without one fails.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { Decimal } from '../../src/domain/money/decimal.js';
import { isMultipleOf } from '../../src/domain/money/money.js';
import { SystemClock } from '../../src/platform/clock/clock.js';
import { Logger } from '../../src/platform/logging/logger.js';
import { createFromPlugin, loadPlugin, pluginCodes, pluginHost } from '../../src/platform/plugins/plugin-loader.js';
import type { ExchangeClient, VenueBooks } from '../../src/ports/exchange-client.js';

interface Venue {
  readonly environment: Record<string, string>;
  readonly close: () => Promise<void>;
}

const VENUES: Readonly<Record<string, () => Promise<Venue>>> = {
  paper: async () => ({ environment: {}, close: async () => undefined }),
};

/** Books in which nobody has anything. */
const EMPTY: VenueBooks = {
  balances: () => Promise.resolve([]),
  findOrder: () => Promise.resolve(undefined),
  openOrders: () => Promise.resolve([]),
  positions: () => Promise.resolve([]),
  fillsSince: () => Promise.resolve([]),
};

const ACCOUNT = { accountId: 1, userId: 1 };

const codes = await pluginCodes('exchanges');

it('has a venue for every exchange', () => {
  expect(codes).toContain('paper');
  expect(codes.filter((code) => VENUES[code] === undefined)).toEqual([]);
});

it('documents every setting of an exchange in .env.example', async () => {
  const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
  for (const code of codes) {
    const { settings } = await loadPlugin('exchanges', code, 'EXCHANGE_MODE');
    for (const name of Object.keys(settings.shape)) expect(example).toMatch(new RegExp(`^#? ?${name}=`, 'm'));
  }
});

describe.each(codes)('exchange %s', (code) => {
  let venue: Venue;
  let client: ExchangeClient;

  beforeAll(async () => {
    const start = VENUES[code];
    if (start === undefined) throw new Error(`VENUES has no line for ${code}`);
    venue = await start();
    const host = pluginHost(new SystemClock(), Logger.silent());
    client = createFromPlugin(await loadPlugin('exchanges', code, 'EXCHANGE_MODE'), venue.environment, host, EMPTY);
  });

  afterAll(() => venue.close());

  it('carries its folder’s name, a mode, and fees as decimal text in percent', () => {
    expect(client.code).toBe(code);
    expect(['paper', 'testnet', 'live']).toContain(client.capabilities.mode);
    for (const fee of Object.values(client.fees)) {
      expect(Decimal.of(fee).gte(Decimal.ZERO)).toBe(true);
      expect(Decimal.of(fee).lt(Decimal.of('5'))).toBe(true);
    }
  });

  it('says how it executes, liquidates and charges where it settles inline', () => {
    expect(client.simulation === undefined).toBe(!client.capabilities.settlesInline);
    if (client.simulation === undefined) return;
    const { fills, brackets = [], fundingRatePercent } = client.simulation;
    const order = { symbol: 'BTCUSDT', side: 'BUY' as const, type: 'MARKET' as const, qty: Decimal.of('0.001') };
    const price = fills.execute(order, { price: Decimal.of('70000') }, 0.5)?.price;
    expect(price?.gte(Decimal.of('70000')) === true && price.lte(Decimal.of('70700'))).toBe(true);
    expect(brackets.at(-1)?.upTo ?? null).toBeNull();
    expect(
      Decimal.of(fundingRatePercent?.('BTCUSDT') ?? '0')
        .abs()
        .lt(Decimal.of('1')),
    ).toBe(true);
  });

  it('answers rules that agree with each other, at any price', async () => {
    const price = fc.tuple(fc.integer({ min: 1, max: 9_999 }), fc.integer({ min: -8, max: 4 }));
    await fc.assert(
      fc.asyncProperty(price, async ([digits, exponent]) => {
        const near = Decimal.of(
          exponent < 0 ? `0.${String(digits).padStart(-exponent, '0')}` : `${digits}${'0'.repeat(exponent)}`,
        );
        const rules = await client.rules('BTCUSDT', near.toString());
        expect(rules).toMatchObject({ symbol: 'BTCUSDT', base: 'BTC', quote: 'USDT' });
        const [step, tick, least] = [rules.lotStep, rules.tickSize, rules.minQty].map((text) => Decimal.of(text)) as [
          Decimal,
          Decimal,
          Decimal,
        ];
        for (const amount of [step, tick, least]) expect(amount.gt(Decimal.ZERO)).toBe(true);
        expect(isMultipleOf(least, step)).toBe(true);
        expect(tick.lt(near)).toBe(true);
        expect(rules.maxLeverage).toBeGreaterThanOrEqual(1);
      }),
    );
  });

  it('knows no order that was never sent, and invents neither positions nor fills', async () => {
    expect(await client.findByClientId(ACCOUNT, 'BTCUSDT', 'never-sent')).toBeUndefined();
    expect(await client.cancel(ACCOUNT, 'BTCUSDT', 'never-sent')).toMatchObject({ outcome: 'rejected' });
    expect(await client.openOrders(ACCOUNT)).toEqual([]);
    expect(await client.positions(ACCOUNT)).toEqual([]);
    expect(await client.fillsSince(ACCOUNT, new Date(0))).toEqual([]);
  });
});
