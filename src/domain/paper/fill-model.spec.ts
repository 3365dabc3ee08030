import fc from 'fast-check';
import { Decimal } from '../money/decimal.js';
import {
  drawOf,
  EXACT_FILLS,
  type FillMarket,
  type FillModel,
  fillModel,
  type FillOrder,
  type Realism,
} from './fill-model.js';

const d = (text: string) => Decimal.of(text);
const book = (halfSpreadBps: string, depthUsdt: string, volatilityPercent: string) => ({
  halfSpreadBps: d(halfSpreadBps),
  depthUsdt: d(depthUsdt),
  volatilityPercent: d(volatilityPercent),
});

function model(realism: Realism): FillModel {
  return fillModel({
    realism,
    books: { major: book('0.5', '5000000', '60'), large: book('1', '1000000', '60'), other: book('4', '100000', '60') },
    classOf: (symbol) => (symbol === 'BTCUSDT' ? 'major' : 'other'),
    latencyMs: 250,
    throughBps: d('1'),
    maxSlippagePercent: d('5'),
  });
}

const buy = (qty: string): FillOrder => ({ symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', qty: d(qty) });
const at = (price: string): FillMarket => ({ price: d(price) });

describe('fills', () => {
  it('off: whole, at the price of the moment or of the limit', () => {
    expect(model('off')).toBe(EXACT_FILLS);
    expect(EXACT_FILLS.execute(buy('1'), at('70000'), 0.9)).toEqual({
      price: d('70000'),
      qty: d('1'),
      liquidity: 'TAKER',
    });
    const limit: FillOrder = { ...buy('1'), type: 'LIMIT', price: d('69000') };
    expect(EXACT_FILLS.execute(limit, at('69000.1'), 0)).toBeUndefined();
    expect(EXACT_FILLS.execute(limit, at('68000'), 0)).toEqual({ price: d('69000'), qty: d('1'), liquidity: 'MAKER' });
  });

  it('basic: half the spread for a small order, the walked book for a large one, more when it is wild', () => {
    // 0.5 bp of 100,000 is 5; 10 BTC are 1,000,000: a fifth of the depth, so 1 bp more on average.
    expect(model('basic').execute(buy('0.00001'), at('100000'), 0)?.price.lte(d('100005.01'))).toBe(true);
    expect(model('basic').execute(buy('10'), at('100000'), 0)?.price.toString()).toBe('100015');
    const wild = { ...at('100000'), volatilityPercent: d('120') };
    expect(model('basic').execute(buy('10'), wild, 0)?.price.toString()).toBe('100025');
    const sell: FillOrder = { ...buy('10'), side: 'SELL', type: 'STOP_MARKET' };
    expect(model('basic').execute(sell, at('100000'), 0)?.price.toString()).toBe('99985');
  });

  it('basic: a stop is filled at the price that crossed it, less the cost: a gap is paid in full', () => {
    const stop: FillOrder = { symbol: 'XUSDT', side: 'SELL', type: 'STOP_MARKET', qty: d('0.001') };
    expect(model('basic').execute(stop, at('80'), 0)?.price.toString()).toBe('79.967999968');
  });

  it('never worse than the worst', () => {
    expect(model('basic').execute(buy('1000000'), at('100000'), 0)?.price.toString()).toBe('105000');
  });

  it('full: a resting order fills only when the market trades through it, and no more of it than the book is deep', () => {
    const limit: FillOrder = { symbol: 'XUSDT', side: 'BUY', type: 'LIMIT', qty: d('2500'), price: d('100') };
    const full = model('full');
    expect(full.fillsAt('BUY', d('100')).toString()).toBe('99.99');
    expect(full.fillsAt('SELL', d('100')).toString()).toBe('100.01');
    expect(full.execute(limit, at('100'), 0)).toBeUndefined();
    expect(full.execute(limit, at('99.991'), 0)).toBeUndefined();
    const fills: string[] = [];
    for (let left = limit.qty; left.isPositive;) {
      const fill = full.execute({ ...limit, qty: left }, at('99.99'), 0);
      if (fill === undefined) throw new Error('nothing filled');
      fills.push(`${fill.qty.toString()}@${fill.price.toString()}`);
      left = left.minus(fill.qty);
    }
    expect(fills).toEqual(['1000@100', '1000@100', '500@100']);
  });

  it('full: latency moves the fill both ways, the same for the same draw', () => {
    const full = model('full');
    const price = (draw: number) => full.execute(buy('0.001'), at('100000'), draw)?.price as Decimal;
    expect(price(0.99).gt(d('100005'))).toBe(true);
    expect(price(0.01).lt(d('100005'))).toBe(true);
    expect(price(0.5).eq(model('basic').execute(buy('0.001'), at('100000'), 0)?.price as Decimal)).toBe(true);
    expect(drawOf('position:1:STOP')).toBe(drawOf('position:1:STOP'));
    expect(drawOf('position:1:STOP')).not.toBe(drawOf('position:2:STOP'));
  });

  it('never fill more than was ordered, better than the limit, or beyond the bound, and cost more with size', () => {
    const order = fc.record({
      side: fc.constantFrom('BUY' as const, 'SELL' as const),
      type: fc.constantFrom('MARKET' as const, 'STOP_MARKET' as const, 'LIMIT' as const),
      cents: fc.integer({ min: 1, max: 10_000_000 }),
      milli: fc.integer({ min: 1, max: 10_000_000 }),
      draw: fc.double({ min: 0, max: 0.999, noNaN: true }),
      realism: fc.constantFrom('off' as const, 'basic' as const, 'full' as const),
    });
    fc.assert(
      fc.property(order, ({ side, type, cents, milli, draw, realism }) => {
        const price = Decimal.ofInteger(cents).times(d('0.01'));
        const qty = Decimal.ofInteger(milli).times(d('0.001'));
        const drawn: FillOrder = { symbol: 'XUSDT', side, type, qty, ...(type === 'LIMIT' ? { price } : {}) };
        const fill = model(realism).execute(drawn, { price }, draw);
        if (fill === undefined) return expect([realism, type]).toEqual(['full', 'LIMIT']);
        expect(fill.qty.isPositive && fill.qty.lte(qty)).toBe(true);
        expect(
          fill.price
            .minus(price)
            .abs()
            .lte(price.times(d('0.05')).plus(d('0.000000000001'))),
        ).toBe(true);
        if (type === 'LIMIT') return expect(fill.price.eq(price)).toBe(true);
        const larger = model(realism).execute({ ...drawn, qty: qty.times(d('2')) }, { price }, draw) as typeof fill;
        expect(side === 'BUY' ? larger.price.gte(fill.price) : larger.price.lte(fill.price)).toBe(true);
        if (realism !== 'full') expect(side === 'BUY' ? fill.price.gte(price) : fill.price.lte(price)).toBe(true);
      }),
    );
  });
});
