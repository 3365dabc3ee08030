/**
 * `/api/strategies`: the bots of the house, for administrators: how each does, what is set of it, and what it saw.
 */
import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Clock } from '../../platform/clock/clock.js';
import { Allow, CurrentUser, StepUp } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { ChoiceField, IntegerField, ObjectField, TextField, TextListField } from '../../platform/http/fields.js';
import { PageQuery } from '../../platform/http/paging.js';
import { Answers, Fails } from '../../platform/openapi/answers.js';
import { orNull } from '../../platform/openapi/shape.js';
import { type Verdict, VERDICTS } from './house-candidate.entity.js';
import { HouseEngine } from './house-engine.service.js';
import { CANDIDATE, candidateView, STRATEGY, strategyView } from './strategies.answers.js';
import { strategyError } from './strategies.errors.js';
import { StrategiesService } from './strategies.service.js';

const USUAL_DAYS = 30;
const MOST_DAYS = 90;

export class StrategyParam {
  @TextField({ max: 40, pattern: /^[a-z0-9-]+$/, rule: 'must be the code of a bot', example: 'scalping' })
  code: string;
}

export class StrategiesQuery {
  @IntegerField({
    required: false,
    fromText: true,
    min: 1,
    max: MOST_DAYS,
    example: USUAL_DAYS,
    description: `How far back candidates are counted; ${USUAL_DAYS} by default`,
  })
  days?: number;
}

export class BotSettingsBody {
  @ObjectField({
    required: false,
    example: { min_confidence: 75 },
    description: 'Only named settings change, each as the schema of the bot allows; null goes back to its default',
  })
  settings?: Record<string, unknown>;

  @TextListField({
    required: false,
    nullable: true,
    maxItems: 500,
    pattern: /^[A-Z0-9]{2,20}$/,
    rule: 'must hold symbols such as BTCUSDT',
    upper: true,
    example: ['BTCUSDT'],
    description: 'What it looks at, of the watchlist; null: all of that',
  })
  symbols?: string[] | null;

  @IntegerField({
    required: false,
    nullable: true,
    min: 1,
    max: 3_600,
    example: 15,
    description: 'How often it looks for closed candles; null: as it usually does',
  })
  every_seconds?: number | null;
}

export class CandidatesQuery extends PageQuery {
  @ChoiceField(VERDICTS, { required: false, example: 'REJECTED' })
  verdict?: Verdict;
}

@ApiTags('Strategies')
@ApiBearerAuth()
@Controller('strategies')
@Allow('admin')
export class StrategiesController {
  constructor(
    private readonly strategies: StrategiesService,
    private readonly engine: HouseEngine,
    private readonly clock: Clock,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The bots of the house: settings, heartbeat, and what became of what each saw' })
  @Answers({ days: 30, strategies: [STRATEGY] })
  async list(@Query() { days = USUAL_DAYS }: StrategiesQuery) {
    const found = await this.strategies.all(days);
    return { ok: true, days, strategies: found.map((one) => this.#view(one)) };
  }

  @Patch(':code')
  @ApiOperation({ summary: 'Change settings, symbols or schedule of a bot; only what is named changes' })
  @Answers({ strategy: STRATEGY })
  @Fails(strategyError, 'UNKNOWN_STRATEGY')
  async change(@Param() { code }: StrategyParam, @Body() body: BotSettingsBody, @CurrentUser() { userId }: UserCaller) {
    const { settings, symbols, every_seconds } = body;
    await this.strategies.change(userId, code, {
      ...(settings === undefined ? {} : { settings }),
      ...(symbols === undefined ? {} : { symbols: symbols === null ? null : [...new Set(symbols)] }),
      ...(every_seconds === undefined ? {} : { every_seconds }),
    });
    return this.#one(code);
  }

  @Post(':code/enable')
  @HttpCode(200)
  @StepUp()
  @ApiOperation({ summary: 'Let a bot run; one that rests after failures is tried at once' })
  @Answers({ strategy: STRATEGY })
  @Fails(strategyError, 'UNKNOWN_STRATEGY')
  async enable(@Param() { code }: StrategyParam, @CurrentUser() { userId }: UserCaller) {
    await this.strategies.change(userId, code, { is_enabled: true });
    return this.#one(code);
  }

  @Post(':code/disable')
  @HttpCode(200)
  @ApiOperation({ summary: 'Stop a bot; its signals go on' })
  @Answers({ strategy: STRATEGY })
  @Fails(strategyError, 'UNKNOWN_STRATEGY')
  async disable(@Param() { code }: StrategyParam, @CurrentUser() { userId }: UserCaller) {
    await this.strategies.change(userId, code, { is_enabled: false });
    return this.#one(code);
  }

  @Get(':code/candidates')
  @ApiOperation({ summary: 'What a bot would have traded, and why it was posted or not; newest first' })
  @Answers({ candidates: [CANDIDATE], count: 1, next_before_id: orNull(7) })
  @Fails(strategyError, 'UNKNOWN_STRATEGY')
  async candidates(@Param() { code }: StrategyParam, @Query() { verdict, limit = 50, before_id }: CandidatesQuery) {
    const { items, next_before_id } = await this.strategies.candidates(code, verdict, before_id, limit);
    return { ok: true, candidates: items.map(candidateView), count: items.length, next_before_id };
  }

  async #one(code: string) {
    return { ok: true, strategy: this.#view(await this.strategies.one(code, USUAL_DAYS)) };
  }

  #view(found: Awaited<ReturnType<StrategiesService['one']>>) {
    return strategyView(found, this.engine.codes.includes(found.strategy.code), this.clock.now());
  }
}
