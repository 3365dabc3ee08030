/**
 * How many positions somebody may have live at once, and whose limit it is. Pure.
 */

export const CAP_OWNERS = ['settings', 'plan', 'platform'] as const;
export type CapOwner = (typeof CAP_OWNERS)[number];

export interface TradeCap {
  readonly value: number;
  /** Of equal limits, the one that the user can change most easily. */
  readonly limitedBy: CapOwner;
}

/** The least of the user's own limit, the plan's (null: it sets none) and the platform's. */
export function tradeCap(own: number, plan: number | null, platform: number): TradeCap {
  const value = Math.min(own, plan ?? own, platform);
  if (value === own) return { value, limitedBy: 'settings' };
  return { value, limitedBy: value === platform ? 'platform' : 'plan' };
}
