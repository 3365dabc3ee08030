import { Decimal } from '../money/decimal.js';
import { entryMode } from './entry-mode.js';

const long = {
  side: 'LONG' as const,
  entry: Decimal.of('100'),
  stopLoss: Decimal.of('95'),
  firstTarget: Decimal.of('102'),
  tolerancePercent: Decimal.of('0.5'),
};
const short = { ...long, side: 'SHORT' as const, stopLoss: Decimal.of('105'), firstTarget: Decimal.of('98') };

describe('how a signal is entered', () => {
  it.each([
    ['at the entry', long, '100', 'MARKET'],
    ['better than the entry', long, '97', 'MARKET'],
    ['worse, but within the tolerance', long, '100.5', 'MARKET'],
    ['just beyond the tolerance', long, '100.51', 'LIMIT'],
    ['at the stop', long, '95', 'REFUSED'],
    ['beyond the stop', long, '90', 'REFUSED'],
    ['short at the entry', short, '100', 'MARKET'],
    ['short, better', short, '104', 'MARKET'],
    ['short, within the tolerance', short, '99.5', 'MARKET'],
    ['short, run away', short, '99.49', 'LIMIT'],
    ['short, beyond the stop', short, '105', 'REFUSED'],
  ])('%s', (_name, question, price, type) => {
    expect(entryMode(question, Decimal.of(price)).type).toBe(type);
  });

  it('says why it is refused', () => {
    expect(entryMode(long, Decimal.of('95'))).toEqual({ type: 'REFUSED', reason: 'PRICE_BEYOND_STOP' });
  });

  it('does not chase a price that has already reached the first target', () => {
    const close = { ...long, firstTarget: Decimal.of('100.2') };
    expect(entryMode(close, Decimal.of('100.3'))).toEqual({ type: 'LIMIT', price: close.entry });
  });

  it('waits at the entry while there is no price', () => {
    expect(entryMode(long, undefined)).toEqual({ type: 'LIMIT', price: long.entry });
  });
});
