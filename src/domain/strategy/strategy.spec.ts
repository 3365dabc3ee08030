/** Settings, views and house signals. */
import fc from 'fast-check';
import { HOUR, hours } from '../../../test/factories/backtests.js';
import { ClosedCandles } from './candle-view.js';
import { houseSettings, houseSignal, NEVER, type Sighting } from './house-signal.js';
import { numberSetting, readSettings, type SettingsSchema } from './settings.js';

const SCHEMA: SettingsSchema = {
  length: { form: 'integer', min: 2, max: 10, fallback: 5, says: '' },
  factor: { form: 'number', min: 0.5, max: 2, fallback: 1, says: '' },
  kind: { form: 'choice', options: ['a', 'b'], fallback: 'a', says: '' },
  on: { form: 'flag', fallback: true, says: '' },
};

describe('settings', () => {
  it('are the defaults where nothing is given, and what is given where it fits', () => {
    expect(readSettings(SCHEMA)).toEqual({ values: { length: 5, factor: 1, kind: 'a', on: true }, problems: [] });
    const given = { length: 10, factor: 0.5, kind: 'b', on: false };
    expect(readSettings(SCHEMA, given)).toEqual({ values: given, problems: [] });
    expect(numberSetting(readSettings(SCHEMA).values, 'length')).toBe(5);
    expect(() => numberSetting(readSettings(SCHEMA).values, 'kind')).toThrow(RangeError);
  });

  it('name every problem by field and rule', () => {
    const { problems } = readSettings(SCHEMA, { length: 2.5, factor: NaN, kind: 'c', on: 1, more: 0 });
    expect(problems.map(({ field, rule }) => `${field} ${rule}`)).toEqual([
      'more is not a setting; known: length, factor, kind, on',
      'length must be a whole number from 2 to 10',
      'factor must be a number from 0.5 to 2',
      'kind must be one of a, b',
      'on must be true or false',
    ]);
  });
});

describe('a view', () => {
  it('shows closed candles and nothing beside them', () => {
    const view = new ClosedCandles(
      'BTCUSDT',
      HOUR,
      hours([
        [1, 4, 1, 2],
        [2, 5, 2, 3],
        [3, 6, 3, 4],
      ]),
    );
    view.showTo(2);
    expect([view.length, view.close(0), view.open(1), view.high(0), view.low(1), view.volume(0)]).toEqual([
      2, 3, 1, 5, 1, 10,
    ]);
    expect([view.close(-1), view.close(2), view.time(-1)]).toEqual([NaN, NaN, NaN]);
  });
});

describe('a house signal', () => {
  const seen: Sighting = {
    bot: 'SCALPER',
    symbol: 'BTCUSDT',
    side: 'LONG',
    price: 100,
    now: 0,
    basePercent: 0.8,
    stopPercent: 0.5,
    confidence: 82,
    timeframe: '5m',
  };
  const { values } = readSettings(houseSettings(70, 10));
  const made = (over: Partial<Sighting> = {}, state = { lastAt: NEVER }, settings = values) =>
    houseSignal({ ...seen, ...over }, settings, state);

  it('has five targets around its base, further apart the more confident it is', () => {
    expect(made()).toMatchObject({
      side: 'LONG',
      entry: '100',
      stopLoss: '99.5',
      targets: ['100.32', '100.56', '100.8', '101.04', '101.84'],
      confidence: 82,
      ref: 'SCALPER:BTCUSDT:0',
    });
    expect(made({ side: 'SHORT', confidence: 95 })).toMatchObject({
      stopLoss: '100.5',
      targets: ['99.68', '99.44', '99.2', '98.96', '97.76'],
    });
    const atr = { ...values, ladder: 'atr' };
    expect(made({ atr: 2, confidence: 71 }, undefined, atr)).toMatchObject({
      targets: ['101', '102', '102.6', '103', '104'],
    });
  });

  it('is refused for confidence, for reward against risk at the base target, and while it cools down', () => {
    expect(made({ confidence: 69.9 })).toBe('CONFIDENCE');
    expect([made({ stopPercent: 0.81 }), made({ stopPercent: 0 }), made({ basePercent: NaN })]).toEqual(
      Array(3).fill('RISK_REWARD'),
    );
    expect(made({ stopPercent: 100, basePercent: 200 })).toBe('LADDER');
    const state = { lastAt: NEVER };
    expect(made({}, state)).toMatchObject({ kind: 'ENTER' });
    expect(made({ now: 599_999 }, state)).toBe('COOLDOWN');
    // A candidate that fails starts no cooldown.
    expect(made({ now: 600_000, confidence: 1 }, state)).toBe('CONFIDENCE');
    expect(made({ now: 600_000 }, state)).toMatchObject({ kind: 'ENTER' });
  });

  it('rises strictly from its entry, away from its stop, at any price and size', () => {
    const drawn = fc.record({
      price: fc.double({ min: 1e-7, max: 1e6, noNaN: true }),
      basePercent: fc.double({ min: 0.01, max: 15, noNaN: true }),
      confidence: fc.integer({ min: 70, max: 100 }),
      side: fc.constantFrom('LONG' as const, 'SHORT' as const),
      atr: fc.double({ min: 1e-9, max: 1, noNaN: true }),
      ladder: fc.constantFrom('percent', 'atr'),
    });
    fc.assert(
      fc.property(drawn, ({ ladder, atr, ...given }) => {
        const sign = given.side === 'LONG' ? 1 : -1;
        const range = given.price * atr * 0.2;
        const signal = made({ ...given, atr: range, stopPercent: given.basePercent / 2 }, undefined, {
          ...values,
          ladder,
        });
        if (signal === 'LADDER') return expect(ladder).toBe('atr');
        if (typeof signal === 'string') throw new Error(signal);
        const prices = [signal.stopLoss, signal.entry, ...signal.targets].map(Number);
        for (let index = 1; index < prices.length; index += 1) {
          expect(((prices[index] as number) - (prices[index - 1] as number)) * sign).toBeGreaterThan(0);
        }
      }),
    );
  });
});
