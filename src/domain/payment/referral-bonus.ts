/**
 * What a referrer gets of the money that a referred customer brings, and gives back of what does not stay.
 * Keeps: a bonus is paid on growth of the money that stays, each unit of it once; whatever is bought, undone and bought
 * again, bonuses follow what stays. What a balance did not cover stays owed: growth is set off against it.
 */
import { least, type Micro, notBelowZero, percentOfMicro, share } from './micro-usdt.js';

/** A bonus with the money that it was reckoned on; both below zero where it is taken back. */
export interface Bonus {
  readonly bonus: Micro;
  readonly base: Micro;
}

export const NO_BONUS: Bonus = { bonus: 0n, base: 0n };

/** Money of a customer's own that stays: never balance that came of bonuses, never what was refunded. */
export function stayingMoney(revenue: Micro, received: Micro): Micro {
  return notBelowZero(least(revenue, received));
}

/** The bonus for growth of what stays from `before` to `after`; `booked`: net of what was taken back. */
export function bonusOn(before: Micro, after: Micro, booked: Bonus, percent: string): Bonus {
  const base = notBelowZero(least(after - before, after - booked.base));
  const bonus = percentOfMicro(base, percent);
  return bonus === 0n ? NO_BONUS : { bonus, base };
}

/** What is taken back because less stays than bonuses were reckoned on, as far as the referrer's balance goes. */
export function bonusBack(after: Micro, booked: Bonus, balance: Micro): Bonus {
  if (booked.base <= after) return NO_BONUS;
  const owed = booked.bonus - share(booked.bonus, after, booked.base);
  const taken = least(owed, notBelowZero(balance));
  if (taken === 0n) return NO_BONUS;
  return { bonus: -taken, base: -share(booked.base - after, taken, owed) };
}
