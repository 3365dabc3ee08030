import { floorTime, fundingTimesDue, HOUR_MS, timesBetween } from './paper-times.js';

const time = (text: string) => new Date(`2026-03-${text}:00.000Z`);
const texts = (times: readonly Date[]) => times.map((at) => at.toISOString().slice(8, 16));

describe('the times of paper jobs', () => {
  it('are funding at 00:00, 08:00 and 16:00 UTC, each once, none forgotten after a standstill', () => {
    expect(texts(fundingTimesDue(undefined, time('10T09:15')))).toEqual(['10T08:00']);
    expect(texts(fundingTimesDue(time('10T08:00'), time('10T15:59')))).toEqual([]);
    expect(texts(fundingTimesDue(time('10T08:00'), time('10T16:00')))).toEqual(['10T16:00']);
    expect(texts(fundingTimesDue(time('10T08:00'), time('11T10:00')))).toEqual(['10T16:00', '11T00:00', '11T08:00']);
    expect(fundingTimesDue(new Date(0), time('10T08:00'))).toHaveLength(90);
    expect(texts(fundingTimesDue(new Date(0), time('10T08:00')).slice(-1))).toEqual(['10T08:00']);
  });

  it('include both ends of a stretch that lie on the step', () => {
    expect(texts(timesBetween(time('10T08:00'), time('10T10:59'), HOUR_MS))).toEqual([
      '10T08:00',
      '10T09:00',
      '10T10:00',
    ]);
    expect(texts(timesBetween(time('10T08:01'), time('10T08:59'), HOUR_MS))).toEqual([]);
    expect(texts(timesBetween(time('10T09:00'), time('10T08:00'), HOUR_MS))).toEqual([]);
    expect(texts([floorTime(time('10T09:59'), HOUR_MS)])).toEqual(['10T09:00']);
  });
});
