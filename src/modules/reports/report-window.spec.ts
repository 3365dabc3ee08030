import { current, endedSince, lastEnded, windowOf } from './report-window.js';

describe('the window of a report', () => {
  it('is the 24 hours that end at the set time', () => {
    const window = windowOf('2026-01-02', '23:00');
    expect(window.from.toISOString()).toBe('2026-01-01T23:00:00.000Z');
    expect(window.to.toISOString()).toBe('2026-01-02T23:00:00.000Z');
  });

  it.each([
    ['2026-01-02T22:59:59Z', '2026-01-01', '2026-01-02'],
    ['2026-01-02T23:00:00Z', '2026-01-02', '2026-01-03'],
    ['2026-03-01T00:00:00Z', '2026-02-28', '2026-03-01'],
  ])('at %s the last is %s and the current one %s', (now, last, next) => {
    expect(lastEnded(new Date(now), '23:00').day).toBe(last);
    expect(current(new Date(now), '23:00').day).toBe(next);
  });

  it('lists what has ended since a moment, oldest first, and no more than asked for', () => {
    const days = (since: string, limit = 31) =>
      endedSince(new Date(since), new Date('2026-01-05T10:00:00Z'), '23:00', limit).map(({ day }) => day);
    expect(days('2026-01-02T23:00:00Z')).toEqual(['2026-01-03', '2026-01-04']);
    expect(days('2026-01-02T22:59:59Z')).toEqual(['2026-01-02', '2026-01-03', '2026-01-04']);
    expect(days('2026-01-04T23:00:00Z')).toEqual([]);
    expect(days('2020-01-01T00:00:00Z', 2)).toEqual(['2026-01-03', '2026-01-04']);
  });
});
