/**
 * The routes of plans: the fields that there are, each layer, and what a signal comes to for its caller.
 */
import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { PLAN_FIELD_NAMES, PLAN_FIELDS } from '../../domain/plan/plan-fields.js';
import { Allow, CurrentUser, OwnPath, type UserCaller } from '../../platform/http/access.js';
import { ObjectField } from '../../platform/http/fields.js';
import { IdParam } from '../../platform/http/params.js';
import { TradePlansService } from './trade-plans.service.js';

const PLAN_EXAMPLE = {
  entry: { kind: 'ZONE', prices: ['69800', '70200'], zone_orders: 3, expires_after: 86400 },
  targets: { split: 'DECREASING', trailing_percent: '0.5' },
  stop: { rules: [{ action: 'BREAKEVEN', at_target: 1 }] },
  safety: { levels: 2, step_percent: '1.5' },
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
    example: { max_safety_levels: 3, max_investment_usdt: '200', allow_no_stop: false },
  })
  caps?: Record<string, unknown>;
}

export class PlanFieldView {
  @ApiProperty({ example: 'entry.kind' }) field: string;
  @ApiProperty({ enum: ['choice', 'integer', 'decimal', 'decimals', 'symbols', 'stop_rules'] }) form: string;
  @ApiProperty({ description: 'What it means' }) says: string;
  @ApiProperty({ nullable: true, type: Object, description: 'The value where no layer says anything' })
  fallback: unknown;
}

export class ResolvedFieldView {
  @ApiProperty({ example: 'entry.kind' }) field: string;
  @ApiProperty({ nullable: true, type: Object, example: 'AUTO' }) value: unknown;
  @ApiProperty({ enum: ['signal', 'source', 'user', 'platform', 'default'] }) from: string;
  @ApiProperty({ required: false, nullable: true, type: Object, description: 'What it was before a cap' })
  clamped_from?: unknown;
}

const SAVED = { ok: true, message: 'Saved' };

@ApiTags('Trade plans')
@ApiBearerAuth()
@Controller()
@Allow('signed_in')
export class TradePlansController {
  constructor(private readonly plans: TradePlansService) {}

  @Get('trade-plan/fields')
  @ApiOperation({ summary: 'Everything that a plan can say, with ranges and defaults' })
  @ApiOkResponse({ type: [PlanFieldView] })
  fields() {
    return { ok: true, fields: PLAN_FIELD_NAMES.map((field) => ({ field, ...PLAN_FIELDS[field] })) };
  }

  @Get('signals/:id/trade-plan')
  @ApiOperation({ summary: 'What a signal comes to for you: every value, and which layer it is from' })
  @ApiOkResponse({ type: [ResolvedFieldView] })
  async ofSignal(@Param() { id }: IdParam, @CurrentUser() caller: UserCaller) {
    const { values, reasons } = await this.plans.resolved(id, caller.userId);
    const fields = PLAN_FIELD_NAMES.map((field): ResolvedFieldView => {
      const { from, clampedFrom } = reasons[field];
      return { field, value: values[field], from, ...(clampedFrom === undefined ? {} : { clamped_from: clampedFrom }) };
    });
    return { ok: true, plan: fields };
  }

  @Get('users/:id/trade-plan')
  @OwnPath('id')
  @ApiOperation({ summary: 'Your layer of plans, and your caps' })
  async ofUser(@Param() { id }: IdParam) {
    return { ok: true, ...(await this.plans.ofUser(id)) };
  }

  @Put('users/:id/trade-plan')
  @Allow('verified')
  @OwnPath('id')
  @ApiOperation({ summary: 'Replace your layer of plans, your caps, or both' })
  async changeUser(@Param() { id }: IdParam, @Body() body: UserPlanBody, @CurrentUser() caller: UserCaller) {
    await this.plans.changeUser(id, body, caller);
    return SAVED;
  }

  @Get('sources/:id/trade-plan')
  @ApiOperation({ summary: 'The layer of a source' })
  async ofSource(@Param() { id }: IdParam) {
    return { ok: true, plan: await this.plans.ofSource(id) };
  }

  @Put('sources/:id/trade-plan')
  @Allow('staff')
  @ApiOperation({ summary: 'Replace the layer of a source: administrators of any, providers of their own' })
  async changeSource(@Param() { id }: IdParam, @Body() body: PlanBody, @CurrentUser() caller: UserCaller) {
    await this.plans.changeSource(id, body.plan, caller);
    return SAVED;
  }

  @Get('admin/trade-plan')
  @Allow('admin')
  @ApiOperation({ summary: 'The platform’s layer of plans' })
  async ofPlatform() {
    return { ok: true, plan: await this.plans.ofPlatform() };
  }

  @Put('admin/trade-plan')
  @Allow('admin')
  @ApiOperation({ summary: 'Replace the platform’s layer of plans' })
  async changePlatform(@Body() body: PlanBody, @CurrentUser() caller: UserCaller) {
    await this.plans.changePlatform(body.plan, caller);
    return SAVED;
  }
}
