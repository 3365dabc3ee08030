/** The platform's drawdown: what moves it and what does not. */
import fc from 'fast-check';
import { drawdownPercent, type EquityPoint, nextIndex } from './drawdown.js';

function walk(steps: readonly { result: number; deposit: number }[], start = 1_000): EquityPoint[] {
  const points: EquityPoint[] = [{ equity: String(start), result: '0', index: '1' }];
  for (const { result, deposit } of steps) {
    const before = points.at(-1) as EquityPoint;
    const total = Number(before.result) + result;
    const equity = Number(before.equity) + result + deposit;
    points.push({ equity: String(equity), result: String(total), index: nextIndex(before, String(total)) });
  }
  return points;
}

describe('drawdown', () => {
  it('is the fall from the peak', () => {
    const points = walk([
      { result: 1_000, deposit: 0 },
      { result: -700, deposit: 0 },
    ]);
    expect(points.map(({ index }) => index)).toEqual(['1', '2', '1.3']);
    expect(drawdownPercent('2', '1.3').toString()).toBe('35');
    expect(drawdownPercent('1', '1.3').toString()).toBe('0');
  });

  it('begins at 1, and neither falls below 0 nor breaks on equity of nothing', () => {
    expect(nextIndex(undefined, '5')).toBe('1');
    expect(nextIndex({ equity: '100', result: '0', index: '1' }, '-150')).toBe('0');
    expect(nextIndex({ equity: '0', result: '0', index: '0.4' }, '50')).toBe('0.4');
  });

  it('deposits and resets alone never move it', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 20 }), (deposits) => {
        const points = walk(deposits.map((deposit) => ({ result: 0, deposit })));
        expect(new Set(points.map(({ index }) => index))).toEqual(new Set(['1']));
      }),
    );
  });

  it('a loss always lowers it and a profit always raises it', () => {
    fc.assert(
      fc.property(fc.integer({ min: -900, max: 900 }), fc.integer({ min: -50, max: 5_000 }), (result, deposit) => {
        const [first, second] = walk([{ result, deposit }]) as [EquityPoint, EquityPoint];
        expect(Math.sign(Number(second.index) - Number(first.index))).toBe(Math.sign(result));
      }),
    );
  });
});
