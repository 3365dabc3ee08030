import fc from 'fast-check';
import { positionState } from '../../../test/factories/position-state.js';
import { entriesOf, postingsOf, sumOf } from '../ledger/ledger.js';
import { marginBrackets } from '../margin/liquidation.js';
import { Decimal } from '../money/decimal.js';
import { fillModel } from '../paper/fill-model.js';
import { liquidationPriceOf, protectivePrice } from './liquidation.js';
import { onPrice } from './on-price.js';
import type { FeeRates } from './position.js';

const AT = new Date('2026-01-01T00:01:00Z');
const d = (text: string) => Decimal.of(text);
const TERMS: FeeRates = {
  makerPercent: d('0.02'),
  takerPercent: d('0.05'),
  brackets: marginBrackets([{ upTo: null, ratePercent: '0.5' }]),
};
const shape = { half: d('1'), depth: d('100000'), volatility: d('60') };
const book = { halfSpreadBps: shape.half, depthUsdt: shape.depth, volatilityPercent: shape.volatility };
const full: FeeRates = {
  ...TERMS,
  fills: fillModel({
    realism: 'full',
    books: { major: book, large: book, other: book },
    classOf: () => 'other',
    latencyMs: 0,
    throughBps: d('5'),
    maxSlippagePercent: d('5'),
  }),
};

describe('liquidation', () => {
  it('takes the margin and nothing more, gives the rest to the fund, and the fund pays what is missing', () => {
    // 1.0 at 100 with 10x: margin 10, liquidated at (100 - 10) / 0.995 = 90.45.
    const position = positionState({ stop: '80' });
    expect(onPrice(position, d('90.46'), TERMS, AT)).toBeUndefined();
    const change = onPrice(position, d('90.45'), TERMS, AT);
    expect(change?.after).toMatchObject({ status: 'STOPPED', closeReason: 'LIQUIDATION', closedAt: AT });
    expect(change?.balanceDelta.toString()).toBe('-10');
    expect(change?.after.realisedPnl.toString()).toBe('-10');
    expect(change?.liquidation?.toString()).toBe('0.45');
    const gap = onPrice(position, d('70'), TERMS, AT);
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
    expect(onPrice(positionState(), d('94'), TERMS, AT)?.after.closeReason).toBe('STOP');
    expect(onPrice(positionState(), d('90'), TERMS, AT)?.after.closeReason).toBe('LIQUIDATION');
    const without: FeeRates = { makerPercent: d('0'), takerPercent: d('0') };
    expect(onPrice(positionState({ stop: '80' }), d('81'), without, AT)).toBeUndefined();
    expect(liquidationPriceOf(positionState(), without)).toBeUndefined();
    expect(protectivePrice(positionState({ stop: '80' }), TERMS).gt(d('90'))).toBe(true);
    expect(protectivePrice(positionState({ stop: '95' }), TERMS).toString()).toBe('95');
    expect(protectivePrice(positionState({ side: 'SHORT', stop: '130' }), TERMS).lt(d('110'))).toBe(true);
  });

  it('bounds the loss of every liquidated position by its margin, and balances', () => {
    const drawn = fc.record({
      side: fc.constantFrom('LONG' as const, 'SHORT' as const),
      lots: fc.bigInt({ min: 1n, max: 500n }),
      leverage: fc.integer({ min: 2, max: 100 }),
      pending: fc.boolean(),
    });
    fc.assert(
      fc.property(drawn, fc.integer({ min: 1, max: 30_000 }), (shapeOf, cents) => {
        const stop = shapeOf.side === 'LONG' ? '1' : '900';
        const position = positionState({ ...shapeOf, stop });
        const change = onPrice(position, Decimal.ofInteger(cents).times(d('0.01')), TERMS, AT);
        if (change?.after.closeReason !== 'LIQUIDATION') return;
        const fees = change.after.fees;
        expect(change.balanceDelta.plus(fees).eq(position.margin.negated())).toBe(true);
        const booked = postingsOf(change);
        expect(booked && sumOf(booked.postings).isZero).toBe(true);
      }),
    );
  });
});

describe('a position on a venue that does not flatter', () => {
  it('pays spread and size when it takes, on top of a gap', () => {
    const change = onPrice(positionState({ leverage: 1 }), d('90'), full, AT);
    // 90 less 1 bp of spread and 0.0045 bp for 90 of 100,000 USDT.
    expect(change?.executions[0]?.price.toString()).toBe('89.9909595');
    expect(change?.after.exitPrice?.toString()).toBe('89.9909595');
  });

  it('fills a resting order only when the market trades through it, at its own price', () => {
    const waiting = positionState({ pending: true });
    expect(onPrice(waiting, d('99.96'), full, AT)).toBeUndefined();
    expect(onPrice(waiting, d('99.95'), full, AT)?.executions[0]?.price.toString()).toBe('100');
    expect(onPrice(positionState(), d('102.05'), full, AT)).toBeUndefined();
    const hit = onPrice(positionState(), d('102.051'), full, AT);
    expect(hit?.executions.map(({ price, liquidity }) => [price.toString(), liquidity])).toEqual([['102', 'MAKER']]);
  });
});
