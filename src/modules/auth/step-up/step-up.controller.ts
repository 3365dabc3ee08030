/**
 * `POST /api/auth/step-up`: shows again who it is, ahead of acts that ask for it.
 */
import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Allow, CurrentUser, OpenInMaintenance } from '../../../platform/http/access.js';
import type { UserCaller } from '../../../platform/http/caller.js';
import { TextField } from '../../../platform/http/fields.js';
import { Answers, Fails } from '../../../platform/openapi/answers.js';
import { authError } from '../auth.errors.js';
import { STEP_UP_MS, StepUpService } from './step-up.service.js';

export class StepUpBody {
  @TextField({
    required: false,
    min: 1,
    max: 64,
    example: '492039',
    description: 'Code of the app, or a recovery code',
  })
  mfa_token?: string;

  @TextField({ required: false, min: 1, max: 256, raw: true, description: 'For those without a second factor' })
  password?: string;
}

@ApiTags('Auth')
@ApiBearerAuth()
@Controller('auth/step-up')
@OpenInMaintenance()
@Allow('signed_in')
export class StepUpController {
  constructor(private readonly service: StepUpService) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Show your second factor (or, without one, your password) again; counts for five minutes of this session',
  })
  @Answers({ message: 'Thank you', expires_in: 300 })
  @Fails(authError, 'STEP_UP_REQUIRED', 'STEP_UP_REFUSED', 'BUSY')
  async show(@Body() body: StepUpBody, @CurrentUser() caller: UserCaller, @Req() { ip }: FastifyRequest) {
    await this.service.show(caller, { mfaToken: body.mfa_token, password: body.password }, ip);
    return { ok: true, message: 'Thank you', expires_in: STEP_UP_MS / 1_000 };
  }
}
