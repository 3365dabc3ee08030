/**
 * `/api/users/:id/subscription` and `/api/plans`: what people have, and what they could have.
 * Keeps: nobody gives himself a plan; the old routes that allowed it answer 403 to everyone but administrators.
 */
import { Body, Controller, Get, Param, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { toJsonNumber } from '../../domain/money/money.js';
import { type Plan, TIERS, type Tier } from '../../domain/subscription/plans.js';
import { Allow, CurrentUser, OwnPath, type UserCaller } from '../../platform/http/access.js';
import { ChoiceField, IntegerField } from '../../platform/http/fields.js';
import { IdParam } from '../../platform/http/params.js';
import { paymentError } from './payments.errors.js';
import { type Subscription, SubscriptionsService } from './subscriptions.service.js';
import { Answers, AnswersNever, Fails } from '../../platform/openapi/answers.js';
import { PLANS_ANSWER, SUBSCRIPTION } from './payments.answers.js';

const MAX_DAYS = 3_650;

export class SetSubscriptionBody {
  @ChoiceField(TIERS, { description: 'The plan to give' })
  subscription_type: Tier;

  @IntegerField({ required: false, min: 1, max: MAX_DAYS, description: 'From now; without it the plan’s own length' })
  duration_days?: number;
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
  @Allow('admin')
  @OwnPath('id')
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

function subscriptionView({ plan, autoTradeEnabled, expiresAt }: Subscription) {
  return {
    plan: plan.tier,
    auto_trade_enabled: autoTradeEnabled,
    expires_at: expiresAt?.toISOString() ?? null,
    // The contract's app shows signals to everybody; which of them a plan includes is the plan list's to say.
    features: { ...featuresOf(plan), signals: true },
  };
}
