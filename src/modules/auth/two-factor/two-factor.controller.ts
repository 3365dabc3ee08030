/**
 * `/api/auth/2fa`: one's second factor. Secrets and recovery codes are in one answer only, the one that makes them.
 */
import { Body, Controller, Get, Header, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, CurrentUser, StepUp } from '../../../platform/http/access.js';
import type { UserCaller } from '../../../platform/http/caller.js';
import { TextField } from '../../../platform/http/fields.js';
import { Answers, AnswersMessage, Fails } from '../../../platform/openapi/answers.js';
import { orNull } from '../../../platform/openapi/shape.js';
import { authError } from '../auth.errors.js';
import { TwoFactorService } from './two-factor.service.js';

export class FirstCodeBody {
  @TextField({ min: 6, max: 64, example: '492039', description: 'The code that the authenticator app shows' })
  mfa_token: string;
}

const RECOVERY_CODES = ['k5qw2m-3jxa7f-p4ot6b-lh2ycd'];

@ApiTags('Auth')
@ApiBearerAuth()
@Controller('auth/2fa')
@Allow('verified')
export class TwoFactorController {
  constructor(private readonly service: TwoFactorService) {}

  @Get()
  @ApiOperation({ summary: 'Whether a second factor is asked for, and how many recovery codes are left' })
  @Answers({ mfa_enabled: true, enabled_at: orNull('2026-01-31T12:00:00.000Z'), recovery_codes_left: 10 })
  async state(@CurrentUser() { userId }: UserCaller) {
    const { two_factor_at, recovery_codes_left } = await this.service.state(userId);
    return {
      ok: true,
      mfa_enabled: two_factor_at !== null,
      enabled_at: two_factor_at?.toISOString() ?? null,
      recovery_codes_left,
    };
  }

  @Post('enroll')
  @HttpCode(200)
  @StepUp()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Begin: a new secret for an authenticator app',
    description: 'It counts after its first code was sent to `/api/auth/2fa/confirm`, within 15 minutes.',
  })
  @Answers({
    secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
    otpauth_uri: 'otpauth://totp/VerzekAutoTrader:ada%40example.com?secret=JBSWY3DPEHPK3PXP&issuer=VerzekAutoTrader',
    qr_code: 'data:image/svg+xml;base64,PHN2Zz4=',
  })
  @Fails(authError, 'TWO_FACTOR_ON', 'UNKNOWN_USER')
  async enroll(@CurrentUser() { userId }: UserCaller) {
    const { secret, uri, qr } = await this.service.enrol(userId);
    return { ok: true, secret, otpauth_uri: uri, qr_code: qr };
  }

  @Post('confirm')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Switch it on with the first code; ends your other sessions and answers the recovery codes',
  })
  @Answers({ message: 'Two-factor sign-in is on', recovery_codes: RECOVERY_CODES })
  @Fails(authError, 'TWO_FACTOR_ON', 'TWO_FACTOR_NOT_ENROLLED', 'MFA_WRONG_CODE', 'UNKNOWN_USER')
  async confirm(@Body() { mfa_token }: FirstCodeBody, @CurrentUser() caller: UserCaller) {
    const recovery_codes = await this.service.confirm(caller, mfa_token);
    return { ok: true, message: 'Two-factor sign-in is on', recovery_codes };
  }

  @Post('recovery-codes')
  @HttpCode(200)
  @StepUp()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'New recovery codes; the older ones end' })
  @Answers({ recovery_codes: RECOVERY_CODES })
  @Fails(authError, 'TWO_FACTOR_OFF', 'UNKNOWN_USER')
  async renew(@CurrentUser() caller: UserCaller) {
    return { ok: true, recovery_codes: await this.service.renewCodes(caller) };
  }

  @Post('disable')
  @HttpCode(200)
  @StepUp()
  @ApiOperation({ summary: 'Switch the second factor off' })
  @AnswersMessage('Two-factor sign-in is off')
  @Fails(authError, 'TWO_FACTOR_OFF', 'UNKNOWN_USER')
  async disable(@CurrentUser() caller: UserCaller) {
    await this.service.disable(caller.userId, caller);
    return { ok: true, message: 'Two-factor sign-in is off' };
  }
}
