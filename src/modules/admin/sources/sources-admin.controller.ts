/**
 * `/api/admin/sources`: where signals come from, what each is worth, and the tokens by which programs post.
 */
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, CurrentUser, StepUp } from '../../../platform/http/access.js';
import type { UserCaller } from '../../../platform/http/caller.js';
import { ChoiceField, FlagField, IntegerField, ObjectField, TextField } from '../../../platform/http/fields.js';
import { parseTextProfile } from '../../../domain/signal-text/text-profile.js';
import { invalidInput } from '../../../platform/http/validation.js';
import { PageQuery } from '../../../platform/http/paging.js';
import { IdParam } from '../../../platform/http/params.js';
import { Answers, AnswersMessage, Fails } from '../../../platform/openapi/answers.js';
import { orNull } from '../../../platform/openapi/shape.js';
import { accessTokenError } from '../../access-tokens/access-tokens.errors.js';
import { SourceTokens } from '../../access-tokens/source-tokens.service.js';
import { SOURCE, sourceView, TOKEN, tokenView } from './sources-admin.answers.js';
import { sourcesAdminError } from './sources-admin.errors.js';
import { SourcesAdmin, USUAL_DAYS } from './sources-admin.service.js';

/** Of the kind `manual` is only what staff post by hand. */
const MADE_KINDS = ['webhook', 'provider', 'house'] as const;
type MadeKind = (typeof MADE_KINDS)[number];

const DEFAULT_OVERLAP_MINUTES = 60;
const WEEK_MINUTES = 7 * 24 * 60;

export class DaysQuery {
  @IntegerField({ required: false, fromText: true, min: 1, max: 730, example: 30, description: 'How far back' })
  days?: number;
}

export class SourcesQuery extends PageQuery {
  @IntegerField({ required: false, fromText: true, min: 1, max: 730, example: 30, description: 'How far back' })
  days?: number;
}

export class CreateSourceBody {
  @TextField({
    max: 40,
    pattern: /^[a-z0-9][a-z0-9_-]*$/,
    rule: 'must be small letters, digits, - and _',
    example: 'alpha-desk',
    description: 'Its name for programs, which never changes',
  })
  code: string;

  @TextField({ max: 80, pattern: /^[^\p{Cc}]+$/u, rule: 'must be one line', example: 'Alpha desk' })
  name: string;

  @ChoiceField(MADE_KINDS, { required: false, example: 'webhook', description: 'webhook by default' })
  kind?: MadeKind;
}

export class ChangeSourceBody {
  @TextField({ required: false, max: 80, pattern: /^[^\p{Cc}]+$/u, rule: 'must be one line', example: 'Alpha desk' })
  name?: string;

  @FlagField({
    required: false,
    example: false,
    description: 'false: it posts and reports nothing; what is open goes on',
  })
  is_enabled?: boolean;

  @ObjectField({
    required: false,
    nullable: true,
    example: { defaults: { leverage: 5, stop_percent: '4' }, ignore: ['sponsored'], without_stop: 'REFUSE' },
    description: 'How its messages are read, see docs/signal-text.md; null is the common way',
  })
  text?: Record<string, unknown> | null;
}

export class GiveTokenBody {
  @IntegerField({
    required: false,
    min: 0,
    max: WEEK_MINUTES,
    example: DEFAULT_OVERLAP_MINUTES,
    description: 'How long tokens given before go on working; 0 ends them at once',
  })
  overlap_minutes?: number;
}

@ApiTags('Admin')
@ApiBearerAuth()
@Controller('admin/sources')
@Allow('admin')
export class SourcesAdminController {
  constructor(
    private readonly sources: SourcesAdmin,
    private readonly tokens: SourceTokens,
  ) {}

  @Get()
  @ApiOperation({ summary: 'What each source has posted, and how the trades of its signals ended; newest first' })
  @Answers({ days: 30, sources: [SOURCE], count: 1, next_before_id: orNull(1) })
  async list(@Query() { days = USUAL_DAYS, limit = 100, before_id }: SourcesQuery) {
    const { items, next_before_id } = await this.sources.page(days, before_id, limit);
    return { ok: true, days, sources: items.map(sourceView), count: items.length, next_before_id };
  }

  @Post()
  @StepUp()
  @ApiOperation({ summary: 'Make a source' })
  @Answers({ source: SOURCE })
  @Fails(sourcesAdminError, 'SOURCE_EXISTS')
  async create(@Body() { code, name, kind = 'webhook' }: CreateSourceBody, @CurrentUser() { userId }: UserCaller) {
    return { ok: true, source: sourceView(await this.sources.create(userId, code, kind, name)) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One source, with its tokens that are in force' })
  @Answers({ days: 30, source: SOURCE, tokens: [TOKEN] })
  @Fails(sourcesAdminError, 'UNKNOWN_SOURCE')
  async one(@Param() { id }: IdParam, @Query() { days = USUAL_DAYS }: DaysQuery) {
    const source = sourceView(await this.sources.one(id, days));
    return { ok: true, days, source, tokens: (await this.tokens.live(id)).map(tokenView) };
  }

  @Put(':id')
  @StepUp('unless_disabling')
  @ApiOperation({
    summary: 'Rename a source, disable or enable it, say how its messages are read; only named fields change',
  })
  @Answers({ source: SOURCE })
  @Fails(sourcesAdminError, 'UNKNOWN_SOURCE')
  async change(@Param() { id }: IdParam, @Body() body: ChangeSourceBody, @CurrentUser() { userId }: UserCaller) {
    const { problems } = parseTextProfile(body.text ?? {});
    if (problems.length > 0) throw invalidInput(problems);
    return { ok: true, source: sourceView(await this.sources.change(userId, id, body)) };
  }

  @Post(':id/token')
  @StepUp()
  @ApiOperation({
    summary: 'Give the source a token, or a new one; its secret is told here and never again',
    description:
      'A program sends it as `Authorization: Bearer` to post signals as this source, and to report on its own. Tokens given before go on for `overlap_minutes`.',
  })
  @Answers({ token: TOKEN, secret: `vzk_0123abcdef_${'x'.repeat(43)}` })
  @Fails(accessTokenError, 'UNKNOWN_SOURCE')
  async give(@Param() { id }: IdParam, @Body() body: GiveTokenBody, @CurrentUser() { userId }: UserCaller) {
    const minutes = body.overlap_minutes ?? DEFAULT_OVERLAP_MINUTES;
    const { row, secret } = await this.tokens.give(userId, id, minutes);
    return { ok: true, token: tokenView(row), secret };
  }

  @Delete(':id/token')
  @HttpCode(200)
  @ApiOperation({ summary: 'Withdraw all tokens of the source at once' })
  @AnswersMessage('The source has no token any more')
  @Fails(accessTokenError, 'UNKNOWN_SOURCE', 'UNKNOWN_TOKEN')
  async withdraw(@Param() { id }: IdParam, @CurrentUser() { userId }: UserCaller) {
    await this.tokens.withdraw(userId, id);
    return { ok: true, message: 'The source has no token any more' };
  }
}
