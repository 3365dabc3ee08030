/**
 * `/api/admin/users/:id/impersonation`: reading what a user sees, to help.
 */
import { Body, Controller, Delete, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, CurrentUser, StepUp } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { TextField } from '../../platform/http/fields.js';
import { IdParam } from '../../platform/http/params.js';
import { Answers, AnswersMessage, Fails } from '../../platform/openapi/answers.js';
import { accessTokenError } from './access-tokens.errors.js';
import { Impersonation, IMPERSONATION_SECONDS } from './impersonation.service.js';

export class ImpersonateBody {
  @TextField({ max: 300, example: 'Ticket #12: sees no positions', description: 'Why; the user sees it' })
  reason: string;
}

@ApiTags('Admin')
@ApiBearerAuth()
@Controller('admin/users/:id/impersonation')
@Allow('admin')
export class ImpersonationController {
  constructor(private readonly impersonation: Impersonation) {}

  @Post()
  @StepUp()
  @ApiOperation({
    summary: 'A token by which you read what this user sees, for 15 minutes',
    description:
      'It opens reading only, without exchanges, keys, sessions and the second factor; every answer carries `X-Impersonated-By`, every request is audited, and the user sees it in the security log. It ends with your session.',
  })
  @Answers({
    access_token: `vzk_0123abcdef_${'x'.repeat(43)}`,
    token_type: 'Bearer',
    expires_in: IMPERSONATION_SECONDS,
    user: { id: 7, email: 'ada@example.com', full_name: 'Ada' },
  })
  @Fails(accessTokenError, 'UNKNOWN_USER', 'NOT_IMPERSONATED')
  async begin(@Param() { id }: IdParam, @Body() { reason }: ImpersonateBody, @CurrentUser() caller: UserCaller) {
    const { token, user } = await this.impersonation.begin(caller, id, reason);
    const { email, full_name } = user;
    const seen = { id, email, full_name };
    return { ok: true, access_token: token, token_type: 'Bearer', expires_in: IMPERSONATION_SECONDS, user: seen };
  }

  @Delete()
  @HttpCode(200)
  @ApiOperation({ summary: 'End it before its time' })
  @AnswersMessage('The token has ended')
  @Fails(accessTokenError, 'UNKNOWN_TOKEN')
  async end(@Param() { id }: IdParam, @CurrentUser() caller: UserCaller) {
    await this.impersonation.end(caller, id);
    return { ok: true, message: 'The token has ended' };
  }
}
