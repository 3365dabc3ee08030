import fc from 'fast-check';
import {
  dec,
  LATER,
  noFees,
  positionOf,
  SHORT,
  type Shape,
  strict,
  withLiquidation,
} from '../../../test/factories/positions.js';
import { entriesOf, postingsOf, sumOf } from '../ledger/ledger.js';
import { Decimal } from '../money/decimal.js';
import { liquidationPriceOf, protectivePrice } from './liquidation.js';
import { onPrice } from './on-price.js';

const at = (price: string, shape: Shape, terms = withLiquidation) =>
  onPrice(positionOf(shape), dec(price), terms, LATER);

describe('liquidation', () => {
  it('takes the margin and nothing more, gives the rest to the fund, and the fund pays what is missing', () => {
    // 1.0 at 100 with 10x: margin 10, liquidated at (100 - 10) / 0.995 = 90.45.
    expect(at('90.46', { stop: '80' })).toBeUndefined();
    const change = at('90.45', { stop: '80' });
    expect(change?.after).toMatchObject({ status: 'STOPPED', closeReason: 'LIQUIDATION', closedAt: LATER });
    expect(change?.balanceDelta.toString()).toBe('-10');
    expect(change?.after.realisedPnl.toString()).toBe('-10');
    expect(change?.liquidation?.toString()).toBe('0.45');
    const gap = at('70', { stop: '80' });
    expect(gap?.balanceDelta.toString()).toBe('-10');
    expect(gap?.liquidation?.toString()).toBe('-20');
    const booked = gap && postingsOf(gap);
    expect(booked && entriesOf(booked).map(({ kind, amount }) => [kind, amount.toString()])).toEqual([
      ['MARGIN_RELEASE', '10'],
      ['REALISED_PNL', '-30'],
      ['LIQUIDATION', '20'],
    ]);
  });

  it('leaves the stop its turn where the stop comes first, and does nothing without brackets', () => {
    expect(at('94', {})?.after.closeReason).toBe('STOP');
    expect(at('90', {})?.after.closeReason).toBe('LIQUIDATION');
    expect(at('81', { stop: '80' }, noFees)).toBeUndefined();
    expect(liquidationPriceOf(positionOf(), noFees)).toBeUndefined();
    expect(protectivePrice(positionOf({ stop: '80' }), withLiquidation)?.gt(dec('90'))).toBe(true);
    expect(protectivePrice(positionOf({ stop: null }), withLiquidation)?.gt(dec('90'))).toBe(true);
    expect(protectivePrice(positionOf(), withLiquidation)?.toString()).toBe('95');
    expect(protectivePrice(positionOf({ ...SHORT, stop: '130' }), withLiquidation)?.lt(dec('110'))).toBe(true);
  });

  it('loses the margin of what is held, not what safety orders have reserved beside it', () => {
    const shape: Shape = { stop: null, safety: [['85', 20n]] };
    expect(positionOf(shape).margin.toString()).toBe('27');
    const change = at('84', shape);
    // The safety order at 85 lies beyond the liquidation at 90.45: it comes too late.
    expect(change?.executions.map(({ leg }) => leg)).toEqual(['LIQUIDATION']);
    expect(change?.balanceDelta.toString()).toBe('-10');
    expect(change?.marginDelta.toString()).toBe('-27');
    expect(change?.cancelsEntry).toBe(true);
    // One before it lowers the average, and with it the liquidation price.
    const saved = at('90.4', { stop: null, safety: [['95', 20n]] });
    expect(saved?.after.status).toBe('OPEN');
    expect(saved && liquidationPriceOf(saved.after, withLiquidation)?.lt(dec('90'))).toBe(true);
  });

  it('bounds the loss of every liquidated position by its margin, and balances', () => {
    const drawn = fc.record({
      isShort: fc.boolean(),
      lots: fc.bigInt({ min: 1n, max: 500n }),
      leverage: fc.integer({ min: 2, max: 100 }),
      pending: fc.boolean(),
    });
    fc.assert(
      fc.property(drawn, fc.integer({ min: 1, max: 30_000 }), ({ isShort, ...shape }, cents) => {
        const position = positionOf({ ...(isShort ? SHORT : {}), ...shape, stop: null });
        const change = onPrice(position, Decimal.ofInteger(cents).times(dec('0.01')), withLiquidation, LATER);
        if (change?.after.closeReason !== 'LIQUIDATION') return;
        expect(change.balanceDelta.plus(change.after.fees).eq(position.margin.negated())).toBe(true);
        const booked = postingsOf(change);
        expect(booked && sumOf(booked.postings).isZero).toBe(true);
      }),
    );
  });
});

describe('a position on a venue that does not flatter', () => {
  it('pays spread and size when it takes, on top of a gap', () => {
    const change = at('90', { leverage: 1 }, strict);
    // 90 less 1 bp of spread and 0.0045 bp for 90 of 100,000 USDT.
    expect(change?.executions[0]?.price.toString()).toBe('89.9909595');
    expect(change?.after.exitPrice?.toString()).toBe('89.9909595');
    const breakout = at('100.5', { pending: true, leverage: 1, plan: { entryTrigger: 'BREAKOUT' } }, strict);
    expect(breakout?.after.entryPrice.gt(dec('100.51'))).toBe(true);
    expect(breakout?.after.cost.eq(breakout.after.entryPrice)).toBe(true);
  });

  it('fills a resting order only when the market trades through it, at its own price', () => {
    expect(at('99.96', { pending: true }, strict)).toBeUndefined();
    expect(at('99.95', { pending: true }, strict)?.executions[0]?.price.toString()).toBe('100');
    expect(at('102.05', {}, strict)).toBeUndefined();
    const hit = at('102.051', {}, strict);
    expect(hit?.executions.map(({ price, liquidity }) => [price.toString(), liquidity])).toEqual([['102', 'MAKER']]);
  });
});
