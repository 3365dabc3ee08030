import fc from 'fast-check';
import pg from 'pg';
import { arrayOf, parseInteger, parseTime } from './pg-types.js';

const driver = pg.types.getTypeParser as unknown as (oid: number) => (text: string) => unknown;
const driverTime = driver(1184);
const driverTimes = driver(1185);

const time = fc
  .date({ min: new Date('1000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
  .map((date) => `${date.toISOString().slice(0, 19).replace('T', ' ')}`);
const fraction = fc.constantFrom('', '.5', '.25', '.123');
const times = fc.tuple(time, fraction).map(([text, digits]) => `${text}${digits}+00`);

describe('types from PostgreSQL', () => {
  it('reads times in UTC as the driver does', () => {
    fc.assert(fc.property(times, (text) => expect(parseTime(text)).toEqual(driverTime(text))));
  });

  it.each([
    '2026-11-21 03:15:02.5+02',
    '2026-11-21 03:15:02+05:30',
    '0044-03-15 12:00:00+00 BC',
    '12026-11-21 03:15:02+00',
  ])('leaves %s to the driver', (text) => expect(parseTime(text)).toEqual(driverTime(text)));

  it('reads infinity', () => {
    expect(parseTime('infinity')).toBe(Infinity);
  });

  it('reads arrays of times with holes as the driver does', () => {
    const arrays = fc.array(fc.option(times), { maxLength: 5 });
    fc.assert(
      fc.property(arrays, (items) => {
        const text = `{${items.map((item) => (item === null ? 'NULL' : `"${item}"`)).join(',')}}`;
        expect(arrayOf(parseTime)(text)).toEqual(driverTimes(text));
      }),
    );
  });

  it('keeps numbers as they are written, element by element', () => {
    const parse = arrayOf((text) => text);
    expect(parse('{}')).toEqual([]);
    expect(parse('{0.10,NULL,70000.000000000001,-3,NaN}')).toEqual(['0.10', null, '70000.000000000001', '-3', 'NaN']);
    expect(parse('[0:1]={1.5,2}')).toEqual(['1.5', '2']);
  });

  it('throws for an integer that a number cannot hold', () => {
    expect(parseInteger('9007199254740991')).toBe(9007199254740991);
    expect(() => parseInteger('9007199254740992')).toThrow(RangeError);
    expect(() => arrayOf(parseInteger)('{1,9007199254740993}')).toThrow(RangeError);
  });
});
