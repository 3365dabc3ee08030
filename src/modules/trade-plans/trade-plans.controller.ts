/**
 * The routes of plans: the fields that there are, each layer, and what a signal comes to for its caller.
 */
import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { MARGIN_MODES } from '../../domain/margin/cross.js';
import { PLAN_FIELD_NAMES, PLAN_FIELDS } from '../../domain/plan/plan-fields.js';
import type { MarginPreview } from '../../domain/risk/margin-preview.js';
import { Allow, CurrentUser, OwnPath, StepUp } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { ObjectField } from '../../platform/http/fields.js';
import { IdParam } from '../../platform/http/params.js';
import { Answers, AnswersMessage, Fails } from '../../platform/openapi/answers.js';
import { free, oneOf, orNull } from '../../platform/openapi/shape.js';
import { MarginPreviews } from './margin-preview.service.js';
import { planError } from './trade-plans.errors.js';
import { TradePlansService } from './trade-plans.service.js';

const PLAN_EXAMPLE = {
  entry: { kind: 'ZONE', prices: ['69800', '70200'], zone_orders: 3, expires_after: 86400 },
  targets: { split: 'DECREASING', trailing_percent: '0.5' },
  stop: { rules: [{ action: 'BREAKEVEN', at_target: 1 }] },
  safety: { levels: 2, step_percent: '1.5' },
};

const CAPS_EXAMPLE = {
  max_safety_levels: 3,
  max_investment_usdt: '200',
  allow_no_stop: false,
  allow_cross_margin: false,
};

export class PlanBody {
  @ObjectField({ description: 'The layer as a whole; what it leaves out falls to the next', example: PLAN_EXAMPLE })
  plan: Record<string, unknown>;
}

export class UserPlanBody {
  @ObjectField({ required: false, description: 'Your layer as a whole', example: PLAN_EXAMPLE })
  plan?: Record<string, unknown>;

  @ObjectField({
    required: false,
    description: 'What you allow at most, whatever a signal says; null for no cap',
    example: CAPS_EXAMPLE,
  })
  caps?: Record<string, unknown>;
}

const FIELDS_EXAMPLE = {
  'entry.zone_orders': { form: 'integer', min: 2, max: 10, fallback: 4, says: 'Orders that a zone is split into' },
};

const RESOLVED_EXAMPLE = {
  'entry.kind': { value: 'ZONE', from: 'signal' },
  'safety.levels': { value: 2, from: 'user', clamped_from: 4 },
};

/** Amounts are decimal text. The lowest limit is the leverage. */
const MARGIN = {
  leverage: 10,
  margin_mode: oneOf(...MARGIN_MODES),
  leverage_limits: { user: 25, plan: orNull(10), platform: 125, instrument: 125, bracket: orNull(100) },
  notional_usdt: '49.98',
  margin_usdt: '4.998',
  stop_loss: orNull('69500'),
  liquidation_price: orNull('63316.58291457'),
  refusal: orNull('LIQUIDATION_BEFORE_STOP'),
};

function marginView(preview: MarginPreview) {
  return {
    leverage: preview.leverage,
    margin_mode: preview.mode,
    leverage_limits: preview.limits,
    notional_usdt: preview.notional,
    margin_usdt: preview.margin,
    stop_loss: preview.stopLoss,
    liquidation_price: preview.liquidation,
    refusal: preview.refusal,
  };
}

const SAVED = { ok: true, message: 'Saved' };

@ApiTags('Trade plans')
@ApiBearerAuth()
@Controller()
@Allow('signed_in')
export class TradePlansController {
  constructor(
    private readonly plans: TradePlansService,
    private readonly previews: MarginPreviews,
  ) {}

  @Get('trade-plan/fields')
  @ApiOperation({ summary: 'Everything that a plan can say, with ranges and defaults' })
  @Answers({ fields: free(FIELDS_EXAMPLE) })
  fields() {
    return { ok: true, fields: PLAN_FIELDS };
  }

  @Get('signals/:id/trade-plan')
  @ApiOperation({
    summary: 'What a signal comes to for you: every value and its layer; leverage, margin and liquidation price',
    description:
      'Margin is reckoned as if the market stood at the entry. `refusal` says why such a plan is not traded.',
  })
  @Answers({ plan: free(RESOLVED_EXAMPLE), margin: MARGIN })
  @Fails(planError, 'SIGNAL_NOT_FOUND')
  async ofSignal(@Param() { id }: IdParam, @CurrentUser() caller: UserCaller) {
    const resolved = await this.plans.resolved(id, caller.userId);
    const { values, reasons } = resolved;
    const fields = PLAN_FIELD_NAMES.map((field) => {
      const { from, clampedFrom } = reasons[field];
      const clamped = clampedFrom === undefined ? {} : { clamped_from: clampedFrom };
      return [field, { value: values[field], from, ...clamped }];
    });
    const margin = marginView(await this.previews.of(id, caller.userId, resolved));
    return { ok: true, plan: Object.fromEntries(fields) as Record<string, unknown>, margin };
  }

  @Get('users/:id/trade-plan')
  @OwnPath('id')
  @ApiOperation({ summary: 'Your layer of plans, and your caps' })
  @Answers({ plan: free(PLAN_EXAMPLE), caps: free(CAPS_EXAMPLE) })
  @Fails(planError, 'USER_NOT_FOUND')
  async ofUser(@Param() { id }: IdParam) {
    return { ok: true, ...(await this.plans.ofUser(id)) };
  }

  @Put('users/:id/trade-plan')
  @Allow('verified')
  @OwnPath('id')
  @ApiOperation({ summary: 'Replace your layer of plans, your caps, or both' })
  @AnswersMessage('Saved')
  @Fails(planError, 'USER_NOT_FOUND')
  async changeUser(@Param() { id }: IdParam, @Body() body: UserPlanBody, @CurrentUser() caller: UserCaller) {
    await this.plans.changeUser(id, body, caller);
    return SAVED;
  }

  @Get('sources/:id/trade-plan')
  @ApiOperation({ summary: 'The layer of a source' })
  @Answers({ plan: free(PLAN_EXAMPLE) })
  @Fails(planError, 'SOURCE_NOT_FOUND')
  async ofSource(@Param() { id }: IdParam) {
    return { ok: true, plan: await this.plans.ofSource(id) };
  }

  @Put('sources/:id/trade-plan')
  @Allow('staff')
  @ApiOperation({ summary: 'Replace the layer of a source: administrators of any, providers of their own' })
  @AnswersMessage('Saved')
  @Fails(planError, 'SOURCE_NOT_FOUND', 'NOT_YOUR_SOURCE')
  async changeSource(@Param() { id }: IdParam, @Body() body: PlanBody, @CurrentUser() caller: UserCaller) {
    await this.plans.changeSource(id, body.plan, caller);
    return SAVED;
  }

  @Get('admin/trade-plan')
  @Allow('admin')
  @ApiOperation({ summary: 'The platform’s layer of plans' })
  @Answers({ plan: free(PLAN_EXAMPLE) })
  async ofPlatform() {
    return { ok: true, plan: await this.plans.ofPlatform() };
  }

  @Put('admin/trade-plan')
  @StepUp()
  @Allow('admin')
  @ApiOperation({ summary: 'Replace the platform’s layer of plans' })
  @AnswersMessage('Saved')
  async changePlatform(@Body() body: PlanBody, @CurrentUser() caller: UserCaller) {
    await this.plans.changePlatform(body.plan, caller);
    return SAVED;
  }
}
