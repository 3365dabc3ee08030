import fc from 'fast-check';
import { peakSince, TrailBook, type TrailHit } from './trail-book.js';

const cross = (book: TrailBook, price: number, at = 0): TrailHit[] => book.cross(price, String(price), at);

const OWNERS = [1, 2, 3, 4, 5, 6, 7, 8];

describe('a trail book', () => {
  it('fires a percent behind the best price since each began', () => {
    const book = new TrailBook('LONG');
    book.add(1, '2', '100', 0);
    expect(cross(book, 110)).toEqual([]);
    expect(cross(book, 108)).toEqual([]);
    book.add(2, '2', '108', 1);
    expect(cross(book, 107.8)).toEqual([{ ownerId: 1, peak: '110', at: 0 }]);
    expect(cross(book, 105.84)).toEqual([{ ownerId: 2, peak: '108', at: 1 }]);
    expect(book.size).toBe(0);
  });

  it('fires at the very level, where doubles fall short of it', () => {
    const book = new TrailBook('LONG');
    book.add(1, '1', '100.02', 0);
    expect(cross(book, 99.0198)).toHaveLength(1);
  });

  it('mirrors for shorts', () => {
    const book = new TrailBook('SHORT');
    book.add(1, '2', '100', 0);
    expect(cross(book, 90)).toEqual([]);
    expect(cross(book, 91.7)).toEqual([]);
    expect(cross(book, 91.8)).toEqual([{ ownerId: 1, peak: '90', at: 0 }]);
  });

  it('forgets what is cancelled and replaces what is added again', () => {
    const book = new TrailBook('LONG');
    book.add(1, '2', '100', 0);
    book.add(1, '5', '100', 0);
    expect(cross(book, 97)).toEqual([]);
    expect(book.cancel(1)).toBe(true);
    expect(book.cancel(1)).toBe(false);
    expect(cross(book, 1)).toEqual([]);
  });

  it('merges what it overtakes into one node', () => {
    const book = new TrailBook('LONG');
    for (const [id, price] of [100, 99, 98, 97].entries()) book.add(id, '50', String(price), id);
    expect(book.peaks).toHaveLength(4);
    cross(book, 98.5, 9);
    expect(book.peaks).toEqual([
      { price: '100', at: 0 },
      { price: '99', at: 1 },
      { price: '98.5', at: 9 },
    ]);
    expect(peakSince(book.peaks, 1)).toBe('99');
    expect(peakSince(book.peaks, 2)).toBe('98.5');
    expect(book.peakOf(3)).toEqual({ price: '98.5', at: 9 });
    expect(peakSince(book.peaks, 10)).toBeUndefined();
  });

  it('fires what trails from a better price at one that is a new best for others', () => {
    const book = new TrailBook('SHORT');
    book.add(1, '1', '123', 0);
    book.add(2, '1', '86', 0);
    expect(cross(book, 87)).toEqual([{ ownerId: 2, peak: '86', at: 0 }]);
    expect(book.peakOf(1)).toEqual({ price: '87', at: 0 });
  });

  it('answers as a plain loop over all trails does', () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: 80, max: 120 }).map((price) => ({ price })) },
      {
        weight: 2,
        // From the last price, or from a best price that another process has seen.
        arbitrary: fc.record({
          add: fc.integer({ min: 1, max: 8 }),
          percent: fc.constantFrom(1, 2, 5, 10),
          peak: fc.option(fc.integer({ min: 80, max: 120 })),
        }),
      },
      { weight: 1, arbitrary: fc.record({ cancel: fc.integer({ min: 1, max: 8 }) }) },
    );
    fc.assert(
      fc.property(
        fc.constantFrom('LONG' as const, 'SHORT' as const),
        fc.array(step, { maxLength: 60, size: 'max' }),
        (side, steps) => {
          const book = new TrailBook(side);
          const sign = side === 'LONG' ? 1 : -1;
          const plain = new Map<number, { percent: number; peak: number }>();
          let last = 100;
          steps.forEach((next, time) => {
            if ('add' in next) {
              const peak = next.peak ?? last;
              book.add(next.add, next.percent, String(peak), time);
              plain.set(next.add, { percent: next.percent, peak });
            } else if ('cancel' in next) {
              expect(book.cancel(next.cancel)).toBe(plain.delete(next.cancel));
            } else {
              last = next.price;
              const isBehind = ({ percent, peak }: { percent: number; peak: number }) =>
                last * sign <= peak * sign - (peak * percent) / 100;
              expect(book.fires(last)).toBe([...plain.values()].some(isBehind));
              const expected: Pick<TrailHit, 'ownerId' | 'peak'>[] = [];
              for (const [ownerId, trail] of [...plain].sort(([a], [b]) => a - b)) {
                if (last * sign > trail.peak * sign) trail.peak = last;
                else if (isBehind(trail)) {
                  expected.push({ ownerId, peak: String(trail.peak) });
                  plain.delete(ownerId);
                }
              }
              expect(cross(book, last, time).map(({ ownerId, peak }) => ({ ownerId, peak }))).toEqual(expected);
            }
            const seen = JSON.stringify([
              book.size,
              book.peaks.map((peak) => peak.price),
              OWNERS.map((ownerId) => book.peakOf(ownerId)?.price),
            ]);
            const peaks = [...new Set([...plain.values()].map(({ peak }) => peak))].sort((a, b) => (b - a) * sign);
            const peakOf = (ownerId: number) => plain.get(ownerId)?.peak.toString();
            expect(seen).toBe(JSON.stringify([plain.size, peaks.map(String), OWNERS.map(peakOf)]));
          });
        },
      ),
      { numRuns: 200 },
    );
  });
});
