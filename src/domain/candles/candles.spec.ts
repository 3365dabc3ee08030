import fc from 'fast-check';
import { type Candle, candlesOf, columnsOf, faultOf } from './candle.js';
import { gapsIn, withoutGaps } from './gaps.js';
import { Resampler, resampled } from './resample.js';
import { type PricedAt, TickCandles } from './tick-candles.js';
import { isMadeOf, timeframe, TIMEFRAME_CODES } from './timeframe.js';
import { TimeframesView } from './timeframes-view.js';

const MINUTE = 60_000;
const START = Date.UTC(2024, 11, 31, 23, 40);
const ONE = timeframe('1m');
const FIVE = timeframe('5m');

/** Candles of minutes, some of which are missing. */
function minutes(maxLength: number): fc.Arbitrary<Candle[]> {
  const part = fc.record({
    skipped: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(12)),
    prices: fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 2, maxLength: 4 }),
    volume: fc.nat(100),
  });
  return fc.array(part, { minLength: 1, maxLength }).map((parts) => {
    let time = START - MINUTE;
    return parts.map(({ skipped, prices, volume }) => {
      time += MINUTE * (1 + skipped);
      const [open, close] = [prices[0] as number, prices.at(-1) as number];
      return { time, open, high: Math.max(...prices), low: Math.min(...prices), close, volume };
    });
  });
}

function flat(time: number, price: number, volume = 1): Candle {
  return { time, open: price, high: price, low: price, close: price, volume };
}

describe('timeframes', () => {
  it('begin with the calendar, in UTC', () => {
    const at = Date.UTC(2025, 1, 19, 14, 47, 3);
    const starts = Object.fromEntries(
      TIMEFRAME_CODES.map((code) => [code, new Date(timeframe(code).startOf(at)).toISOString().slice(0, 16)]),
    );
    expect(starts).toMatchObject({
      '5m': '2025-02-19T14:45',
      '4h': '2025-02-19T12:00',
      '1d': '2025-02-19T00:00',
      '1w': '2025-02-17T00:00',
      '1M': '2025-02-01T00:00',
    });
    expect(new Date(timeframe('1M').endOf(Date.UTC(2024, 1, 1))).toISOString()).toBe('2024-03-01T00:00:00.000Z');
    expect(() => timeframe('7m')).toThrow('there is no timeframe 7m; known: 1m, 3m');
  });

  it('hold every moment in exactly one candle', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 4e12 }), fc.constantFrom(...TIMEFRAME_CODES), (at, code) => {
        const frame = timeframe(code);
        const start = frame.startOf(at);
        expect(start).toBeLessThanOrEqual(at);
        expect(frame.endOf(start)).toBeGreaterThan(at);
        expect(frame.startOf(start)).toBe(start);
        expect(frame.startOf(frame.endOf(start))).toBe(frame.endOf(start));
        expect(frame.startOf(frame.endOf(start) - 1)).toBe(start);
      }),
    );
  });

  it('are made of each other where they fit', () => {
    const fits = (longer: string, shorter: string) => isMadeOf(timeframe(longer), timeframe(shorter));
    expect([fits('5m', '1m'), fits('1M', '1d'), fits('1w', '4h'), fits('1M', '1M')]).toEqual([true, true, true, true]);
    expect([fits('5m', '3m'), fits('1M', '1w'), fits('1h', '4h'), fits('8h', '6h')]).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('a candle', () => {
  it('says what is wrong with it', () => {
    expect(faultOf(flat(START, 1))).toBeUndefined();
    expect(faultOf({ ...flat(START, 1), high: 0.5 })).toBe('its open or close is outside low and high');
    expect(faultOf(flat(START, 0))).toBe('it has a price that is not above zero');
    expect(faultOf({ ...flat(START, 1), close: NaN })).toBe('its open or close is outside low and high');
    expect(faultOf(flat(START + 0.5, 1))).toBe('its time is not a whole number of milliseconds');
    expect(faultOf(flat(START, 1, -1))).toBe('its volume is not a number from 0 on');
  });
});

describe('gaps', () => {
  it('are filled at the close before where they are short, and left open as one hole where they are long', () => {
    const candles = [flat(START, 7), flat(START + 3 * MINUTE, 8), flat(START + 10 * MINUTE, 9)];
    expect(gapsIn(columnsOf(candles), ONE)).toEqual([
      { from: START + MINUTE, to: START + 2 * MINUTE, missing: 2 },
      { from: START + 4 * MINUTE, to: START + 9 * MINUTE, missing: 6 },
    ]);
    const filled = withoutGaps(columnsOf(candles), ONE, 5);
    expect([...filled.close]).toEqual([7, 7, 7, 8, NaN, 9]);
    expect([...filled.volume]).toEqual([1, 0, 0, 1, NaN, 1]);
    expect([...filled.filled]).toEqual([0, 1, 1, 0, 1, 0]);
    expect(filled.time[4]).toBe(START + 4 * MINUTE);
  });

  it('leave what was traded as it was, and nothing missing', () => {
    fc.assert(
      fc.property(minutes(40), (candles) => {
        const filled = withoutGaps(columnsOf(candles), ONE, Infinity);
        expect(gapsIn(filled, ONE)).toEqual([]);
        expect(candlesOf(filled).filter((_, index) => filled.filled[index] === 0)).toEqual(candles);
      }),
      { numRuns: 30 },
    );
  });

  it('know months, and refuse times off the calendar', () => {
    const months = [flat(Date.UTC(2024, 0, 1), 1), flat(Date.UTC(2024, 3, 1), 2)];
    expect(gapsIn(columnsOf(months), timeframe('1M'))).toEqual([
      { from: Date.UTC(2024, 1, 1), to: Date.UTC(2024, 2, 1), missing: 2 },
    ]);
    expect(() => gapsIn(columnsOf([flat(START + 1, 1)]), ONE)).toThrow('candle 1 does not begin with a 1m');
    expect(() => gapsIn(columnsOf([flat(START, 1), flat(START, 1)]), ONE)).toThrow('candle 2 is not later');
  });
});

describe('longer candles', () => {
  it('are handed out when their time is over, marked where their beginning was not seen', () => {
    const resampler = new Resampler(ONE, FIVE);
    const at = (minute: number, price: number) => flat(START + minute * MINUTE, price, minute);
    expect(resampler.take(at(3, 10))).toEqual([]);
    expect(resampler.open).toMatchObject({ time: START, close: 10, isPartial: true });
    expect(resampler.take(at(4, 12))).toEqual([
      { time: START, open: 10, high: 12, low: 10, close: 12, volume: 7, isPartial: true },
    ]);
    expect(resampler.open).toBeUndefined();
    // The second ends in silence: only a later candle shows that it is over.
    expect(resampler.take(at(6, 9))).toEqual([]);
    expect(resampler.take(at(14, 11))).toMatchObject([
      { time: START + 5 * MINUTE, close: 9, isPartial: false },
      { time: START + 10 * MINUTE, close: 11, isPartial: false },
    ]);
    expect(() => resampler.take(at(14, 1))).toThrow('not later');
    expect(() => new Resampler(timeframe('3m'), FIVE)).toThrow('candles of 3m cannot be made into candles of 5m');
  });

  it('hold what was traded within them, each price and each volume once', () => {
    fc.assert(
      fc.property(minutes(60), fc.constantFrom('5m', '15m', '1h', '1d', '1M'), (candles, code) => {
        const longer = timeframe(code);
        const long = candlesOf(resampled(columnsOf(candles), ONE, longer));
        const starts = [...new Set(candles.map(({ time }) => longer.startOf(time)))];
        expect(long).toEqual(
          starts.map((time) => {
            const parts = candles.filter((candle) => longer.startOf(candle.time) === time);
            return {
              time,
              open: parts[0]?.open,
              high: Math.max(...parts.map(({ high }) => high)),
              low: Math.min(...parts.map(({ low }) => low)),
              close: parts.at(-1)?.close,
              volume: parts.reduce((total, { volume }) => total + volume, 0),
            };
          }),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('are the same by way of a timeframe in between', () => {
    fc.assert(
      fc.property(minutes(60), (candles) => {
        const direct = resampled(columnsOf(candles), ONE, timeframe('1h'));
        const byFive = resampled(resampled(columnsOf(candles), ONE, FIVE), FIVE, timeframe('1h'));
        for (const name of ['time', 'open', 'high', 'low', 'close', 'volume'] as const) {
          expect([...byFive[name]]).toEqual([...direct[name]]);
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe('a view of several timeframes', () => {
  it('never shows a candle before it has closed, and never changes what it has shown', () => {
    fc.assert(
      fc.property(minutes(80), (candles) => {
        const view = new TimeframesView('1m', ['5m', '1h'], 1_000);
        const shown = new Map<string, Candle>();
        for (const candle of candles) {
          view.take(candle);
          expect(view.now).toBe(candle.time + MINUTE);
          for (const code of ['1m', '5m', '1h'] as const) {
            for (const seen of view.candles(code)) {
              expect(timeframe(code).endOf(seen.time)).toBeLessThanOrEqual(view.now);
              const key = `${code} ${seen.time}`;
              expect(shown.get(key) ?? seen).toEqual(seen);
              shown.set(key, seen);
            }
          }
        }
      }),
      { numRuns: 10 },
    );
  });

  it('keeps the newest, and leaves out one whose beginning it has not seen', () => {
    const view = new TimeframesView('1m', ['5m'], 2);
    const named = Array.from({ length: 17 }, (_, index) => view.take(flat(START + (index + 2) * MINUTE, index + 1)));
    expect(named.flatMap((codes, index) => (codes.includes('5m') ? [index] : []))).toEqual([7, 12]);
    expect(view.candles('1m').map(({ close }) => close)).toEqual([16, 17]);
    expect(view.candle('5m')?.close).toBe(13);
    expect(view.candle('5m', 1)?.close).toBe(8);
    expect(view.candle('5m', 2)).toBeUndefined();
    expect(view.candle('1h')).toBeUndefined();
  });
});

describe('candles out of ticks', () => {
  it('stand still through silence and count what comes too late', () => {
    const made = new TickCandles(ONE);
    expect(made.closeUntil(START)).toEqual([]);
    expect(made.take({ price: 5, at: START + 1, quantity: 2 })).toEqual([]);
    expect(made.take({ price: 7, at: START + 3 * MINUTE })).toEqual([
      flat(START, 5, 2),
      flat(START + MINUTE, 5, 0),
      flat(START + 2 * MINUTE, 5, 0),
    ]);
    expect(made.take({ price: 9, at: START + 2 * MINUTE })).toEqual([]);
    expect(made.take({ price: NaN, at: START + 3 * MINUTE })).toEqual([]);
    expect(made.late).toBe(2);
    expect(made.open).toEqual(flat(START + 3 * MINUTE, 7, 0));
    expect(made.closeUntil(START + 4 * MINUTE)).toEqual([flat(START + 3 * MINUTE, 7, 0)]);
    expect(made.take({ price: 8, at: START + 4 * MINUTE + 5, quantity: 1 })).toEqual([]);
    expect(made.open).toEqual(flat(START + 4 * MINUTE, 8, 1));
  });

  it('leave a silence of more than a day of minutes open', () => {
    const made = new TickCandles(ONE);
    made.take({ price: 5, at: START });
    const closed = made.take({ price: 6, at: START + 3_000 * MINUTE });
    expect(closed.length).toBe(1_441);
    expect(made.open).toEqual(flat(START + 3_000 * MINUTE, 6, 0));
  });

  it('are those of the sorted prices, in whatever order these come within a candle', () => {
    const price = fc.record({
      price: fc.integer({ min: 1, max: 500 }),
      second: fc.integer({ min: 0, max: 59_999 }),
      quantity: fc.nat(9),
    });
    const unique = fc.uniqueArray(price, { minLength: 1, maxLength: 12, selector: ({ second }) => second });
    fc.assert(
      fc.property(fc.array(unique, { minLength: 1, maxLength: 6 }), (candles) => {
        const ticks = (sort: boolean): PricedAt[] =>
          candles.flatMap((parts, index) =>
            (sort ? [...parts].sort((a, b) => a.second - b.second) : parts).map((part) => ({
              price: part.price,
              at: START + index * MINUTE + part.second,
              quantity: part.quantity,
            })),
          );
        const made = (sort: boolean): Candle[] => {
          const aggregator = new TickCandles(ONE);
          const closed = ticks(sort).flatMap((tick) => aggregator.take(tick));
          return [...closed, ...aggregator.closeUntil(START + candles.length * MINUTE)];
        };
        const expected = candles.map((parts, index) => {
          const sorted = [...parts].sort((a, b) => a.second - b.second);
          const prices = sorted.map((part) => part.price);
          return {
            time: START + index * MINUTE,
            open: prices[0],
            high: Math.max(...prices),
            low: Math.min(...prices),
            close: prices.at(-1),
            volume: sorted.reduce((total, { quantity }) => total + quantity, 0),
          };
        });
        expect(made(true)).toEqual(expected);
        expect(made(false)).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });
});
