import fc from 'fast-check';
import { archiveHorizon, daysBefore, LEAST_DAYS_KEPT } from './archive-horizon.js';

const NOW = new Date('2026-06-01T00:00:00Z');
const time = fc.date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true });

describe('the horizon of the archive', () => {
  it('is never after what was asked for, what is reported, or what is still looked back at', () => {
    fc.assert(
      fc.property(time, time, time, (wanted, now, reported) => {
        const horizon = archiveHorizon(wanted, now, reported) as Date;
        const limits = [wanted, reported, daysBefore(now, LEAST_DAYS_KEPT)];
        expect(limits.every((limit) => horizon <= limit)).toBe(true);
        expect(limits.some((limit) => horizon.getTime() === limit.getTime())).toBe(true);
      }),
    );
  });

  it('is what was asked for where nothing speaks against it', () => {
    const wanted = daysBefore(NOW, 90);
    expect(archiveHorizon(wanted, NOW, daysBefore(NOW, 1))).toEqual(wanted);
  });

  it('is none while no report has been made', () => {
    expect(archiveHorizon(daysBefore(NOW, 90), NOW, undefined)).toBeUndefined();
  });
});
