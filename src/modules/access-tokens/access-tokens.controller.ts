/**
 * `/api/access-tokens`: one's own tokens for programs.
 */
import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ArrayMinSize } from 'class-validator';
import { Allow, CurrentUser, OpenInMaintenance, StepUp } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { ChoiceField, IntegerField, TextField, TextListField } from '../../platform/http/fields.js';
import { IdParam } from '../../platform/http/params.js';
import { Answers, AnswersMessage, Fails } from '../../platform/openapi/answers.js';
import { oneOf, orNull } from '../../platform/openapi/shape.js';
import { accessTokenError } from './access-tokens.errors.js';
import type { TokenKind, TokenRow } from './access-tokens.repository.js';
import { AccessTokens } from './access-tokens.service.js';
import { type Scope, SCOPES } from './scopes.js';

const TIME = '2026-01-31T12:00:00.000Z';

const KINDS = ['bearer', 'signed'] as const;

const SHAPE = {
  id: 7,
  name: 'my bot',
  kind: oneOf(...KINDS),
  prefix: 'vzk_0123abcdef',
  scopes: ['read'],
  created_at: TIME,
  expires_at: orNull(TIME),
  last_used_at: orNull(TIME),
  last_address: '203.0.113.7',
};

export class MakeTokenBody {
  @TextField({ max: 60, example: 'my bot', description: 'What the program is, for yourself' })
  name: string;

  @TextListField({
    maxItems: SCOPES.length,
    pattern: new RegExp(`^(${SCOPES.join('|')})$`),
    rule: `must be some of ${SCOPES.join(', ')}`,
    example: ['read', 'trade'],
    description: `Some of ${SCOPES.join(', ')}`,
  })
  @ArrayMinSize(1, { message: 'must name at least one scope' })
  scopes: Scope[];

  @ChoiceField(KINDS, {
    required: false,
    example: 'bearer',
    description: 'bearer: sent as `Authorization: Bearer`; signed: each call is signed and the secret is never sent',
  })
  kind?: TokenKind;

  @IntegerField({ required: false, min: 1, max: 3_650, example: 90, description: 'Without it: until it is revoked' })
  expires_in_days?: number;
}

@ApiTags('Access tokens')
@ApiBearerAuth()
@Controller('access-tokens')
export class AccessTokensController {
  constructor(private readonly tokens: AccessTokens) {}

  @Get()
  @OpenInMaintenance()
  @Allow('signed_in')
  @ApiOperation({ summary: 'Your tokens for programs that are in force, newest first' })
  @Answers({ tokens: [SHAPE] })
  async list(@CurrentUser() { userId }: UserCaller) {
    return { ok: true, tokens: (await this.tokens.live(userId)).map(viewOf) };
  }

  @Post()
  @Allow('verified')
  @StepUp()
  @ApiOperation({
    summary: 'Make a token for a program; its secret is told here and never again',
    description: '`secret` is the bearer token, or what calls are signed with; `prefix` is the key of signed calls.',
  })
  @Answers({ token: SHAPE, secret: `vzk_0123abcdef_${'x'.repeat(43)}` })
  @Fails(accessTokenError, 'TOKEN_LIMIT', 'SCOPE_NOT_ALLOWED')
  async make(@Body() body: MakeTokenBody, @CurrentUser() caller: UserCaller) {
    const { row, secret } = await this.tokens.make(caller, {
      name: body.name,
      kind: body.kind ?? 'bearer',
      scopes: body.scopes,
      days: body.expires_in_days,
    });
    return { ok: true, token: viewOf(row), secret };
  }

  @Delete(':id')
  @OpenInMaintenance()
  @HttpCode(200)
  @Allow('signed_in')
  @ApiOperation({ summary: 'Revoke a token at once' })
  @AnswersMessage('The token is revoked')
  @Fails(accessTokenError, 'UNKNOWN_TOKEN')
  async revoke(@Param() { id }: IdParam, @CurrentUser() { userId }: UserCaller) {
    await this.tokens.revoke(userId, id);
    return { ok: true, message: 'The token is revoked' };
  }
}

function viewOf(row: TokenRow) {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    prefix: row.prefix,
    scopes: row.scopes,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at?.toISOString() ?? null,
    last_used_at: row.last_used_at?.toISOString() ?? null,
    last_address: row.last_address,
  };
}
