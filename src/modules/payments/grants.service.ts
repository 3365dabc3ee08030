/**
 * Turns what was paid, given or taken back into the plan that counts.
 * Keeps: the plan in the user's row is the one of the running period, with the grace of paid ones; a user's changes come
 * one after the other (the row is locked); every change has its audit row.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import type { Micro } from '../../domain/payment/micro-usdt.js';
import type { Tier } from '../../domain/subscription/plans.js';
import { DAY_MS, nextPeriod, unusedWorth } from '../../domain/subscription/pro-rata.js';
import { Clock } from '../../platform/clock/clock.js';
import { UsersRepository } from '../users/users.repository.js';
import { paidPeriod, type PeriodRow, SubscriptionPeriodsRepository } from './subscription-periods.repository.js';

@Injectable()
export class Grants {
  constructor(
    private readonly periods: SubscriptionPeriodsRepository,
    private readonly users: UsersRepository,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** What the paid rest of other plans than `tier` was worth at `at`; 0 without one. */
  async worthOfOthers(userId: number, tier: Tier, at: Date): Promise<Micro> {
    const current = await this.periods.current(userId, at);
    return current
      .filter((period) => period.tier !== tier && period.source === 'PAYMENT')
      .reduce((sum, period) => sum + unusedWorth(paidPeriod(period), at), 0n);
  }

  /** A bought period; other plans end. In the running transaction, with the user's row locked. Answers its id and end. */
  async buy(userId: number, tier: Tier, days: number, paid: Micro): Promise<{ id: number; endsAt: Date }> {
    const now = this.clock.now();
    const { PLAN_GRACE_DAYS } = this.config.payments;
    const since = new Date(now.getTime() - PLAN_GRACE_DAYS * DAY_MS);
    const same = (await this.periods.current(userId, since)).filter((period) => period.tier === tier);
    const lastEnd = same.at(-1)?.ends_at;
    const { startsAt, endsAt } = nextPeriod(lastEnd, days, PLAN_GRACE_DAYS, now);
    await this.periods.cut(userId, tier);
    const id = await this.periods.add({ userId, tier, source: 'PAYMENT', startsAt, endsAt, paid });
    await this.users.setPlan(userId, tier, new Date(endsAt.getTime() + PLAN_GRACE_DAYS * DAY_MS));
    return { id, endsAt };
  }

  /** A plan given by hand, until exactly `endsAt`; everything else ends. */
  async give(userId: number, tier: Tier, endsAt: Date): Promise<void> {
    await this.periods.cut(userId, null);
    if (tier !== 'TRIAL') {
      await this.periods.add({ userId, tier, source: 'ADMIN', startsAt: this.clock.now(), endsAt, paid: 0n });
    }
    await this.users.setPlan(userId, tier, endsAt);
  }

  /** Ends a bought period; what other periods are left counts from now on. */
  async takeBack(userId: number, periodId: number): Promise<void> {
    const now = this.clock.now();
    await this.periods.cutOne(periodId);
    const last = lastOfRun(await this.periods.current(userId, now));
    if (last === undefined) return this.users.setPlan(userId, 'TRIAL', now);
    const grace = last.source === 'PAYMENT' ? this.config.payments.PLAN_GRACE_DAYS * DAY_MS : 0;
    await this.users.setPlan(userId, last.tier, new Date(last.ends_at.getTime() + grace));
  }
}

/** The newest period of the plan that runs now. */
function lastOfRun(current: readonly PeriodRow[]): PeriodRow | undefined {
  const tier = current[0]?.tier;
  return current.filter((period) => period.tier === tier).at(-1);
}
