/**
 * `/api/auth`: what the links of mails lead to, and the requests for those mails.
 * Keeps: a GET of a link never uses its token up; the answers to mail requests do not tell whether an address is known.
 */
import { Body, Controller, Get, Header, HttpCode, Inject, Post, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { Allow, OpenInMaintenance, OpenToOldApps } from '../../platform/http/access.js';
import { limitError } from '../../platform/http/rate-limits.js';
import { invalidInput } from '../../platform/http/validation.js';
import { bearerToken } from './bearer-token.js';
import { EmailBody, ResendBody, ResetPasswordBody, TokenBody, TokenQuery } from './auth.dto.js';
import { escapeHtml } from '../mail/mail-layout.js';
import { donePage, formPage } from './link-pages.js';
import { MailRequests } from './mail-requests.service.js';
import { requireGoodPassword } from './password-rule.js';
import { SignInLimits } from './sign-in-limits.service.js';
import { AuthService } from './auth.service.js';
import { AnswersMessage, AnswersPage, Fails } from '../../platform/openapi/answers.js';
import { authError } from './auth.errors.js';

const HTML = 'text/html; charset=utf-8';

@ApiTags('Auth')
@Controller('auth')
@OpenToOldApps()
export class MailLinksController {
  constructor(
    private readonly auth: AuthService,
    private readonly mails: MailRequests,
    private readonly limits: SignInLimits,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get('verify-email')
  @Allow('public')
  @Header('Content-Type', HTML)
  @Header('Referrer-Policy', 'no-referrer')
  @ApiOperation({ summary: 'The page behind the link of a verification mail' })
  @AnswersPage()
  verifyPage(@Query() { token }: TokenQuery): string {
    return formPage('Verify my e-mail address', '/api/auth/verify-email', token, '');
  }

  @Post('verify-email')
  @HttpCode(200)
  @Allow('public')
  @ApiOperation({ summary: 'Verify an address with the token of the mail' })
  @AnswersMessage('Your e-mail address is verified')
  @Fails(authError, 'TOKEN_INVALID')
  async verify(
    @Body() { token }: TokenBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    await this.limits.token(request.ip);
    await this.auth.verifyEmail(token);
    return answer(request, reply, 'Your e-mail address is verified');
  }

  @Post('resend-verification')
  @HttpCode(200)
  @Allow('public')
  @ApiOperation({ summary: 'Send the verification mail again' })
  @AnswersMessage('If the address waits for verification, a mail is on its way')
  @Fails(authError, 'UNAUTHENTICATED', 'SESSION_ENDED')
  @Fails(limitError, 'TOO_MANY_REQUESTS')
  async resend(@Body() body: ResendBody, @Req() request: FastifyRequest) {
    const hasToken = request.headers.authorization !== undefined;
    if (body.email === undefined && !hasToken) throw invalidInput([{ field: 'email', rule: 'must not be empty' }]);
    const email = body.email ?? (await this.auth.emailOf(bearerToken(request)));
    await this.limits.mail('email_verification', email, request.ip);
    await this.mails.request('email_verification', email);
    return { ok: true, message: 'If the address waits for verification, a mail is on its way' };
  }

  @Post('forgot-password')
  @OpenInMaintenance()
  @HttpCode(200)
  @Allow('public')
  @ApiOperation({ summary: 'Send a mail to choose a new password' })
  @AnswersMessage('If the address is known, a mail is on its way')
  @Fails(limitError, 'TOO_MANY_REQUESTS')
  async forgot(@Body() { email }: EmailBody, @Req() request: FastifyRequest) {
    await this.limits.mail('password_reset', email, request.ip);
    await this.mails.request('password_reset', email);
    return { ok: true, message: 'If the address is known, a mail is on its way' };
  }

  @Get('reset-password')
  @OpenInMaintenance()
  @Allow('public')
  @Header('Content-Type', HTML)
  @Header('Referrer-Policy', 'no-referrer')
  @ApiOperation({ summary: 'The page behind the link of a reset mail: a form, and a link into the app' })
  @AnswersPage()
  resetPage(@Query() { token, user_id }: TokenQuery): string {
    const fields = '<p><input type="password" name="new_password" required placeholder="New password"></p>';
    const user = user_id === undefined ? '' : `&user_id=${user_id}`;
    const link = `verzek-app://reset-password?token=${encodeURIComponent(token)}${user}`;
    const extra = `<p><a href="${escapeHtml(link)}">Open in the app</a></p>`;
    return formPage('Choose a new password', '/api/auth/reset-password', token, fields, extra);
  }

  @Post('reset-password')
  @OpenInMaintenance()
  @HttpCode(200)
  @Allow('public')
  @ApiOperation({ summary: 'Set a new password with the token of the mail; ends all sessions' })
  @AnswersMessage('Your password is changed; sign in again')
  @Fails(authError, 'TOKEN_INVALID', 'BUSY')
  async reset(
    @Body() body: ResetPasswordBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const password = body.new_password ?? body.password;
    if (password === undefined) throw invalidInput([{ field: 'new_password', rule: 'must not be empty' }]);
    requireGoodPassword('new_password', password, this.config.auth.PASSWORD_MIN_LENGTH);
    await this.limits.token(request.ip);
    await this.auth.resetPassword(body.token, password);
    return answer(request, reply, 'Your password is changed; sign in again');
  }
}

/** JSON for programs, a page for the browser that posted our form. */
export function answer(request: FastifyRequest, reply: FastifyReply, message: string, more: object = {}): unknown {
  if (!(request.headers.accept ?? '').includes('text/html')) return { ok: true, message, ...more };
  void reply.header('Content-Type', HTML);
  return donePage(message);
}
