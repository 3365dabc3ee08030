/** Candles of one minute: what is one, and how ticks become some. */
import fc from 'fast-check';
import { candleProblem, MINUTE_MS, type MinuteCandle, MinuteOfTicks } from './minute-candle.js';
import { candleStart, TIMEFRAMES } from './candle-length.js';

const T0 = 1_760_000_040_000;

const candle = (change: Partial<MinuteCandle> = {}): MinuteCandle => ({
  ...{ openMs: T0, open: '10', high: '12.5', low: '9.75', close: '11', volume: '0' },
  ...change,
});

it('knows what is no candle', () => {
  expect(candleProblem(candle())).toBeUndefined();
  expect(candleProblem(candle({ openMs: T0 + 1 }))).toBe('does not open at a whole minute');
  for (const price of ['', '1e3', '-1', 'NaN', '.5']) {
    expect(candleProblem(candle({ close: price }))).toBe('holds what is not a plain decimal');
  }
  expect(candleProblem(candle({ low: '0' }))).toBe('has a price that is not above zero');
  expect(candleProblem(candle({ close: '12.6' }))).toBe('has an open or close outside its low and high');
  expect(candleProblem(candle({ open: '9.7' }))).toBe('has an open or close outside its low and high');
});

it('makes of any ticks the candles that a plain look at each minute gives', () => {
  const tick = fc.record({ after: fc.integer({ min: 0, max: 90_000 }), price: fc.integer({ min: 1, max: 9_999 }) });
  fc.assert(
    fc.property(fc.array(tick, { maxLength: 60 }), (steps) => {
      const minutes = new Map<number, number[]>();
      const maker = new MinuteOfTicks();
      const made: MinuteCandle[] = [];
      let atMs = T0;
      for (const { after, price } of steps) {
        atMs += after;
        const openMs = Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
        minutes.set(openMs, [...(minutes.get(openMs) ?? []), price]);
        const ended = maker.take(String(price), atMs);
        if (ended !== undefined) made.push(ended);
      }
      const expected = [...minutes].slice(0, -1).map(([openMs, prices]) => ({
        openMs,
        open: String(prices[0]),
        high: String(Math.max(...prices)),
        low: String(Math.min(...prices)),
        close: String(prices.at(-1)),
        volume: String(prices.length),
      }));
      expect(made).toEqual(expected);
      for (const one of made) expect(candleProblem(one)).toBeUndefined();
    }),
  );
});

it('does not count a tick of a minute that is over', () => {
  const maker = new MinuteOfTicks();
  maker.take('10', T0);
  maker.take('11', T0 + MINUTE_MS);
  expect(maker.take('99', T0 + 1)).toBeUndefined();
  expect(maker.take('12', T0 + 2 * MINUTE_MS)).toMatchObject({ open: '11', high: '11', volume: '1' });
});

it('begins days at midnight and weeks on Monday', () => {
  const at = Date.UTC(2026, 0, 31, 22, 47, 13);
  const startOf = (minutes: number) => new Date(candleStart(at, minutes)).toISOString();
  expect(startOf(TIMEFRAMES['5m'])).toBe('2026-01-31T22:45:00.000Z');
  expect(startOf(TIMEFRAMES['4h'])).toBe('2026-01-31T20:00:00.000Z');
  expect(startOf(TIMEFRAMES['1d'])).toBe('2026-01-31T00:00:00.000Z');
  expect(startOf(TIMEFRAMES['1w'])).toBe('2026-01-26T00:00:00.000Z');
});
