import fc from 'fast-check';
import { closes, flatBars, highLowClose, someBars } from '../../../test/factories/bars.js';
import { type Bar, columnsOf } from './core/columns.js';
import { indicate } from './registry.js';

function of(
  name: string,
  bars: readonly Bar[],
  parameters: Record<string, number | string> = {},
  output = name,
): number[] {
  return [...(indicate(name, columnsOf(bars), parameters)[output] as Float64Array)];
}

function rounded(values: readonly number[], digits = 4): number[] {
  return values.map((value) => (Number.isNaN(value) ? NaN : Number(value.toFixed(digits))));
}

/** The last n values at each bar, once there are so many. */
function windows<T>(values: readonly T[], n: number): T[][] {
  return values.flatMap((_, index) => (index + 1 >= n ? [values.slice(index + 1 - n, index + 1)] : []));
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
const spread = (values: readonly number[]): number =>
  Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));

describe('averages worked out by hand', () => {
  const bars = closes([1, 2, 3, 4, 5, 4, 3]);
  const N = NaN;

  it.each([
    ['sma', { period: 3 }, [N, N, 2, 3, 4, 4.3333, 4]],
    ['ema', { period: 3 }, [N, N, 2, 3, 4, 4, 3.5]],
    ['ema', { period: 3, seed: 'first' }, [N, N, 2.25, 3.125, 4.0625, 4.0313, 3.5156]],
    ['wma', { period: 3 }, [N, N, 2.3333, 3.3333, 4.3333, 4.3333, 3.6667]],
    ['smma', { period: 3 }, [N, N, 2, 2.6667, 3.4444, 3.6296, 3.4198]],
    ['trima', { period: 3 }, [N, N, 2, 3, 4, 4.5, 4]],
    ['dema', { period: 2 }, [N, N, 3, 4, 5, 4.2222, 3.1481]],
    ['mom', { period: 2 }, [N, N, 2, 2, 2, 0, -2]],
    ['midpoint', { period: 3 }, [N, N, 2, 3, 4, 4.5, 4]],
    ['sum', { period: 3 }, [N, N, 6, 9, 12, 13, 12]],
    ['roc', { period: 1 }, [N, 100, 50, 33.3333, 25, -20, -25]],
    ['sma', { period: 1 }, [1, 2, 3, 4, 5, 4, 3]],
  ] as const)('%s %o', (name, parameters, expected) => {
    expect(rounded(of(name, bars, parameters))).toEqual(expected);
  });

  it('follows at once where the way is straight, and slowly where it is not (KAMA)', () => {
    const straight = of('kama', closes([1, 2, 3, 4]), { period: 2 });
    // Efficiency 1: weight (2/3)² of the way from the value before the first.
    expect(rounded(straight)).toEqual([N, N, 2.4444, 3.1358]);
    const turning = of('kama', closes([1, 2, 1]), { period: 2 });
    expect(turning[2]).toBeCloseTo(2 - (2 / 31) ** 2, 12);
  });

  it('weighs by volume, and falls back to the plain mean where nothing was traded', () => {
    const traded = closes([10, 20, 30]).map((bar, index) => ({ ...bar, volume: [1, 3, 0][index] as number }));
    expect(of('vwma', traded, { period: 2 })).toEqual([N, 17.5, 20]);
    expect(of('vwma', flatBars(3, 5, 0), { period: 2 })).toEqual([N, 5, 5]);
    expect(of('vwap', traded, { anchor: 'never' })).toEqual([10, 17.5, 17.5]);
  });

  it('begins the volume-weighted price anew with the day', () => {
    // The fixture's bars begin at 23:30 and are a minute apart: the 31st is the first of the next day, and month.
    const bars32 = closes(Array.from({ length: 32 }, (_, index) => index));
    for (const anchor of ['day', 'month']) {
      const found = of('vwap', bars32, { anchor });
      expect(found[29]).toBe(14.5);
      expect(found.slice(30)).toEqual([30, 30.5]);
    }
    expect(of('vwap', bars32, { anchor: 'week' })[31]).toBe(15.5);
  });
});

describe('oscillators', () => {
  it("is the relative strength of the textbook's example", () => {
    const example = [
      44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955, 45.4245, 45.8433, 46.0826, 45.8931, 46.0328,
      45.614, 46.282, 46.282, 46.0028, 46.0328, 46.4116, 46.2222, 45.6439,
    ];
    expect(rounded(of('rsi', closes(example)).slice(13), 2)).toEqual([NaN, 70.53, 66.32, 66.55, 69.41, 66.36, 57.97]);
  });

  it('knows a market that only rises, only falls or stands still', () => {
    const rising = closes(Array.from({ length: 40 }, (_, index) => index + 1));
    const falling = closes(Array.from({ length: 40 }, (_, index) => 100 - index));
    expect(of('rsi', rising).at(-1)).toBe(100);
    expect(of('rsi', falling).at(-1)).toBe(0);
    expect(of('rsi', flatBars(40, 3, 1)).at(-1)).toBe(0);
    expect(of('cmo', rising).at(-1)).toBe(100);
    expect(of('cmo', falling).at(-1)).toBe(-100);
    expect(of('aroon', rising, {}, 'oscillator').at(-1)).toBe(100);
    expect(of('willr', rising).at(-1)).toBe(0);
    expect(of('willr', falling).at(-1)).toBe(-100);
    expect(of('stochFast', rising, {}, 'k').at(-1)).toBe(100);
    expect(of('stoch', flatBars(40, 3, 1), {}, 'k').at(-1)).toBe(0);
    expect(of('cci', flatBars(40, 0.1, 1)).at(-1)).toBe(0);
  });

  it('begins MACD with means on one bar and shows nothing before its signal', () => {
    const bars = closes(Array.from({ length: 12 }, (_, index) => index * index));
    const found = indicate('macd', columnsOf(bars), { fast: 2, slow: 4, signal: 3 });
    const line = (fast: number, slow: number) => fast - slow;
    // Both averages of 0, 1, 4, 9 stand on bar 3: the fast one of 4 and 9, the slow one of all four.
    let [fast, slow] = [6.5, 3.5];
    const lines = [line(fast, slow)];
    for (const close of [16, 25]) {
      fast += ((close - fast) * 2) / 3;
      slow += ((close - slow) * 2) / 5;
      lines.push(line(fast, slow));
    }
    expect(found.macd?.[4]).toBeNaN();
    expect(found.macd?.[5]).toBeCloseTo(lines[2] as number, 12);
    expect(found.signal?.[5]).toBeCloseTo(mean(lines), 12);
    expect(found.histogram?.[5]).toBeCloseTo((lines[2] as number) - mean(lines), 12);
  });

  it('stays within its bounds whatever the market does', () => {
    const bounds = [
      ['rsi', 'rsi', 0, 100],
      ['stoch', 'k', 0, 100],
      ['stoch', 'd', 0, 100],
      ['stochRsi', 'k', 0, 100],
      ['mfi', 'mfi', 0, 100],
      ['ultosc', 'ultosc', 0, 100],
      ['adx', 'adx', 0, 100],
      ['adx', 'plusDi', 0, 100],
      ['aroon', 'up', 0, 100],
      ['willr', 'willr', -100, 0],
      ['cmo', 'cmo', -100, 100],
      ['bop', 'bop', -1, 1],
      ['cmf', 'cmf', -1, 1],
      ['correl', 'correl', -1, 1],
      ['kama', 'efficiency', 0, 1],
    ] as const;
    fc.assert(
      fc.property(someBars(60, 150), (bars) => {
        for (const [name, output, low, high] of bounds) {
          for (const value of of(name, bars, {}, output)) {
            if (Number.isNaN(value)) continue;
            expect(value).toBeGreaterThanOrEqual(low - 1e-9);
            expect(value).toBeLessThanOrEqual(high + 1e-9);
          }
        }
      }),
      { numRuns: 5 },
    );
  });
});

describe('windows', () => {
  it('equal what their definition says of each window by itself', () => {
    fc.assert(
      fc.property(someBars(40, 120), fc.integer({ min: 2, max: 17 }), (bars, period) => {
        const prices = bars.map(({ close }) => close);
        const weights = Array.from({ length: period }, (_, index) => index + 1);
        const line = (values: number[]): number => {
          const places = values.map((_, index) => index);
          const slope =
            sum(values.map((value, index) => (index - mean(places)) * (value - mean(values)))) /
            sum(places.map((place) => (place - mean(places)) ** 2));
          return mean(values) + slope * (period - 1 - mean(places));
        };
        const expected: [string, number[], string?][] = [
          ['sma', windows(prices, period).map(mean)],
          ['stddev', windows(prices, period).map(spread)],
          ['wma', windows(prices, period).map((w) => sum(w.map((x, i) => x * (weights[i] as number))) / sum(weights))],
          ['linearReg', windows(prices, period).map(line), 'value'],
          ['midpoint', windows(prices, period).map((window) => Math.max(...window)), 'highest'],
          ['midpoint', windows(prices, period).map((window) => Math.min(...window)), 'lowest'],
          ['cmf', windows(bars, period).map(moneyFlow)],
          ['correl', windows(bars, period).map(correlation)],
        ];
        for (const [name, values, output = name] of expected) {
          const found = of(name, bars, { period }, output).slice(period - 1);
          found.forEach((value, index) => expect(value).toBeCloseTo(values[index] as number, 8));
        }
      }),
      { numRuns: 6 },
    );
  });

  it('of a sum lose nothing after a price a million times as high', () => {
    const bars = closes([
      ...Array.from({ length: 10 }, () => 1e12),
      ...Array.from({ length: 300 }, (_, i) => 1 + (i % 3) / 8),
    ]);
    const last = bars.slice(-20).map(({ close }) => close);
    expect(of('sma', bars).at(-1)).toBeCloseTo(mean(last), 14);
    const early = bars.slice(21, 41).map(({ close }) => close);
    expect(of('stddev', bars)[40]).toBeCloseTo(spread(early), 14);
    expect(of('sum', bars, { period: 20 })[40]).toBeCloseTo(sum(early), 12);
    expect(of('stddev', bars).at(-1)).toBeCloseTo(spread(last), 14);
    expect(of('sum', bars, { period: 20 }).at(-1)).toBeCloseTo(sum(last), 12);
  });

  it('name the later of two equal extremes (Aroon)', () => {
    const bars = highLowClose([
      [5, 1, 3],
      [9, 2, 3],
      [9, 1, 3],
      [8, 2, 3],
    ]);
    expect(of('aroon', bars, { period: 3 }, 'up')[3]).toBeCloseTo(200 / 3, 12);
    expect(of('aroon', bars, { period: 3 }, 'down')[3]).toBeCloseTo(200 / 3, 12);
  });
});

function moneyFlow(bars: readonly Bar[]): number {
  const flow = ({ high, low, close, volume }: Bar): number =>
    high === low ? 0 : ((close - low - (high - close)) / (high - low)) * volume;
  const volume = sum(bars.map((bar) => bar.volume));
  return volume === 0 ? 0 : sum(bars.map(flow)) / volume;
}

function correlation(bars: readonly Bar[]): number {
  const highs = bars.map(({ high }) => high);
  const lows = bars.map(({ low }) => low);
  const together = mean(highs.map((high, index) => (high - mean(highs)) * ((lows[index] as number) - mean(lows))));
  return spread(highs) * spread(lows) < 1e-12 ? 0 : together / (spread(highs) * spread(lows));
}
