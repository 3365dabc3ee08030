/**
 * `/api/auth`: changing one's password and address. A GET of a mailed link changes nothing.
 */
import { Body, Controller, Get, Header, HttpCode, Inject, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG } from '../../../config/config.module.js';
import type { Config } from '../../../config/schema.js';
import { Allow, CurrentUser, OpenInMaintenance, StepUp } from '../../../platform/http/access.js';
import type { UserCaller } from '../../../platform/http/caller.js';
import { EmailField, FlagField, TextField } from '../../../platform/http/fields.js';
import { Answers, AnswersMessage, AnswersPage, Fails } from '../../../platform/openapi/answers.js';
import { limitError } from '../../../platform/http/rate-limits.js';
import { TokenBody } from '../auth.dto.js';
import { authError } from '../auth.errors.js';
import { formPage } from '../link-pages.js';
import { answer } from '../mail-links.controller.js';
import { requireGoodPassword } from '../password-rule.js';
import { SignInLimits } from '../sign-in-limits.service.js';
import { AccountChanges } from './account-changes.service.js';

const HTML = 'text/html; charset=utf-8';

export class ChangePasswordBody {
  @TextField({ min: 1, max: 256, raw: true })
  current_password: string;

  @TextField({ min: 1, max: 256, raw: true, example: 'another long pass phrase' })
  new_password: string;

  @FlagField({ required: false, example: false, description: 'true: tokens for programs live on' })
  keep_tokens?: boolean;
}

export class ChangeEmailBody {
  @EmailField({ example: 'lovelace@example.com' })
  new_email: string;

  @TextField({ min: 1, max: 256, raw: true })
  password: string;
}

export class ConfirmEmailQuery {
  @TextField({ min: 10, max: 200, raw: true })
  token: string;
}

@ApiTags('Auth')
@Controller('auth')
export class AccountChangesController {
  constructor(
    private readonly changes: AccountChanges,
    private readonly limits: SignInLimits,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post('change-password')
  @OpenInMaintenance()
  @HttpCode(200)
  @Allow('signed_in')
  @StepUp('second_factor')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Choose another password; signs all other devices out and revokes the tokens for programs' })
  @Answers({ message: 'Your password is changed', tokens_revoked: 1 })
  @Fails(authError, 'BUSY')
  async changePassword(
    @Body() { current_password, new_password, keep_tokens = false }: ChangePasswordBody,
    @CurrentUser() caller: UserCaller,
    @Req() { ip }: FastifyRequest,
  ) {
    requireGoodPassword('new_password', new_password, this.config.auth.PASSWORD_MIN_LENGTH);
    const wish = { present: current_password, wanted: new_password, keepTokens: keep_tokens };
    const tokens_revoked = await this.changes.changePassword(caller, wish, ip);
    return { ok: true, message: 'Your password is changed', tokens_revoked };
  }

  @Post('change-email')
  @HttpCode(200)
  @Allow('verified')
  @StepUp('second_factor')
  @ApiBearerAuth()
  @ApiOperation({
    summary: 'Ask for another e-mail address',
    description: 'A link goes to the present address and one to the new one; it changes when both were followed.',
  })
  @AnswersMessage('Follow the links that were sent to both addresses')
  @Fails(authError, 'BUSY')
  @Fails(limitError, 'TOO_MANY_REQUESTS')
  async changeEmail(
    @Body() { new_email, password }: ChangeEmailBody,
    @CurrentUser() caller: UserCaller,
    @Req() { ip }: FastifyRequest,
  ) {
    await this.limits.mail('email_change', new_email, ip);
    await this.changes.proposeEmail(caller, password, new_email, ip);
    return { ok: true, message: 'Follow the links that were sent to both addresses' };
  }

  @Get('confirm-email-change')
  @Allow('public')
  @Header('Content-Type', HTML)
  @Header('Referrer-Policy', 'no-referrer')
  @ApiOperation({ summary: 'The page behind the links of a change of address' })
  @AnswersPage()
  confirmPage(@Query() { token }: ConfirmEmailQuery): string {
    return formPage('Confirm the new e-mail address', '/api/auth/confirm-email-change', token, '');
  }

  @Post('confirm-email-change')
  @HttpCode(200)
  @Allow('public')
  @ApiOperation({ summary: 'Confirm a change of address with the token of one of its mails' })
  @Answers({ message: 'Now follow the link at the other address', completed: false })
  @Fails(authError, 'TOKEN_INVALID', 'EMAIL_TAKEN')
  async confirm(
    @Body() { token }: TokenBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    await this.limits.token(request.ip);
    const completed = await this.changes.confirmEmail(token);
    const message = completed ? 'Your e-mail address is changed' : 'Now follow the link at the other address';
    return answer(request, reply, message, { completed });
  }
}
