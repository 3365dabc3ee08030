/** Reading candles, and making longer ones. */
import fc from 'fast-check';
import { HOUR, randomCandles, START } from '../../../test/factories/backtests.js';
import { parseCandleCsv } from './candle-csv.js';
import { exactPrice, priceText } from '../money/double.js';
import { resampled } from './resample.js';
import { columnsOf, indexAt, intervalOf, requireCandles } from './series.js';

const HEADER = 'timestamp_ms,open,high,low,close,volume';
const csv = (...lines: string[]) => [HEADER, ...lines].join('\r\n');

describe('candles from CSV', () => {
  it('are read into columns, with or without a last line break and a byte order mark', () => {
    const candles = parseCandleCsv(
      `\uFEFF${csv('1760000000000,1,2,0.5,1.5,10', '1760000060000,1.5,1.5,1.5,1.5,0', '')}`,
    );
    expect([...candles.time]).toEqual([1760000000000, 1760000060000]);
    expect([candles.open[0], candles.high[0], candles.low[0], candles.close[0], candles.volume[1]]).toEqual([
      1, 2, 0.5, 1.5, 0,
    ]);
    expect(intervalOf(candles)).toBe(60_000);
    expect(() => requireCandles(candles)).not.toThrow();
  });

  it.each([
    ['', 'must begin with the header'],
    [csv(), 'holds no candles'],
    [csv('1760000000000,1,2,0.5,1.5'), 'line 2 has 5 columns'],
    [csv('1760000000,1,2,0.5,1.5,1'), 'line 2 has no time'],
    [csv('1760000000000,1,2,0.5,1e5,1'), 'line 2 has no plain number in column 5'],
    [csv('1760000000000,0,0,0,0,1'), 'line 2 has a price that is not above zero'],
    [csv('1760000000000,1,1.2,0.5,1.5,1'), 'line 2 has an open or close outside'],
    [csv('1760000000000,1,1,1,1,1', '1760000000000,1,1,1,1,1'), 'line 3 is not later'],
  ])('%j: %s', (text, sentence) => {
    expect(() => parseCandleCsv(text)).toThrow(sentence);
  });
});

describe('a price', () => {
  it('of at most 15 digits comes back from a double as the text that it was', () => {
    const price = fc.tuple(fc.integer({ min: 1, max: 999_999_999 }), fc.integer({ min: 0, max: 15 }));
    fc.assert(
      fc.property(price, ([digits, places]) => {
        const text = exactPrice(Number(`${digits}e-${places}`)).toString();
        expect(Number(text)).toBe(Number(`${digits}e-${places}`));
        expect(text.replace('.', '').replace(/^0+/, '').replace(/0+$/, '')).toBe(String(digits).replace(/0+$/, ''));
      }),
    );
    expect([priceText(1e-7), priceText(1.5e21), priceText(0.1)]).toEqual([
      '0.0000001',
      '1500000000000000000000',
      '0.1',
    ]);
  });
});

describe('longer candles', () => {
  it('hold what the shorter ones held, and only whole ones are made', () => {
    const fine = randomCandles(4, 400, HOUR / 12);
    const part = { ...fine, time: fine.time.map((time) => time + HOUR / 2) };
    const coarse = resampled(part, HOUR / 12, HOUR);
    expect(coarse.time[0]).toBe(START + HOUR);
    expect(coarse.time.length).toBe(32);
    const first = indexAt(part, START + HOUR);
    const stretch = (column: Float64Array) => [...column.subarray(first, first + 12)];
    expect([coarse.open[0], coarse.close[0]]).toEqual([stretch(part.open)[0], stretch(part.close)[11]]);
    expect([coarse.high[0], coarse.low[0]]).toEqual([Math.max(...stretch(part.high)), Math.min(...stretch(part.low))]);
    expect(() => requireCandles(coarse)).not.toThrow();
    expect(() => resampled(fine, 7, 60)).toThrow('cannot be made');
  });

  it('wait for the end of their time, also behind a hole', () => {
    const row = (minutes: number) => [START + minutes * 60_000, 1, 1, 1, 1, 1] as const;
    expect(resampled(columnsOf([0, 1, 4, 5].map(row)), 60_000, 300_000).time.length).toBe(1);
    expect(resampled(columnsOf([0, 1, 9].map(row)), 60_000, 300_000).time.length).toBe(2);
  });
});
