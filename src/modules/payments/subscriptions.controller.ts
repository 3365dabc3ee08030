/**
 * `/api/users/:id/subscription` and `/api/plans`: what people have, and what they could have.
 * Keeps: nobody gives himself a plan; the old routes that allowed it answer 403 to everyone but administrators.
 */
import { Body, Controller, Get, Param, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { toJsonNumber } from '../../domain/money/money.js';
import { type Plan, PLAN_TIERS, type PlanTier, TIERS, type Tier } from '../../domain/subscription/plans.js';
import type { PlanVersion } from '../plans/plans.repository.js';
import { Allow, CurrentUser, OwnPath, StepUp } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { ChoiceField, DecimalField, FlagField, IntegerField, TextField } from '../../platform/http/fields.js';
import { IdParam } from '../../platform/http/params.js';
import { invalidInput } from '../../platform/http/validation.js';
import { paymentError } from './payments.errors.js';
import { type Subscription, SubscriptionsService } from './subscriptions.service.js';
import { Answers, AnswersNever, Fails } from '../../platform/openapi/answers.js';
import { PLAN_VERSION, PLANS_ANSWER, SUBSCRIPTION } from './payments.answers.js';

const MAX_DAYS = 3_650;

export class SetSubscriptionBody {
  @ChoiceField(TIERS, { description: 'The plan to give' })
  subscription_type: Tier;

  @IntegerField({ required: false, min: 1, max: MAX_DAYS, description: 'From now; without it the plan’s own length' })
  duration_days?: number;
}

export class PlanParam {
  @TextField({ upper: true, max: 20, example: 'VIP' })
  tier: string;
}

export class ChangePlanBody {
  @DecimalField({ required: false, min: '0', max: '100000', description: 'USDT, with cents' })
  price_usdt?: string;

  @IntegerField({ required: false, min: 1, max: MAX_DAYS, description: 'How long it lasts; a trial lasts TRIAL_DAYS' })
  days?: number;

  @FlagField({ required: false, description: 'Signals in the app, and pushed to it' })
  signals?: boolean;

  @FlagField({ required: false, description: 'Push about trades' })
  trade_notifications?: boolean;

  @FlagField({ required: false, description: 'Real orders' })
  auto_trading?: boolean;

  @FlagField({ required: false })
  advanced_analytics?: boolean;

  @IntegerField({ required: false, min: 0, max: 100, description: 'Exchange accounts that may be connected at once' })
  exchange_accounts?: number;

  @IntegerField({
    required: false,
    nullable: true,
    min: 0,
    max: 500,
    description: 'Positions that may be live at once; null: no limit of the plan',
  })
  concurrent_trades?: number | null;
}

@ApiTags('Payments')
@Controller()
export class SubscriptionsController {
  constructor(private readonly subscriptions: SubscriptionsService) {}

  @Get('plans')
  @Allow('public')
  @ApiOperation({ summary: 'The plans, their prices and what they include' })
  @Answers(PLANS_ANSWER)
  plans() {
    return { ok: true, plans: this.subscriptions.plans().map(planView) };
  }

  @Get('admin/plans/:tier')
  @Allow('admin')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'All versions of a plan, newest first; FREE is what is left after the end of any' })
  @Answers({ versions: [PLAN_VERSION] })
  @Fails(paymentError, 'PLAN_NOT_FOUND')
  async versions(@Param() { tier }: PlanParam) {
    return { ok: true, versions: (await this.subscriptions.versions(planNamed(tier))).map(versionView) };
  }

  @Put('admin/plans/:tier')
  @StepUp()
  @Allow('admin')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Change a plan: a new version with the named fields; open payments keep theirs' })
  @Answers({ plan: PLAN_VERSION })
  @Fails(paymentError, 'PLAN_NOT_FOUND')
  async changePlan(@Param() { tier }: PlanParam, @Body() body: ChangePlanBody, @CurrentUser() caller: UserCaller) {
    const change = {
      priceUsdt: cents(body.price_usdt),
      days: body.days,
      signals: body.signals,
      tradeNotifications: body.trade_notifications,
      autoTrading: body.auto_trading,
      advancedAnalytics: body.advanced_analytics,
      exchangeAccounts: body.exchange_accounts,
      concurrentTrades: body.concurrent_trades,
    };
    return { ok: true, plan: versionView(await this.subscriptions.changePlan(planNamed(tier), change, caller.userId)) };
  }

  @Get('users/:id/subscription')
  @Allow('signed_in')
  @OwnPath('id')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'The plan that counts now, and what it includes' })
  @Answers(SUBSCRIPTION)
  @Fails(paymentError, 'SUBSCRIBER_NOT_FOUND')
  async one(@Param() { id }: IdParam) {
    return { ok: true, subscription: subscriptionView(await this.subscriptions.of(id)) };
  }

  @Put('users/:id/subscription')
  @StepUp()
  @Allow('admin')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Set a plan (administrators); for everybody else plans change through payments' })
  @Answers(SUBSCRIPTION)
  @Fails(paymentError, 'PLAN_BY_PAYMENT', 'SUBSCRIBER_NOT_FOUND')
  async set(@Param() { id }: IdParam, @Body() body: SetSubscriptionBody, @CurrentUser() caller: UserCaller) {
    const { subscription_type, duration_days } = body;
    const set = await this.subscriptions.set(id, subscription_type, duration_days, caller.userId);
    return { ok: true, subscription: subscriptionView(set) };
  }

  @Post('users/:id/subscription')
  @Allow('signed_in')
  @OwnPath('id')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Refused: plans change through payments' })
  @AnswersNever()
  @Fails(paymentError, 'PLAN_BY_PAYMENT')
  add(): never {
    throw paymentError('PLAN_BY_PAYMENT');
  }
}

function planView(plan: Plan) {
  return {
    plan: plan.tier,
    price_usdt: toJsonNumber(plan.priceUsdt),
    days: plan.days,
    features: featuresOf(plan),
  };
}

function featuresOf(plan: Plan) {
  return { signals: plan.signals, auto_trading: plan.autoTrading, advanced_analytics: plan.advancedAnalytics };
}

function planNamed(name: string): PlanTier {
  const tier = PLAN_TIERS.find((known) => known === name);
  if (tier === undefined) throw paymentError('PLAN_NOT_FOUND');
  return tier;
}

/** Prices have cents, so that the marks of invoices stay below one USDT. */
function cents(price: string | undefined): string | undefined {
  if (price !== undefined && !/^\d+(\.\d{1,2})?$/.test(price)) {
    throw invalidInput([{ field: 'price_usdt', rule: 'must have at most 2 decimal places' }]);
  }
  return price;
}

function versionView(plan: PlanVersion) {
  return {
    plan: plan.tier,
    version: plan.version,
    price_usdt: toJsonNumber(plan.priceUsdt),
    days: plan.days,
    signals: plan.signals,
    trade_notifications: plan.tradeNotifications,
    auto_trading: plan.autoTrading,
    advanced_analytics: plan.advancedAnalytics,
    exchange_accounts: plan.exchangeAccounts,
    concurrent_trades: plan.concurrentTrades,
    created_at: plan.createdAt.toISOString(),
  };
}

function subscriptionView({ tier, plan, autoTradeEnabled, expiresAt, trades }: Subscription) {
  const { limitedBy: limited_by, ...concurrent_trades } = trades;
  return {
    plan: tier,
    auto_trade_enabled: autoTradeEnabled,
    expires_at: expiresAt?.toISOString() ?? null,
    // The contract's app shows signals to everybody; which of them a plan includes is the plan list's to say.
    features: { ...featuresOf(plan), signals: true },
    limits: {
      exchange_accounts: plan.exchangeAccounts,
      concurrent_trades: { ...concurrent_trades, limited_by },
    },
  };
}
