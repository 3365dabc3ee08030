/**
 * `/api/auth`: registering, signing in and out, refreshing, who am I.
 */
import { Body, Controller, Get, Headers, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { AppError } from '../../platform/errors/app-error.js';
import { Clock } from '../../platform/clock/clock.js';
import { Allow, CurrentUser, OpenInMaintenance, OpenToOldApps } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { limitError } from '../../platform/http/rate-limits.js';
import { userView } from '../users/user.view.js';
import { UsersRepository } from '../users/users.repository.js';
import { isSameSecret } from './access.guard.js';
import { BootstrapBody, SignInBody, RefreshBody, RegisterBody } from './auth.dto.js';
import { authError } from './auth.errors.js';
import { bearerToken } from './bearer-token.js';
import { CaptchaService } from './captcha/captcha.service.js';
import { AuthService, type SignedIn } from './auth.service.js';
import { requireGoodPassword } from './password-rule.js';
import type { Device } from './sessions.repository.js';
import { SignInLimits } from './sign-in-limits.service.js';
import { Answers, AnswersMessage, Fails } from '../../platform/openapi/answers.js';
import { ME, REFRESHED, REGISTERED, SIGNED_IN, VERIFICATION } from './auth.answers.js';

@ApiTags('Auth')
@Controller('auth')
@OpenToOldApps()
export class AuthController {
  constructor(
    private readonly auth: AuthService,
    private readonly users: UsersRepository,
    private readonly limits: SignInLimits,
    private readonly captcha: CaptchaService,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post('register')
  @Allow('public')
  @ApiOperation({ summary: 'Register; answers tokens at once, which do little until the address is verified' })
  @Answers(REGISTERED)
  @Fails(authError, 'EMAIL_TAKEN', 'WRONG_API_KEY', 'BUSY', 'CAPTCHA_REQUIRED', 'CAPTCHA_WRONG', 'CAPTCHA_UNAVAILABLE')
  @Fails(limitError, 'TOO_MANY_REQUESTS')
  @ApiHeader({ name: 'X-API-KEY', required: false, description: 'If present it must be right' })
  async register(@Body() body: RegisterBody, @Req() request: FastifyRequest, @Headers('x-api-key') key?: string) {
    this.#requireKey(key);
    requireGoodPassword('password', body.password, this.config.auth.PASSWORD_MIN_LENGTH, body.email);
    await this.limits.register(request.ip);
    await this.captcha.atRegister(body, request.ip);
    const given = {
      email: body.email,
      password: body.password,
      fullName: body.full_name ?? body.username ?? '',
      referralCode: body.referral_code,
    };
    const signedIn = await this.auth.register(given, deviceOf(request));
    const message = signedIn.user.is_verified ? 'Welcome' : 'Welcome; we sent you a mail to verify your address';
    return { ok: true, message, ...this.#tokens(signedIn), verification_sent: !signedIn.user.is_verified };
  }

  @Post('login')
  @OpenInMaintenance()
  @HttpCode(200)
  @Allow('public')
  @ApiOperation({ summary: 'Sign in' })
  @Answers(SIGNED_IN)
  @Fails(authError, 'WRONG_CREDENTIALS', 'MFA_REQUIRED', 'MFA_REFUSED', 'WRONG_API_KEY', 'EMAIL_NOT_VERIFIED', 'BUSY')
  @Fails(authError, 'CAPTCHA_REQUIRED', 'CAPTCHA_WRONG', 'CAPTCHA_UNAVAILABLE')
  @Fails(limitError, 'TOO_MANY_REQUESTS')
  @ApiHeader({ name: 'X-API-KEY', required: false, description: 'If present it must be right' })
  async login(@Body() body: SignInBody, @Req() request: FastifyRequest, @Headers('x-api-key') key?: string) {
    this.#requireKey(key);
    const isSolved = await this.captcha.atLogin(body.email, body, request.ip);
    await this.limits.login(body.email, request.ip, isSolved);
    const { email, password, mfa_token = '' } = body;
    const signedIn = await this.auth
      .login(email, password, deviceOf(request), mfa_token)
      .catch(async (error: unknown) => {
        if (error instanceof AppError && error.code === 'WRONG_CREDENTIALS')
          await this.captcha.failed(email, request.ip);
        throw error;
      });
    return { ok: true, ...this.#tokens(signedIn) };
  }

  @Post('refresh')
  @OpenInMaintenance()
  @HttpCode(200)
  @Allow('refreshing')
  @ApiBearerAuth()
  @ApiOperation({
    summary: 'New access token',
    description:
      'With the refresh token in the Authorization header it stays valid until it expires. With `refresh_token` in the body a new pair is answered and the old one must not be used again: its reuse ends the session.',
  })
  @Answers(REFRESHED)
  @Fails(authError, 'UNAUTHENTICATED', 'SESSION_ENDED')
  async refresh(@Body() body: RefreshBody, @Req() request: FastifyRequest) {
    if (body.refresh_token !== undefined) {
      const pair = await this.auth.rotate(body.refresh_token, request.ip);
      return { ok: true, access_token: pair.accessToken, refresh_token: pair.refreshToken };
    }
    return { ok: true, access_token: await this.auth.refreshHeld(bearerToken(request), request.ip) };
  }

  @Get('me')
  @OpenInMaintenance()
  @Allow('signed_in')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'The signed-in user' })
  @Answers(ME)
  async me(@CurrentUser() caller: UserCaller) {
    const user = await this.users.findById(caller.userId);
    if (user === undefined) throw authError('UNAUTHENTICATED');
    return { ok: true, user: userView(user, this.clock.now()) };
  }

  @Get('check-verification')
  @Allow('signed_in')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Whether the address is verified (older app)' })
  @Answers(VERIFICATION)
  async checkVerification(@CurrentUser() caller: UserCaller) {
    const user = await this.users.findById(caller.userId);
    const verification_required = this.config.auth.REQUIRE_EMAIL_VERIFICATION;
    return { ok: true, email: user?.email ?? '', email_verified: user?.is_verified ?? false, verification_required };
  }

  @Post('logout')
  @OpenInMaintenance()
  @HttpCode(200)
  @Allow('signed_in')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'End this session' })
  @AnswersMessage('Signed out')
  async logout(@CurrentUser() caller: UserCaller) {
    await this.auth.logout(caller.userId, caller.sessionId, false);
    return { ok: true, message: 'Signed out' };
  }

  @Post('logout-all')
  @OpenInMaintenance()
  @HttpCode(200)
  @Allow('signed_in')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'End all your sessions' })
  @AnswersMessage('Signed out everywhere')
  async logoutAll(@CurrentUser() caller: UserCaller) {
    await this.auth.logout(caller.userId, caller.sessionId, true);
    return { ok: true, message: 'Signed out everywhere' };
  }

  @Post('bootstrap')
  @OpenInMaintenance()
  @Allow('public')
  @ApiOperation({ summary: 'Make the first administrator, with the one-time token of the server; refused afterwards' })
  @Answers({ message: 'Administrator made; sign in', ...ME })
  @Fails(authError, 'BOOTSTRAP_REFUSED', 'EMAIL_TAKEN', 'BUSY')
  @Fails(limitError, 'TOO_MANY_REQUESTS')
  async bootstrap(@Body() body: BootstrapBody, @Req() request: FastifyRequest) {
    await this.limits.bootstrap(request.ip);
    if (!isSameSecret(body.token, this.config.secrets.BOOTSTRAP_ADMIN_TOKEN)) throw authError('BOOTSTRAP_REFUSED');
    requireGoodPassword('password', body.password, this.config.auth.PASSWORD_MIN_LENGTH, body.email);
    const admin = await this.auth.bootstrapAdmin(body.email, body.password, deviceOf(request));
    return { ok: true, message: 'Administrator made; sign in', user: userView(admin, this.clock.now()) };
  }

  #requireKey(key: string | undefined): void {
    if (key !== undefined && !isSameSecret(key, this.config.secrets.API_KEY)) throw authError('WRONG_API_KEY');
  }

  #tokens(signedIn: SignedIn) {
    return {
      token: signedIn.accessToken,
      access_token: signedIn.accessToken,
      refresh_token: signedIn.refreshToken,
      user: userView(signedIn.user, this.clock.now()),
    };
  }
}

export function deviceOf(request: FastifyRequest): Device {
  return { userAgent: request.headers['user-agent'] ?? '', address: request.ip };
}
