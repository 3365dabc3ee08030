/**
 * Pays who referred a customer of each sale, in its transaction, and takes back of what does not stay: refunds, rests that
 * are credited, downgrades.
 * Keeps: bonuses follow the customer's own money that stays; each unit of it brings one bonus at most; a bonus is never of
 * another bonus.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { bonusBackEntry, bonusEntry } from '../../domain/payment/money-entry.js';
import type { Micro } from '../../domain/payment/micro-usdt.js';
import { type Bonus, bonusBack, bonusOn, NO_BONUS, stayingMoney } from '../../domain/payment/referral-bonus.js';
import { MoneyRepository } from './money.repository.js';
import { ReferralsRepository } from './referrals.repository.js';

/** What changed a customer's revenue: already booked in the running transaction, with the customer's row locked. */
export interface RevenueChange {
  readonly userId: number;
  readonly paymentId: number;
  readonly act: 'sold' | 'refunded' | 'credited' | `moved:${string}`;
  readonly revenue: Micro;
  /** What came in for it; below zero where it was sent back. */
  readonly received: Micro;
}

@Injectable()
export class ReferralBonuses {
  constructor(
    private readonly referrals: ReferralsRepository,
    private readonly money: MoneyRepository,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Brings the referrer's bonuses in line with what stays of the customer's money. */
  async follow(change: RevenueChange): Promise<void> {
    const { userId, revenue, received } = change;
    const now = await this.referrals.moneyOf(userId);
    const after = stayingMoney(now.revenue, now.received);
    const before = stayingMoney(now.revenue - revenue, now.received - received);
    const booked = await this.referrals.bonusesFor(userId);
    if (booked !== undefined && booked.base > after) return this.#takeBack(change, after, booked);
    if (after > before) await this.#pay(change, bonusOn(before, after, booked ?? NO_BONUS, this.#percent));
  }

  get #percent(): string {
    return this.config.payments.REFERRAL_PERCENT;
  }

  async #pay({ userId, paymentId, act }: RevenueChange, { bonus, base }: Bonus): Promise<void> {
    if (bonus === 0n) return;
    if (this.config.payments.REFERRAL_PAYMENTS === 'first') {
      if (act !== 'sold' || (await this.referrals.hasPaidBefore(userId, paymentId))) return;
    }
    const referrer = await this.referrals.referrerOf(userId);
    if (referrer === undefined || referrer === userId) return;
    const reference = `payment:${paymentId}:${act}`;
    const entry = bonusEntry(bonus);
    await this.money.book([{ userId: referrer, paymentId, reference, entry, bonusBase: base }]);
  }

  async #takeBack(
    { paymentId, act }: RevenueChange,
    after: Micro,
    booked: Bonus & { readonly userId: number },
  ): Promise<void> {
    const { userId } = booked;
    const { bonus, base } = bonusBack(after, booked, await this.money.lockBalance(userId));
    if (bonus === 0n) return;
    const reference = `payment:${paymentId}:${act}`;
    await this.money.book([{ userId, paymentId, reference, entry: bonusBackEntry(-bonus), bonusBase: base }]);
  }
}
