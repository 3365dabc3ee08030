import fc from 'fast-check';
import { closes, flatBars, highLowClose, someBars } from '../../../test/factories/bars.js';
import { type Bar, columnsOf } from './core/columns.js';
import { indicate } from './registry.js';

function of(name: string, bars: readonly Bar[], parameters: Record<string, number | string>, output = name): number[] {
  return [...(indicate(name, columnsOf(bars), parameters)[output] as Float64Array)];
}

const WALK = highLowClose([
  [10, 8, 9],
  [12, 9, 11],
  [11, 7, 8],
  [13, 8, 12],
  [16, 12, 15],
  [15, 11, 12],
]);

describe('ranges and bands worked out by hand', () => {
  it('take the close before into the true range, and begin its average with a mean', () => {
    expect(of('trange', WALK, {})).toEqual([NaN, 3, 4, 5, 4, 4]);
    expect(of('atr', WALK, { period: 2 })).toEqual([NaN, NaN, 3.5, 4.25, 4.125, 4.0625]);
    expect(of('natr', WALK, { period: 2 })[3]).toBeCloseTo((100 * 4.25) / 12, 12);
  });

  it('put Bollinger bands at deviations of the population', () => {
    const bars = closes([1, 3, 5, 3]);
    expect(of('bollinger', bars, { period: 2, up: 2, down: 1 }, 'upper')).toEqual([NaN, 4, 6, 6]);
    expect(of('bollinger', bars, { period: 2, up: 2, down: 1 }, 'lower')).toEqual([NaN, 1, 3, 3]);
    expect(of('bollinger', bars, { period: 2 }, 'percentB')).toEqual([NaN, 0.75, 0.75, 0.25]);
    expect(of('bollinger', flatBars(3, 0.1, 1), { period: 2 }, 'percentB').at(-1)).toBe(0.5);
    expect(of('bollinger', flatBars(3, 0.1, 1), { period: 2 }, 'upper').at(-1)).toBe(0.1);
  });

  it('see deviations of coins below a cent, unless told to take them for none', () => {
    const coin = closes([1e-8, 2e-8, 1e-8, 2e-8]);
    expect(of('stddev', coin, { period: 4 }).at(-1)).toBeCloseTo(5e-9, 20);
    expect(of('stddev', coin, { period: 4, zeroBelow: 1e-14 }).at(-1)).toBe(0);
  });

  it('let Donchian look at this bar, or at those before it only', () => {
    expect(of('donchian', WALK, { period: 2 }, 'upper')).toEqual([NaN, 12, 12, 13, 16, 16]);
    expect(of('donchian', WALK, { period: 2, window: 'before' }, 'upper')).toEqual([NaN, NaN, 12, 12, 13, 16]);
  });

  it('show the cloud of Ichimoku where it was known', () => {
    const bars = Array.from({ length: 12 }, (_, i) => ({ ...(flatBars(1, i, 1)[0] as Bar), high: i + 1, low: i - 1 }));
    const found = indicate('ichimoku', columnsOf(bars), { tenkan: 2, kijun: 4, senkou: 6, displacement: 3 });
    expect(found.tenkan?.[11]).toBe(10.5);
    expect(found.kijun?.[11]).toBe(9.5);
    expect(found.senkouA?.[11]).toBe((7.5 + 6.5) / 2);
    expect(found.senkouB?.[11]).toBe(5.5);
    expect(found.chikou?.[11]).toBe(11);
    expect(found.senkouA?.findIndex((value) => !Number.isNaN(value))).toBe(6);
  });
});

describe('lines that trail', () => {
  it('turn when the price crosses them (parabolic SAR)', () => {
    const bars = highLowClose([
      [10, 9, 9],
      [11, 10, 10],
      [12, 11, 12],
      [13, 12, 13],
      [9, 8, 8],
    ]);
    const sar = of('psar', bars, { step: 0.1, most: 0.2 });
    // Long from the low before; 9 + 0.1·(11 − 9), but never above the lows of two bars.
    expect(sar.slice(0, 3)).toEqual([NaN, 9, 9.2]);
    expect(sar[3]).toBeCloseTo(9.2 + 0.2 * (12 - 9.2), 12);
    expect(sar[4]).toBe(13);
    expect(of('psar', bars, { step: 0.1, most: 0.2 }, 'side').slice(1)).toEqual([1, 1, 1, -1]);
  });

  it('is on the other side of the price than the trend (Supertrend)', () => {
    fc.assert(
      fc.property(someBars(60, 150), (bars) => {
        const { supertrend, side, upper, lower } = indicate('supertrend', columnsOf(bars), { period: 5, factor: 1.5 });
        bars.forEach(({ close }, bar) => {
          if (Number.isNaN(side?.[bar])) return;
          if (side?.[bar] === 1) expect(close).toBeGreaterThan(supertrend?.[bar] as number);
          else expect(close).toBeLessThanOrEqual(supertrend?.[bar] as number);
          expect([upper?.[bar], lower?.[bar]]).toContain(supertrend?.[bar]);
        });
      }),
      { numRuns: 5 },
    );
  });
});

describe('turns, told when they are known', () => {
  it('tells a swing so many bars later', () => {
    const bars = closes([1, 2, 5, 3, 2, 2, 4]);
    expect(of('swings', bars, { left: 2, right: 2 }, 'high')).toEqual([NaN, NaN, NaN, NaN, 5, NaN, NaN]);
    expect(of('swings', bars, { left: 1, right: 1 }, 'low').slice(2)).toEqual([NaN, NaN, NaN, NaN, NaN]);
  });

  it('ends a leg of the zigzag when the price has come back by the percentage', () => {
    const bars = closes([100, 105, 110, 107, 104, 100, 111]);
    const found = indicate('zigzag', columnsOf(bars), { percent: 5, prices: 'close' });
    expect([...(found.pivot ?? [])]).toEqual([NaN, 100, NaN, NaN, 110, NaN, 100]);
    expect([...(found.side ?? [])]).toEqual([0, 1, 1, 1, -1, -1, 1]);
    expect(found.extreme?.[3]).toBe(110);
    expect(found.age?.[3]).toBe(1);
  });
});

describe('levels of the period before', () => {
  it('stand still until the day is over', () => {
    const day = (prices: [number, number, number, number], at: number): Bar => {
      const [open, high, low, close] = prices;
      return { time: Date.UTC(2025, 2, at), open, high, low, close, volume: 1 };
    };
    const bars = [day([10, 12, 8, 11], 1), day([11, 15, 10, 14], 2), day([14, 16, 13, 13], 3)];
    const pivot = of('pivotPoints', bars, {}, 'pivot');
    expect(pivot[0]).toBeNaN();
    expect(pivot[1]).toBeCloseTo(31 / 3, 12);
    expect(pivot[2]).toBeCloseTo(13, 12);
    expect(of('pivotPoints', bars, {}, 'r1')[1]).toBeCloseTo(62 / 3 - 8, 12);
    expect(of('pivotPoints', bars, {}, 's2')[1]).toBeCloseTo(31 / 3 - 4, 12);
    expect(of('pivotPoints', bars, { type: 'camarilla' }, 'r4')[1]).toBeCloseTo(11 + 1.1 * 2, 12);
    expect(of('pivotPoints', bars, { type: 'fibonacci' }, 's1')[1]).toBeCloseTo(31 / 3 - 0.382 * 4, 12);
    expect(of('pivotPoints', bars, { type: 'woodie' }, 'pivot')[1]).toBeCloseTo((12 + 8 + 22) / 4, 12);
    expect(of('pivotPoints', bars, { type: 'demark' }, 'pivot')[1]).toBeCloseTo((24 + 8 + 11) / 4, 12);
    expect(of('pivotPoints', bars, { period: 'month' }, 'pivot')).toEqual([NaN, NaN, NaN]);
  });
});

describe("the house's own", () => {
  it('compares volume with a mean that has it among its bars', () => {
    const bars = flatBars(4, 1, 0).map((bar, index) => ({ ...bar, volume: [1, 1, 1, 5][index] as number }));
    expect(of('volumeSurge', bars, { period: 4, factor: 2.4 }, 'surge')).toEqual([NaN, NaN, NaN, 1]);
    expect(of('volumeSurge', bars, { period: 4, factor: 2.5 }, 'surge').at(-1)).toBe(0);
  });

  it('measures the drop from the highest high', () => {
    expect(of('dropPercent', WALK, { period: 3 }).at(-1)).toBe(-25);
    expect(of('dropPercent', closes([1, 2, 3]), { period: 2 }).at(-1)).toBe(0);
  });

  it('knows a hammer and a shooting star by their wicks', () => {
    const shape = (open: number, high: number, low: number, close: number): Bar[] => [
      { time: 0, open, high, low, close, volume: 1 },
    ];
    expect(of('hammer', shape(10, 11.4, 7.9, 11), {})).toEqual([1]);
    expect(of('hammer', shape(10, 11.5, 7.9, 11), {})).toEqual([0]);
    expect(of('hammer', shape(10, 11.4, 8, 11), {})).toEqual([0]);
    expect(of('hammer', shape(10, 10, 7, 10), {})).toEqual([0]);
    expect(of('shootingStar', shape(11, 13.1, 9.6, 10), {})).toEqual([1]);
    expect(of('shootingStar', shape(11, 13, 9.6, 10), {})).toEqual([0]);
  });

  it('finds the base where the market was quietest', () => {
    const noisy = (from: number) => Array.from({ length: 12 }, (_, i) => from + (i % 2 === 0 ? 4 : -4));
    const quiet = [50, 50, 50, 50, 50, 50, 51];
    const bars = closes([...noisy(100), ...quiet, ...noisy(80)]);
    const found = indicate('qflBase', columnsOf(bars), { window: 31, volatility: 3, base: 4 });
    // Three returns of nothing end first at the fifth 50 (the first return into the quiet is a fall).
    expect(found.base?.[30]).toBe(50);
    expect(found.age?.[30]).toBe(30 - 15);
  });

  it('equals a search through each window by itself', () => {
    const [window, volatility, base] = [24, 5, 8];
    fc.assert(
      fc.property(someBars(60, 90), (bars) => {
        const found = of('qflBase', bars, { window, volatility, base }, 'base');
        for (let last = window - 1; last < bars.length; last += 1) {
          const prices = bars.slice(last - window + 1, last + 1).map(({ close }) => close);
          const value = found[last] as number;
          const nearest = Math.min(...basesOf(prices, volatility, base).map((one) => Math.abs(one - value)));
          expect(nearest).toBeLessThan(1e-9);
        }
      }),
      { numRuns: 4 },
    );
  });
});

/** The definition in its own words. Where several places are equally quiet but for the last digits, each will do. */
function basesOf(prices: readonly number[], volatility: number, base: number): number[] {
  const places = prices.flatMap((_, at) => (at < volatility ? [] : [{ at, spread: spreadAt(prices, at, volatility) }]));
  const least = Math.min(...places.map(({ spread }) => spread));
  return places
    .filter(({ spread }) => spread <= least + 1e-14)
    .map(({ at }) => {
      const taken = prices.slice(Math.max(0, at - base + 1), at + 1);
      return taken.reduce((total, one) => total + one, 0) / taken.length;
    });
}

function spreadAt(prices: readonly number[], at: number, volatility: number): number {
  const returns = Array.from({ length: volatility }, (_, back) => {
    return (prices[at - back] as number) / (prices[at - back - 1] as number) - 1;
  });
  const mean = returns.reduce((total, one) => total + one, 0) / volatility;
  return returns.reduce((total, one) => total + (one - mean) ** 2, 0);
}
