import fc from 'fast-check';
import {
  isOpen,
  localLater,
  minutesUntilOpen,
  timeZoneProblem,
  tradingHoursProblem,
  type TradingWindow,
  WEEK_MINUTES,
  WEEKDAYS,
  weekMinute,
} from './trading-hours.js';

const at = (day: number, hour: number, minute = 0) => day * 1_440 + hour * 60 + minute;

describe('the minute of the week', () => {
  it.each([
    ['2026-01-05T00:00:00Z', 'UTC', at(0, 0)],
    ['2026-01-04T23:59:59Z', 'UTC', at(6, 23, 59)],
    ['2026-01-05T00:30:00Z', 'America/New_York', at(6, 19, 30)],
    ['2026-01-05T00:30:00Z', 'Asia/Kolkata', at(0, 6)],
    // The clocks of Berlin go from 02:00 to 03:00 on that Sunday, at 01:00 UTC.
    ['2026-03-29T00:59:00Z', 'Europe/Berlin', at(6, 1, 59)],
    ['2026-03-29T01:00:00Z', 'Europe/Berlin', at(6, 3, 0)],
  ])('%s in %s', (time, zone, minute) => {
    expect(weekMinute(new Date(time), zone)).toBe(minute);
  });
});

describe('so many minutes later by the clock', () => {
  it.each([
    ['2026-01-05T10:00:40Z', 'UTC', 90, '2026-01-05T11:30:00.000Z'],
    // Saturday 22:00 to Sunday 09:00: an hour less when clocks go forward, an hour more when they go back.
    ['2026-03-28T21:00:00Z', 'Europe/Berlin', 660, '2026-03-29T07:00:00.000Z'],
    ['2026-10-24T20:00:00Z', 'Europe/Berlin', 660, '2026-10-25T08:00:00.000Z'],
    ['2026-10-24T20:00:00Z', 'Asia/Kolkata', 10_079, '2026-10-31T19:59:00.000Z'],
  ])('%s in %s', (time, zone, minutes, later) => {
    expect(localLater(new Date(time), minutes, zone).toISOString()).toBe(later);
  });
});

describe('windows', () => {
  const office: TradingWindow = { days: ['MON', 'FRI'], from: '09:00', to: '17:30' };
  const night: TradingWindow = { days: ['SUN'], from: '22:00', to: '02:00' };
  const always: TradingWindow = { days: ['WED'], from: '06:00', to: '06:00' };

  it.each([
    ['from is inside', office, at(0, 9), true],
    ['before', office, at(0, 8, 59), false],
    ['to is outside', office, at(4, 17, 30), false],
    ['the last minute', office, at(4, 17, 29), true],
    ['another day', office, at(1, 12), false],
    ['past midnight, into the next week', night, at(0, 1, 59), true],
    ['past its end', night, at(0, 2), false],
    ['equal ends are a whole day', always, at(3, 5, 59), true],
    ['and no more', always, at(3, 6), false],
  ])('%s', (_name, window, minute, open) => {
    expect(isOpen([window], minute)).toBe(open);
  });

  it('opens exactly when it says that it will', () => {
    const windows = fc.array(
      fc.record({
        days: fc.subarray([...WEEKDAYS], { minLength: 1 }),
        from: fc.constantFrom('00:00', '07:45', '23:59'),
        to: fc.constantFrom('00:00', '07:46', '12:00'),
      }),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(windows, fc.integer({ min: 0, max: WEEK_MINUTES - 1 }), (list, minute) => {
        const wait = minutesUntilOpen(list, minute) ?? Number.NaN;
        expect(isOpen(list, (minute + wait) % WEEK_MINUTES)).toBe(true);
        for (let passed = 0; passed < Math.min(wait, 50); passed += 1) {
          expect(isOpen(list, (minute + wait - 1 - passed) % WEEK_MINUTES)).toBe(false);
        }
      }),
    );
    expect(minutesUntilOpen([], 0)).toBeUndefined();
  });
});

describe('what people give', () => {
  const NINE_TO_FIVE = { days: ['MON'], from: '09:00', to: '17:00' };

  it.each([
    [[{ days: ['MON'], from: '09:00', to: '17:00' }], undefined],
    [[], 'must be a list of 1 to 21 windows'],
    ['always', 'must be a list of 1 to 21 windows'],
    [Array.from({ length: 21 }, () => NINE_TO_FIVE), undefined],
    [Array.from({ length: 22 }, () => NINE_TO_FIVE), 'must be a list of 1 to 21 windows'],
    [[null], 'must hold windows of days, from and to'],
    [[7], 'must hold windows of days, from and to'],
    [
      [{ days: ['MON'], from: '09:00', to: '17:00', zone: 'x' }],
      'must hold windows of days, from and to, and nothing else',
    ],
    [[{ days: [], from: '09:00', to: '17:00' }], 'must name days of MON, TUE, WED, THU, FRI, SAT, SUN'],
    [[{ days: ['Monday'], from: '09:00', to: '17:00' }], 'must name days of MON, TUE, WED, THU, FRI, SAT, SUN'],
    [[{ days: ['MON', 'Tue'], from: '09:00', to: '17:00' }], 'must name days of MON, TUE, WED, THU, FRI, SAT, SUN'],
    [[{ days: ['MON', 'MON'], from: '09:00', to: '17:00' }], 'must name each day of a window once'],
    [[{ days: ['MON'], from: ['09:00'], to: '17:00' }], 'must give times such as 09:30'],
    [[{ days: ['MON'], from: '9:00', to: '17:00' }], 'must give times such as 09:30'],
    [[{ days: ['MON'], from: '09:00', to: '24:00' }], 'must give times such as 09:30'],
  ])('%j', (value, problem) => {
    expect(tradingHoursProblem(value)).toBe(problem);
  });

  it.each(['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires'])('knows %s', (zone) => {
    expect(timeZoneProblem(zone)).toBeUndefined();
  });

  it.each(['Mars/Olympus', '+02:00', '', 7, null, 'Europe/Berlin; DROP', new String('UTC')])(
    'does not know %p',
    (zone) => {
      expect(timeZoneProblem(zone)).toBe('must be an IANA time zone such as Europe/Berlin');
    },
  );
});
