import fc from 'fast-check';
import { positionState } from '../../../test/factories/position-state.js';
import { closingOrderSide, openingOrderSide } from '../../domain/instrument/side.js';
import { marginBrackets } from '../../domain/margin/liquidation.js';
import { Decimal } from '../../domain/money/decimal.js';
import { fillModel } from '../../domain/paper/fill-model.js';
import { onPrice } from '../../domain/position/on-price.js';
import type { FeeRates } from '../../domain/position/position.js';
import { ArmedPrices } from './armed-prices.js';

const d = (text: string) => Decimal.of(text);
const AT = new Date('2026-01-01T00:01:00Z');
const FEES: FeeRates = { makerPercent: d('0.02'), takerPercent: d('0.05') };
const book = { halfSpreadBps: d('1'), depthUsdt: d('100000'), volatilityPercent: d('60') };
const FULL: FeeRates = {
  ...FEES,
  brackets: marginBrackets([{ upTo: null, ratePercent: '0.5' }]),
  fills: fillModel({
    realism: 'full',
    books: { major: book, large: book, other: book },
    classOf: () => 'other',
    latencyMs: 250,
    throughBps: d('7'),
    maxSlippagePercent: d('5'),
  }),
};

describe('armed prices', () => {
  it('are those at which the rules act, and no others', () => {
    const shape = fc.record({
      side: fc.constantFrom('LONG' as const, 'SHORT' as const),
      pending: fc.boolean(),
      leverage: fc.integer({ min: 1, max: 60 }),
    });
    const cents = fc.integer({ min: 8_000, max: 12_000 });
    fc.assert(
      fc.property(shape, cents, fc.constantFrom(FEES, FULL), (drawn, at, terms) => {
        const position = positionState(drawn);
        const prices = new ArmedPrices(terms);
        const price = Decimal.ofInteger(at).times(d('0.01'));
        const isLong = drawn.side === 'LONG';
        const against = drawn.pending
          ? prices.resting(openingOrderSide(drawn.side), position.entryPrice.toString())
          : prices.protective({
              side: drawn.side,
              entryPrice: position.entryPrice.toString(),
              remainingQty: position.remainingQty.toString(),
              leverage: drawn.leverage,
              stopLoss: position.stopLoss.toString(),
            });
        const target = prices.resting(closingOrderSide(drawn.side), String(position.targetPrices[0]));
        const hasFallen = isLong ? price.lte(d(against)) : price.gte(d(against));
        const hasRisen = isLong ? price.gte(d(target)) : price.lte(d(target));
        const fires = hasFallen || (!drawn.pending && hasRisen);
        expect(onPrice(position, price, terms, AT) !== undefined).toBe(fires);
      }),
      { numRuns: 1_000 },
    );
  });

  it('are the position’s own where the venue adds nothing', () => {
    const prices = new ArmedPrices(FEES);
    expect(prices.resting('BUY', '99.5')).toBe('99.5');
    const held = { side: 'LONG' as const, entryPrice: '100', remainingQty: '1', leverage: 50, stopLoss: '90' };
    expect(prices.protective(held)).toBe('90');
    expect(new ArmedPrices(FULL).protective(held)).toBe('98.492462311558');
    expect(new ArmedPrices(FULL).resting('SELL', '100')).toBe('100.07');
  });
});
