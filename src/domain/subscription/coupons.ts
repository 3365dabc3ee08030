/**
 * Coupons: what one takes off a price, and whether it may be used now. Counting its uses is the database's.
 * Keeps: a discount is never above the price and is rounded down.
 */
import { least, type Micro, percentOfMicro } from '../payment/micro-usdt.js';
import type { Tier } from './plans.js';

export const COUPON_KINDS = ['PERCENT', 'AMOUNT'] as const;
export type CouponKind = (typeof COUPON_KINDS)[number];

export interface CouponTerms {
  readonly kind: CouponKind;
  /** Percent (at most 100, up to 4 decimal places) as decimal text. */
  readonly percent: string | null;
  readonly amount: Micro | null;
  /** Empty: for every plan. */
  readonly tiers: readonly Tier[];
  readonly validFrom: Date;
  readonly validUntil: Date | null;
  readonly disabledAt: Date | null;
}

export type CouponProblem = 'COUPON_NOT_VALID' | 'COUPON_OTHER_PLAN';

export function couponProblem(terms: CouponTerms, tier: Tier, now: Date): CouponProblem | undefined {
  const isOver = terms.disabledAt !== null || (terms.validUntil !== null && terms.validUntil <= now);
  if (isOver || terms.validFrom > now) return 'COUPON_NOT_VALID';
  return terms.tiers.length > 0 && !terms.tiers.includes(tier) ? 'COUPON_OTHER_PLAN' : undefined;
}

export function discountOf(terms: Pick<CouponTerms, 'kind' | 'percent' | 'amount'>, price: Micro): Micro {
  if (terms.kind === 'PERCENT') return least(price, percentOfMicro(price, terms.percent ?? '0'));
  return least(price, terms.amount ?? 0n);
}
