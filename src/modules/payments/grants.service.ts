/**
 * Turns what was paid, given or taken back into the plan that counts.
 * Keeps: the plan in the user's row is the one of the running period, with the grace of paid ones; a user's changes come
 * one after the other (the row is locked); every change has its audit row.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import type { Micro } from '../../domain/payment/micro-usdt.js';
import {
  planOf,
  refundOf,
  renewalOf,
  type Rest,
  restsOfAll,
  restsOfOthers,
  type Undoing,
  worthOf,
} from '../../domain/subscription/plan-history.js';
import type { Tier } from '../../domain/subscription/plans.js';
import { DAY_MS } from '../../domain/subscription/pro-rata.js';
import { Clock } from '../../platform/clock/clock.js';
import { UsersRepository } from '../users/users.repository.js';
import { paymentError } from './payments.errors.js';
import { SubscriptionPeriodsRepository } from './subscription-periods.repository.js';

/** A plan that is bought, with what its purchase ends. */
export interface Bought {
  readonly userId: number;
  readonly tier: Tier;
  readonly days: number;
  /** New money. */
  readonly net: Micro;
  readonly rests: readonly Rest[];
}

@Injectable()
export class Grants {
  constructor(
    private readonly periods: SubscriptionPeriodsRepository,
    private readonly users: UsersRepository,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** What a purchase of `tier` ends, with what the paid rest of it was worth at `at`. */
  async restsOfOthers(userId: number, tier: Tier, at: Date): Promise<Rest[]> {
    return restsOfOthers(await this.periods.of(userId), tier, at, this.clock.now());
  }

  /** What the paid rest of other plans than `tier` was worth at `at`; 0 without one. */
  async worthOfOthers(userId: number, tier: Tier, at: Date): Promise<Micro> {
    return worthOf(await this.restsOfOthers(userId, tier, at));
  }

  /** A bought period; other plans end. In the running transaction, with the user's row locked. Answers its id and end. */
  async buy({ userId, tier, days, net, rests }: Bought): Promise<{ id: number; endsAt: Date }> {
    const { PLAN_GRACE_DAYS } = this.config.payments;
    const before = await this.periods.of(userId);
    const { startsAt, endsAt } = renewalOf(before, { tier, days }, PLAN_GRACE_DAYS, this.clock.now());
    const paid = net + worthOf(rests);
    const id = await this.periods.add({ userId, tier, source: 'PAYMENT', startsAt, endsAt, paid });
    await this.periods.cut(rests, id);
    await this.users.setPlan(userId, tier, new Date(endsAt.getTime() + PLAN_GRACE_DAYS * DAY_MS));
    return { id, endsAt };
  }

  /**
   * A plan given by hand, until exactly `endsAt`; everything else ends. In the running transaction, with the user's row
   * locked. Answers what was paid for and ended: to be credited.
   */
  async give(userId: number, tier: Tier, endsAt: Date): Promise<Rest[]> {
    const now = this.clock.now();
    const rests = restsOfAll(await this.periods.of(userId), now);
    await this.periods.cut(rests, null);
    if (tier !== 'TRIAL') {
      await this.periods.add({ userId, tier, source: 'ADMIN', startsAt: now, endsAt, paid: 0n });
    }
    await this.users.setPlan(userId, tier, endsAt);
    return rests.filter(({ worth }) => worth > 0n);
  }

  /** What a refund of a bought period does. With the user's row locked. Throws 409 where a later one is in the way. */
  async undoing(userId: number, periodId: number, net: Micro): Promise<Undoing> {
    const refund = refundOf(await this.periods.of(userId), periodId, net, this.clock.now());
    if (refund.ok) return refund.undoing;
    if (refund.problem === 'credited') throw paymentError('REST_CREDITED');
    const [later] = await this.periods.paymentsOf(userId, [refund.periodId]);
    if (later === undefined) throw paymentError('GIVEN_PLAN_RUNS');
    throw paymentError('REFUND_LATER_FIRST', { payment_id: later.public_id });
  }

  /** Ends a bought period, and what it had ended counts again. In the transaction that answered `undoing`. */
  async undo(userId: number, periodId: number, undoing: Undoing): Promise<void> {
    const now = this.clock.now();
    const { PLAN_GRACE_DAYS } = this.config.payments;
    const before = planOf(await this.periods.of(userId), PLAN_GRACE_DAYS, now);
    await this.periods.undo(periodId, undoing);
    const after = planOf(await this.periods.of(userId), PLAN_GRACE_DAYS, now);
    if (before === undefined && after === undefined) return;
    await this.users.setPlan(userId, after?.tier ?? 'TRIAL', after?.until ?? now);
  }
}
