import fc from 'fast-check';
import { couponProblem, type CouponTerms, discountOf } from './coupons.js';
import { DAY_MS, nextPeriod, unusedWorth } from './pro-rata.js';

const NOW = new Date('2026-03-01T12:00:00Z');
const days = (count: number) => new Date(NOW.getTime() + count * DAY_MS);

describe('the unused rest of a period', () => {
  it('is linear, rounded down, never above what was paid and nothing after the end', () => {
    const period = { startsAt: days(0), endsAt: days(30), paid: 50_000_000n };
    expect(unusedWorth(period, days(15))).toBe(25_000_000n);
    expect(unusedWorth(period, days(-5))).toBe(50_000_000n);
    expect(unusedWorth(period, days(30))).toBe(0n);
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 12n }), fc.nat(40 * 86_400), (paid, seconds) => {
        const at = new Date(NOW.getTime() + seconds * 1_000);
        const worth = unusedWorth({ ...period, paid }, at);
        expect(worth >= 0n && worth <= paid).toBe(true);
        expect(worth >= unusedWorth({ ...period, paid }, new Date(at.getTime() + 1_000))).toBe(true);
      }),
    );
  });
});

describe('the next period', () => {
  it('follows the one before, also within its grace, and begins now after it', () => {
    expect(nextPeriod(days(10), 30, 3, NOW)).toEqual({ startsAt: days(10), endsAt: days(40) });
    expect(nextPeriod(days(-2), 30, 3, NOW)).toEqual({ startsAt: days(-2), endsAt: days(28) });
    expect(nextPeriod(days(-4), 30, 3, NOW)).toEqual({ startsAt: NOW, endsAt: days(30) });
    expect(nextPeriod(undefined, 30, 3, NOW)).toEqual({ startsAt: NOW, endsAt: days(30) });
  });
});

describe('coupons', () => {
  const terms: CouponTerms = {
    kind: 'PERCENT',
    percent: '20',
    amount: null,
    tiers: [],
    validFrom: days(-1),
    validUntil: days(1),
    disabledAt: null,
  };

  it.each([
    ['valid', {}, undefined],
    ['not yet', { validFrom: days(1) }, 'COUPON_NOT_VALID'],
    ['over', { validUntil: NOW }, 'COUPON_NOT_VALID'],
    ['switched off', { disabledAt: days(-1) }, 'COUPON_NOT_VALID'],
    ['for another plan', { tiers: ['PREMIUM' as const] }, 'COUPON_OTHER_PLAN'],
  ])('%s', (_name, change, problem) => expect(couponProblem({ ...terms, ...change }, 'VIP', NOW)).toBe(problem));

  it('take a share or an amount, never more than the price', () => {
    expect(discountOf(terms, 50_000_000n)).toBe(10_000_000n);
    expect(discountOf({ kind: 'AMOUNT', percent: null, amount: 70n }, 50n)).toBe(50n);
    expect(discountOf({ kind: 'PERCENT', percent: '33.3333', amount: null }, 100n)).toBe(33n);
  });
});
