/**
 * `/api/admin`: the platform in figures, in the words of the contract (section 9).
 */
import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Decimal } from '../../../domain/money/decimal.js';
import { asPercent, toJsonNumber } from '../../../domain/money/money.js';
import { jsonUsdt } from '../../../domain/payment/micro-usdt.js';
import { TIERS } from '../../../domain/subscription/plans.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Allow } from '../../../platform/http/access.js';
import { IntegerField } from '../../../platform/http/fields.js';
import { PageQuery, pageOf } from '../../../platform/http/paging.js';
import { Answers } from '../../../platform/openapi/answers.js';
import { decimal, oneOf, orNull } from '../../../platform/openapi/shape.js';
import { Entitlements } from '../../plans/entitlements.service.js';
import { SOURCE_KINDS } from '../../signals/source.entity.js';
import { OperatorStatisticsRepository, type SourceRow } from './operator-statistics.repository.js';

const TIME = '2026-01-31T12:00:00.000Z';
const DAY_MS = 86_400_000;

export class SourcesQuery {
  @IntegerField({ required: false, fromText: true, min: 1, max: 730, example: 30, description: 'How far back' })
  days?: number;
}

const PERSON = {
  id: 7,
  email: 'ada@example.com',
  full_name: 'Ada',
  subscription_type: oneOf(...TIERS),
  joined_date: TIME,
  is_verified: true,
};

const { id: _id, ...REFERRER } = { ...PERSON, user_id: 7, referral_code: 'VZK0A1B2C' };

const SOURCE = {
  id: 1,
  code: 'house',
  kind: oneOf(...SOURCE_KINDS),
  name: 'House engine',
  is_enabled: true,
  followers: 120,
  signals: 14,
  live_signals: 2,
  trades: 1_400,
  wins: 800,
  losses: 590,
  win_rate_pct: decimal(57.14),
  volume_usdt: '140000',
  realised_pnl_usdt: '1250.5',
  best_trade_usdt: orNull('45.1'),
  worst_trade_usdt: orNull('-12.2'),
  last_signal_at: orNull(TIME),
};

@ApiTags('Admin')
@ApiBearerAuth()
@Controller('admin')
@Allow('admin')
export class OperatorStatisticsController {
  constructor(
    private readonly figures: OperatorStatisticsRepository,
    private readonly plans: Entitlements,
    private readonly clock: Clock,
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

  @Get('sources')
  @ApiOperation({ summary: 'What each source has posted, and how the trades of its signals ended' })
  @Answers({ days: 30, sources: [SOURCE] })
  async sources(@Query() { days = 30 }: SourcesQuery) {
    const rows = await this.figures.sources(new Date(this.clock.now().getTime() - days * DAY_MS));
    return { ok: true, days, sources: rows.map(sourceView) };
  }
}

function sourceView({ last_signal_at, ...row }: SourceRow) {
  const winRate = asPercent(Decimal.ofInteger(row.wins), Decimal.ofInteger(row.trades), 2);
  return {
    ...row,
    win_rate_pct: toJsonNumber(winRate),
    volume_usdt: Decimal.of(row.volume_usdt).toString(),
    realised_pnl_usdt: Decimal.of(row.realised_pnl_usdt).toString(),
    best_trade_usdt: row.best_trade_usdt === null ? null : Decimal.of(row.best_trade_usdt).toString(),
    worst_trade_usdt: row.worst_trade_usdt === null ? null : Decimal.of(row.worst_trade_usdt).toString(),
    last_signal_at: last_signal_at?.toISOString() ?? null,
  };
}
