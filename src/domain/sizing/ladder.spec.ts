import fc from 'fast-check';
import { Decimal } from '../money/decimal.js';
import { minLotsAt, SPLIT_MODES, splitLots, weightsOf } from './ladder.js';

const sum = (lots: readonly bigint[]): bigint => lots.reduce((total, rung) => total + rung, 0n);

describe('splitting a ladder', () => {
  it('sums to the whole in every mode, with any minimum', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 15n }),
        fc.integer({ min: 1, max: 10 }),
        fc.constantFrom(...SPLIT_MODES.filter((mode) => mode !== 'SHARES')),
        fc.bigInt({ min: 1n, max: 50n }),
        (lots, rungs, mode, least) => {
          const minLots = Array.from({ length: rungs }, () => least);
          const ladder = splitLots(lots, weightsOf(mode, rungs), minLots);
          expect(ladder).toHaveLength(rungs);
          expect(sum(ladder)).toBe(lots);
          const filled = ladder.filter((rung) => rung > 0n);
          expect(filled.every((rung) => rung >= least) || filled.length <= 1).toBe(true);
        },
      ),
    );
  });

  it.each([
    ['EVEN', [25n, 25n, 25n, 25n]],
    ['ONE_TARGET', [100n, 0n, 0n, 0n]],
    ['EXPONENTIAL', [6n, 13n, 26n, 55n]],
    ['INCREASING', [10n, 20n, 30n, 40n]],
    ['DECREASING', [40n, 30n, 20n, 10n]],
    ['FIRST_HEAVY', [50n, 16n, 16n, 18n]],
    ['LAST_HEAVY', [16n, 16n, 16n, 52n]],
  ] as const)('%s', (mode, expected) => {
    expect(splitLots(100n, weightsOf(mode, 4))).toEqual(expected);
  });

  it('follows given shares', () => {
    const shares = ['50', '12.5', '37.5'].map((share) => Decimal.of(share));
    expect(splitLots(80n, weightsOf('SHARES', 3, shares))).toEqual([40n, 10n, 30n]);
  });

  it('merges rungs that are too small: into the next, the last into the one before it', () => {
    expect(splitLots(2n, [1, 1, 1])).toEqual([0n, 0n, 2n]);
    expect(splitLots(6n, [1, 1, 1], [3n, 3n, 3n])).toEqual([0n, 0n, 6n]);
    expect(splitLots(9n, [4, 4, 1], [2n, 2n, 2n])).toEqual([4n, 0n, 5n]);
    expect(splitLots(5n, [4, 1], [2n, 2n])).toEqual([0n, 5n]);
    expect(splitLots(5n, [4, 0, 1], [2n, 2n, 2n])).toEqual([0n, 0n, 5n]);
  });

  it('keeps rungs of exactly the minimum, and gives the rest to the last that has a weight', () => {
    expect(splitLots(9n, [1, 1, 1], [3n, 3n, 3n])).toEqual([3n, 3n, 3n]);
    expect(splitLots(7n, [1, 1, 0])).toEqual([3n, 4n, 0n]);
    expect(() => splitLots(7n, [0, 0])).toThrow('a ladder needs a weight above zero');
  });

  it('knows the least an order needs at a price', () => {
    const rules = { lotStep: '0.1', minQty: '0.2', minNotional: '5' };
    expect(minLotsAt(Decimal.of('100'), rules)).toBe(2n);
    expect(minLotsAt(Decimal.of('3'), rules)).toBe(17n);
    expect(minLotsAt(Decimal.of('3.05'), rules)).toBe(17n);
  });
});
