/**
 * `/api/captcha`: puzzles for strangers, as the older app asks for them.
 */
import { Body, Controller, Get, Header, HttpCode, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Allow, OpenInMaintenance, OpenToOldApps } from '../../../platform/http/access.js';
import { TextField } from '../../../platform/http/fields.js';
import { Answers, Fails } from '../../../platform/openapi/answers.js';
import { free, oneOf } from '../../../platform/openapi/shape.js';
import { authError } from '../auth.errors.js';
import { CaptchaService } from './captcha.service.js';

export class CaptchaBody {
  @TextField({ required: false, nullable: 'absent', min: 0, max: 4_096, raw: true })
  captcha_hash?: string;

  @TextField({ min: 1, max: 4_096, raw: true, example: '182733' })
  captcha_text: string;
}

@ApiTags('Auth')
@Controller('captcha')
@OpenInMaintenance()
@OpenToOldApps()
@Allow('public')
export class CaptchaController {
  constructor(private readonly captcha: CaptchaService) {}

  @Get('generate')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'A new challenge, good for ten minutes and one use',
    description:
      'proof-of-work: find a `captcha_text` for which SHA-256 of `prefix:captcha_text` begins with `bits` zero bits. image: type what `captcha_image` shows. site-verify: the hash is empty, `captcha_text` is the token of the widget.',
  })
  @Answers({
    captcha_hash: 'AXr4k0b1',
    captcha_image: 'data:image/png;base64,iVBORw0KGgo=',
    provider: oneOf('proof-of-work', 'image', 'site-verify'),
    challenge: free({ algorithm: 'SHA-256', prefix: '9f3c1e77a0b2c4d6', bits: 18 }),
    asked_at: ['register'],
  })
  generate() {
    const { hash, provider, shown } = this.captcha.challenge();
    const { image = '', ...challenge } = shown as Record<string, string | number>;
    const places = (['register', 'login'] as const).filter((place) => this.captcha.isAskedAt(place));
    return { ok: true, captcha_hash: hash, captcha_image: image, provider, challenge, asked_at: places };
  }

  @Post('verify')
  @HttpCode(200)
  @ApiOperation({ summary: 'Whether an answer is right; our own challenges are not used up by asking' })
  @Answers({ valid: true })
  @Fails(authError, 'CAPTCHA_WRONG', 'CAPTCHA_UNAVAILABLE')
  async verify(@Body() body: CaptchaBody, @Req() { ip }: FastifyRequest) {
    await this.captcha.check(body, ip);
    return { ok: true, valid: true };
  }
}
