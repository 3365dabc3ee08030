import fc from 'fast-check';
import { weekMinute } from '../risk/trading-hours.js';
import { type Choices, NOTIFICATION_EVENTS, waysOf } from './events.js';
import { minutesOfDay, nextDigest, quietUntil, timeOfDay } from './quiet-hours.js';

const minute = fc.integer({ min: 0, max: 1_439 });
const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe');
const instant = fc.date({ min: new Date('2026-01-01'), max: new Date('2027-12-31'), noInvalidDate: true });
const at = (text: string) => new Date(text);

describe('ways of notification', () => {
  it('what guards an account and proves a payment always comes, the rest never where all is off', () => {
    const off: Choices = Object.fromEntries(
      NOTIFICATION_EVENTS.map((event) => [event, { in_app: false, push: false, email: 'off' as const }]),
    );
    for (const event of NOTIFICATION_EVENTS) {
      const isMandatory = event === 'login_alert' || event === 'receipt';
      const nothing = { in_app: false, push: false, email: 'off' };
      const must = { in_app: true, push: false, email: 'instant' };
      expect([event, waysOf(event, off, true)]).toEqual([event, isMandatory ? must : nothing]);
      expect([event, waysOf(event, {}, false)]).toEqual([event, isMandatory ? must : nothing]);
    }
  });

  it('what was not chosen is the default', () => {
    const choices = { signal: { push: false }, daily_summary: { email: 'digest' as const } };
    expect(waysOf('signal', choices, true)).toEqual({ in_app: true, push: false, email: 'off' });
    expect(waysOf('daily_summary', choices, true)).toEqual({ in_app: true, push: false, email: 'digest' });
    expect(waysOf('trade_end', choices, true)).toEqual({ in_app: true, push: true, email: 'off' });
  });
});

describe('quiet hours', () => {
  const night = { from: 22 * 60, until: 7 * 60 };

  it.each([
    ['before', '2026-01-15T20:59:00Z', undefined],
    ['their first minute', '2026-01-15T21:00:00Z', '2026-01-16T06:00:00Z'],
    ['after midnight', '2026-01-16T03:30:20Z', '2026-01-16T06:00:00Z'],
    ['their end', '2026-01-16T06:00:00Z', undefined],
    ['the night in which the clock is put forward', '2026-03-28T22:00:00Z', '2026-03-29T05:00:00Z'],
    ['the night in which it is put back', '2026-10-24T21:00:00Z', '2026-10-25T06:00:00Z'],
  ])('in Berlin, %s', (_name, now, until) => {
    expect(quietUntil(at(now), night, 'Europe/Berlin')).toEqual(until === undefined ? undefined : at(until));
  });

  it('end at the time on the wall that was asked for, later than now and within a day', () => {
    fc.assert(
      fc.property(instant, minute, minute, zone, (now, from, until, where) => {
        const end = quietUntil(now, { from, until }, where);
        if (end === undefined) return;
        expect(end.getTime()).toBeGreaterThan(now.getTime());
        expect(end.getTime() - now.getTime()).toBeLessThanOrEqual(25 * 3_600_000);
        expect(from).not.toBe(until);
      }),
      { seed: 4, numRuns: 300 },
    );
    expect(quietUntil(at('2026-01-15T10:00:00Z'), { from: 600, until: 600 }, 'UTC')).toBeUndefined();
    expect(quietUntil(at('2026-01-15T10:00:00Z'), null, 'UTC')).toBeUndefined();
  });
});

describe('digests', () => {
  it('daily at the time on the wall, weekly on Monday, and never at once', () => {
    const now = at('2026-01-15T07:00:00Z');
    expect(nextDigest(now, 'daily', 8 * 60, 'Europe/Berlin')).toEqual(at('2026-01-16T07:00:00Z'));
    expect(nextDigest(now, 'daily', 9 * 60, 'Europe/Berlin')).toEqual(at('2026-01-15T08:00:00Z'));
    expect(nextDigest(now, 'weekly', 9 * 60, 'Europe/Berlin')).toEqual(at('2026-01-19T08:00:00Z'));
    expect(nextDigest(now, 'off', 0, 'UTC')).toBeNull();
  });

  it('show the asked minute on the wall, unless the clock jumps over it', () => {
    fc.assert(
      fc.property(instant, minute, fc.constantFrom('UTC', 'Asia/Kolkata'), (now, wanted, where) => {
        const due = nextDigest(now, 'daily', wanted, where) as Date;
        expect(weekMinute(due, where) % 1_440).toBe(wanted);
        expect(due.getTime()).toBeGreaterThan(now.getTime());
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  it('times of day are read and shown', () => {
    expect([minutesOfDay('08:30'), minutesOfDay('24:00'), minutesOfDay('8:30'), timeOfDay(510)]).toEqual([
      510,
      undefined,
      undefined,
      '08:30',
    ]);
  });
});
