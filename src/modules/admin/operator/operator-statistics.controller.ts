/**
 * `/api/admin`: the platform in figures, in the words of the contract (section 9).
 */
import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Decimal } from '../../../domain/money/decimal.js';
import { toJsonNumber } from '../../../domain/money/money.js';
import { jsonUsdt } from '../../../domain/payment/micro-usdt.js';
import { TIERS } from '../../../domain/subscription/plans.js';
import { Allow } from '../../../platform/http/access.js';
import { PageQuery, pageOf } from '../../../platform/http/paging.js';
import { Answers } from '../../../platform/openapi/answers.js';
import { decimal, oneOf, orNull } from '../../../platform/openapi/shape.js';
import { Entitlements } from '../../plans/entitlements.service.js';
import { OperatorStatisticsRepository } from './operator-statistics.repository.js';

const TIME = '2026-01-31T12:00:00.000Z';

const PERSON = {
  id: 7,
  email: 'ada@example.com',
  full_name: 'Ada',
  subscription_type: oneOf(...TIERS),
  joined_date: TIME,
  is_verified: true,
};

const { id: _id, ...REFERRER } = { ...PERSON, user_id: 7, referral_code: 'VZK0A1B2C' };

@ApiTags('Admin')
@ApiBearerAuth()
@Controller('admin')
@Allow('admin')
export class OperatorStatisticsController {
  constructor(
    private readonly figures: OperatorStatisticsRepository,
    private readonly plans: Entitlements,
  ) {}

  @Get('stats')
  @ApiOperation({ summary: 'People, trading and revenue at a glance' })
  @Answers({
    users: { total: 120, verified: 110, trial: 70, vip: 30, premium: 20, recent_signups_7d: 9 },
    trading: { total_positions: 4_000, open_positions: 80, total_signals: 310 },
    revenue: { estimated_monthly_usd: decimal(3_900), vip_subscribers: 30, premium_subscribers: 20 },
  })
  async stats() {
    const row = await this.figures.platform();
    const monthly = (tier: 'VIP' | 'PREMIUM', subscribers: number) => {
      const { priceUsdt, days } = this.plans.plan(tier);
      const price = Decimal.of(priceUsdt).times(Decimal.ofInteger(30 * subscribers));
      return price.dividedBy(Decimal.ofInteger(days), 2, 'half_even');
    };
    return {
      ok: true,
      users: {
        total: row.total,
        verified: row.verified,
        trial: row.trial,
        vip: row.vip,
        premium: row.premium,
        recent_signups_7d: row.recent_signups_7d,
      },
      trading: {
        total_positions: row.total_positions,
        open_positions: row.open_positions,
        total_signals: row.total_signals,
      },
      revenue: {
        estimated_monthly_usd: toJsonNumber(monthly('VIP', row.vip).plus(monthly('PREMIUM', row.premium))),
        vip_subscribers: row.vip,
        premium_subscribers: row.premium,
      },
    };
  }

  @Get('subscriptions/overview')
  @ApiOperation({ summary: 'Subscriptions by plan, payments by outcome, and what they brought' })
  @Answers({
    subscriptions: { trial: 70, vip: 30, premium: 20, total: 120 },
    payments: { total: 90, verified: 70, pending: 5, failed: 15 },
    revenue: { total_usdt: decimal(4_800), vip_payments: 50, premium_payments: 20 },
  })
  async overview() {
    const [people, payments] = await Promise.all([this.figures.platform(), this.figures.payments()]);
    const { total, verified, pending, failed, revenue, vip_payments, premium_payments } = payments;
    return {
      ok: true,
      subscriptions: { trial: people.trial, vip: people.vip, premium: people.premium, total: people.total },
      payments: { total, verified, pending, failed },
      revenue: { total_usdt: jsonUsdt(BigInt(revenue)), vip_payments, premium_payments },
    };
  }

  @Get('referrals')
  @ApiOperation({ summary: 'People, newest first, each with those they brought (the first 200)' })
  @Answers({
    total_users: 120,
    referrals: [{ ...REFERRER, referred_count: 1, referred_users: [PERSON], referred_by_user_id: orNull(3) }],
    next_before_id: orNull(7),
  })
  async referrals(@Query() { limit = 100, before_id }: PageQuery) {
    const [rows, { total }] = await Promise.all([
      this.figures.referrers(before_id ?? Number.MAX_SAFE_INTEGER, limit + 1),
      this.figures.platform(),
    ]);
    const { items, next_before_id } = pageOf(rows, limit);
    const referrals = items.map(({ id: _, joined_date, referred_users, ...row }) => ({
      ...row,
      joined_date: joined_date.toISOString(),
      referred_users: referred_users.map((person) => ({
        ...person,
        joined_date: new Date(person.joined_date).toISOString(),
      })),
    }));
    return { ok: true, total_users: total, referrals, next_before_id };
  }
}
