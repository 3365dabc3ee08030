/**
 * Where Telegram sends what is said, with TELEGRAM_LISTEN=webhook.
 * Keeps: believed only with the secret, compared in constant time; 200 only after what was said is stored, and 503 while the
 * database is away, so that Telegram tells it again.
 */
import { Controller, Headers, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { Allow, OpenInMaintenance, OpenToOldApps } from '../../platform/http/access.js';
import { IntegerField } from '../../platform/http/fields.js';
import { Answers, Fails } from '../../platform/openapi/answers.js';
import { MESSAGE_LISTENER, type MessageListener } from '../../ports/message-listener.js';
import { isSameSecret } from '../auth/access.guard.js';
import { TelegramInbox } from './telegram-inbox.service.js';
import { telegramError } from './telegram.errors.js';

const SECRET_HEADER = 'x-telegram-bot-api-secret-token';

/** The body is taken as it came, and read by the listener: one that is refused would be sent again and again. */
export class TelegramUpdate {
  @IntegerField({ min: 0, example: 718_230_001, description: 'Telegram’s number of the update' })
  update_id: number;
}

@ApiTags('Telegram')
@Controller('telegram')
export class TelegramWebhookController {
  constructor(
    private readonly inbox: TelegramInbox,
    @Inject(MESSAGE_LISTENER) private readonly listener: MessageListener | null,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post('webhook')
  @HttpCode(200)
  @Allow('public')
  @OpenInMaintenance()
  @OpenToOldApps()
  @ApiOperation({ summary: 'An update of the Bot API, from Telegram' })
  @ApiHeader({ name: 'X-Telegram-Bot-Api-Secret-Token', required: true, description: 'TELEGRAM_WEBHOOK_SECRET' })
  @ApiBody({ type: TelegramUpdate })
  @Answers({})
  @Fails(telegramError, 'NOT_LISTENING', 'WRONG_SECRET')
  async receive(@Headers(SECRET_HEADER) given: string | undefined, @Req() { body }: { readonly body?: unknown }) {
    const { TELEGRAM_LISTEN: mode, TELEGRAM_WEBHOOK_SECRET: secret } = this.config.telegram;
    if (mode !== 'webhook' || this.listener === null) throw telegramError('NOT_LISTENING');
    if (given === undefined || !isSameSecret(given, secret)) throw telegramError('WRONG_SECRET');
    const heard = this.listener.read(body);
    if (heard.length > 0) await this.inbox.take(heard);
    return { ok: true };
  }
}
