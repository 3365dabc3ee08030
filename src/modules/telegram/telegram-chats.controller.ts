/**
 * `/api/telegram`: which chats are listened to, and who may command. For administrators.
 * Keeps: what lets somebody trade or command is asked for again; what takes that away is not.
 */
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, CurrentUser, StepUp } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { pageOf } from '../../platform/http/paging.js';
import { IdParam } from '../../platform/http/params.js';
import { Answers, AnswersMessage, Fails } from '../../platform/openapi/answers.js';
import { orNull } from '../../platform/openapi/shape.js';
import { TelegramAdmins } from './telegram-admins.repository.js';
import { TelegramChats } from './telegram-chats.repository.js';
import { TelegramChatRules } from './telegram-chats.service.js';
import { ADMIN, adminView, CHAT, chatView } from './telegram.answers.js';
import { AllowChatBody, ChatsQuery, TelegramUserParam } from './telegram.dto.js';
import { telegramError } from './telegram.errors.js';

const TIME = '2026-01-31T12:00:00.000Z';

@ApiTags('Telegram')
@ApiBearerAuth()
@Controller('telegram')
@Allow('admin')
export class TelegramChatsController {
  constructor(
    private readonly chats: TelegramChats,
    private readonly rules: TelegramChatRules,
    private readonly admins: TelegramAdmins,
  ) {}

  @Get('chats')
  @ApiOperation({ summary: 'Chats in which the bot was seen, newest first: allowed or not' })
  @Answers({ chats: [CHAT], count: 1, next_before_id: orNull(4) })
  async listChats(@Query() { limit = 50, before_id, is_allowed }: ChatsQuery) {
    const { items, next_before_id } = pageOf(await this.chats.list(is_allowed ?? null, before_id, limit + 1), limit);
    return { ok: true, chats: items.map(chatView), count: items.length, next_before_id };
  }

  @Post('chats')
  @HttpCode(200)
  @StepUp()
  @ApiOperation({ summary: 'Listen to a chat as a source, or for commands; a second call replaces the rules' })
  @Answers({ chat: CHAT })
  @Fails(telegramError, 'OWN_GROUP')
  async allow(@Body() body: AllowChatBody, @CurrentUser() { userId }: UserCaller) {
    const { chat_id: chatId, role, source_id: sourceId, senders, forward_to: forwardTo } = body;
    return { ok: true, chat: chatView(await this.rules.allow(userId, { chatId, role, sourceId, senders, forwardTo })) };
  }

  @Delete('chats/:id')
  @HttpCode(200)
  @ApiOperation({ summary: 'Listen to a chat no more' })
  @Answers({ chat: CHAT })
  @Fails(telegramError, 'UNKNOWN_CHAT')
  async forbid(@Param() { id }: IdParam, @CurrentUser() { userId }: UserCaller) {
    return { ok: true, chat: chatView(await this.rules.forbid(userId, id)) };
  }

  @Get('admins')
  @ApiOperation({ summary: 'Who may command on Telegram' })
  @Answers({ admins: [ADMIN] })
  async listAdmins() {
    return { ok: true, admins: (await this.admins.list()).map(adminView) };
  }

  @Post('link')
  @HttpCode(200)
  @StepUp()
  @ApiOperation({
    summary: 'A code that links your account of Telegram: send it to the bot as /start CODE within ten minutes',
  })
  @Answers({ code: 'x'.repeat(43), expires_at: TIME, link: orNull(`https://t.me/our_bot?start=${'x'.repeat(43)}`) })
  async link(@CurrentUser() { userId }: UserCaller) {
    const { code, expiresAt, link } = await this.rules.makeLink(userId);
    return { ok: true, code, expires_at: expiresAt.toISOString(), link };
  }

  @Delete('admins/:telegram_user_id')
  @HttpCode(200)
  @ApiOperation({ summary: 'Take the commands from somebody' })
  @AnswersMessage('They cannot command any more')
  @Fails(telegramError, 'UNKNOWN_TELEGRAM_ADMIN')
  async unlink(@Param() { telegram_user_id: id }: TelegramUserParam, @CurrentUser() { userId }: UserCaller) {
    await this.rules.unlink(userId, id);
    return { ok: true, message: 'They cannot command any more' };
  }
}
