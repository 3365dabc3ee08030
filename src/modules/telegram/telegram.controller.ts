/**
 * `/api/telegram`: what was heard and what came of it, and how the listening goes.
 * Keeps: providers see what was said as their own sources, administrators everything.
 */
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { Clock } from '../../platform/clock/clock.js';
import { Allow, CurrentUser } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { pageOf } from '../../platform/http/paging.js';
import { Answers } from '../../platform/openapi/answers.js';
import { orNull } from '../../platform/openapi/shape.js';
import { ListenerStates } from './listener-state.repository.js';
import { TelegramMessages } from './telegram-messages.repository.js';
import { MESSAGE, messageView, STATUS } from './telegram.answers.js';
import { MessagesQuery, StatisticsQuery } from './telegram.dto.js';

const DAY_MS = 86_400_000;

const USUAL_DAYS = 7;

@ApiTags('Telegram')
@ApiBearerAuth()
@Controller('telegram')
@Allow('admin')
export class TelegramController {
  constructor(
    private readonly messages: TelegramMessages,
    private readonly states: ListenerStates,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get('messages')
  @Allow('staff')
  @ApiOperation({
    summary: 'What was heard and what came of it, newest first; providers see that of their own sources',
  })
  @Answers({ messages: [MESSAGE], count: 1, next_before_id: orNull(41) })
  async list(@Query() query: MessagesQuery, @CurrentUser() caller: UserCaller) {
    const { limit = 50, before_id, chat_id: chatId = null, verdict = null } = query;
    const from = query.from === undefined ? null : new Date(query.from);
    const to = query.to === undefined ? null : new Date(query.to);
    const filter = { ownerId: ownerOf(caller), chatId, verdict, from, to };
    const { items, next_before_id } = pageOf(await this.messages.list(filter, before_id, limit + 1), limit);
    return { ok: true, messages: items.map(messageView), count: items.length, next_before_id };
  }

  @Get('statistics')
  @Allow('staff')
  @ApiOperation({ summary: 'How many messages of each chat came to which verdict, in the last days' })
  @Answers({ days: 7, chats: [{ chat_id: -1_001_234_567_890, verdict: 'SIGNAL', count: 12 }] })
  async statistics(@Query() { days = USUAL_DAYS }: StatisticsQuery, @CurrentUser() caller: UserCaller) {
    const since = new Date(this.clock.now().getTime() - days * DAY_MS);
    return { ok: true, days, chats: await this.messages.count(ownerOf(caller), since) };
  }

  @Get('status')
  @ApiOperation({ summary: 'Whether Telegram is listened to, and why not' })
  @Answers(STATUS)
  async status() {
    const row = await this.states.read();
    const mode = this.config.telegram.TELEGRAM_LISTEN;
    if (row === undefined || mode === 'off') {
      return { ok: true, mode, state: 'off', reason: '', failures: 0, since: null, beat_at: null };
    }
    const { state, reason, failures } = row;
    const times = { since: row.since.toISOString(), beat_at: row.beat_at.toISOString() };
    return { ok: true, mode, state, reason, failures, ...times };
  }
}

/** Whose messages a caller sees: null for everybody's. */
function ownerOf(caller: UserCaller): number | null {
  return caller.role === 'admin' ? null : caller.userId;
}
