import fc from 'fast-check';
import { bucketOf, type FlagRule, flagsFor, isOn } from './feature-flags.js';

const subject = (userId: number) => ({ userId, tier: 'VIP' as const });
const share = fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 100);

describe('feature flags', () => {
  it('a rising percentage takes nobody out again', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), share, share, (name, user, one, other) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        const was = isOn(name, { enabled: true, percentage: low }, subject(user));
        expect(!was || isOn(name, { enabled: true, percentage: high }, subject(user))).toBe(true);
      }),
    );
  });

  it('reach the share of users that they name, each flag others', () => {
    const users = Array.from({ length: 10_000 }, (_, index) => index + 1);
    const reached = (name: string) =>
      users.filter((user) => isOn(name, { enabled: true, percentage: 25 }, subject(user)));
    const [a, b] = [new Set(reached('a')), reached('b')];
    expect(a.size).toBeGreaterThan(2_300);
    expect(a.size).toBeLessThan(2_700);
    const both = b.filter((user) => a.has(user)).length;
    expect(both).toBeGreaterThan(500);
    expect(both).toBeLessThan(750);
  });

  it.each<[string, FlagRule, boolean, boolean]>([
    ['off is off, also for those who are named', { enabled: false, percentage: 100, users: [7] }, false, false],
    ['on without more is on for everybody', { enabled: true }, true, true],
    ['a list of users alone is for them alone', { enabled: true, users: [7] }, true, false],
    ['another list is not for this user', { enabled: true, users: [8] }, false, false],
    ['a user is let in over the percentage', { enabled: true, percentage: 0, users: [7] }, true, false],
    ['a plan', { enabled: true, tiers: ['VIP'] }, true, false],
    ['another plan', { enabled: true, tiers: ['PREMIUM'] }, false, false],
    ['a plan and a share of it', { enabled: true, tiers: ['VIP'], percentage: 0 }, false, false],
    ['all of the users', { enabled: true, percentage: 100 }, true, true],
  ])('%s', (_name, rule, signedIn, stranger) => {
    expect(flagsFor({ x: rule }, subject(7))).toEqual({ x: signedIn });
    expect(flagsFor({ x: rule }, undefined)).toEqual({ x: stranger });
  });

  it('keep the places of users for good', () => {
    expect([bucketOf('dcaEngine', 1), bucketOf('dcaEngine', 2), bucketOf('socialTrading', 1)]).toEqual([
      6857, 1187, 6179,
    ]);
  });
});
