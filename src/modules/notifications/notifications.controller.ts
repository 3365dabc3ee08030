/**
 * `/api/notifications`: what a user was told, what of it was read, and how they want to be told.
 * Keeps: everybody reads and changes only their own.
 */
import { Body, Controller, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, CurrentUser } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { pageOf } from '../../platform/http/paging.js';
import { IdParam } from '../../platform/http/params.js';
import { Answers, Fails } from '../../platform/openapi/answers.js';
import { figuresAsNumbers } from './figures.js';
import { NOTIFICATIONS_PAGE, PREFERENCES } from './notifications.answers.js';
import { NotificationsQuery, NotificationPreferencesBody, ReadAllBody } from './notifications.dto.js';
import { notificationError } from './notifications.errors.js';
import { type NotificationRow, NotificationsRepository } from './notifications.repository.js';
import { PreferencesService } from './preferences.service.js';

const DEFAULT_PAGE = 50;

@ApiTags('Notifications')
@ApiBearerAuth()
@Controller('notifications')
@Allow('signed_in')
export class NotificationsController {
  constructor(
    private readonly notifications: NotificationsRepository,
    private readonly preferences: PreferencesService,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Your notifications, newest first, and how many are unread (1000 at most)' })
  @Answers(NOTIFICATIONS_PAGE)
  async list(@Query() query: NotificationsQuery, @CurrentUser() { userId }: UserCaller) {
    const { limit = DEFAULT_PAGE, before_id, unread = false } = query;
    const [rows, unread_count] = await Promise.all([
      this.notifications.list(userId, unread, before_id, limit),
      this.notifications.unread(userId),
    ]);
    const { items, next_before_id } = pageOf(rows, limit);
    return { ok: true, notifications: items.map(view), unread_count, next_before_id };
  }

  @Get('unread-count')
  @ApiOperation({ summary: 'How many notifications are unread, 1000 at most' })
  @Answers({ unread_count: 1 })
  async unread(@CurrentUser() { userId }: UserCaller) {
    return { ok: true, unread_count: await this.notifications.unread(userId) };
  }

  @Post('read-all')
  @HttpCode(200)
  @ApiOperation({ summary: 'Mark all as read, or all up to one' })
  @Answers({ marked: 1, unread_count: 0 })
  async readAll(@Body() { up_to_id }: ReadAllBody, @CurrentUser() { userId }: UserCaller) {
    const marked = await this.notifications.readAll(userId, up_to_id);
    return { ok: true, marked, unread_count: await this.notifications.unread(userId) };
  }

  @Post(':id/read')
  @HttpCode(200)
  @ApiOperation({ summary: 'Mark one as read' })
  @Answers({ unread_count: 0 })
  @Fails(notificationError, 'NOTIFICATION_NOT_FOUND')
  async read(@Param() { id }: IdParam, @CurrentUser() { userId }: UserCaller) {
    if (!(await this.notifications.read(userId, id))) throw notificationError('NOTIFICATION_NOT_FOUND');
    return { ok: true, unread_count: await this.notifications.unread(userId) };
  }

  @Get('preferences')
  @ApiOperation({ summary: 'How you are told of what, quiet hours and digest' })
  @Answers(PREFERENCES)
  async readPreferences(@CurrentUser() { userId }: UserCaller) {
    return { ok: true, preferences: await this.preferences.view(userId) };
  }

  @Put('preferences')
  @ApiOperation({ summary: 'Change how you are told; only what is named changes' })
  @Answers(PREFERENCES)
  async changePreferences(@Body() body: NotificationPreferencesBody, @CurrentUser() { userId }: UserCaller) {
    return { ok: true, preferences: await this.preferences.change(userId, body) };
  }
}

function view(row: NotificationRow) {
  return {
    id: row.id,
    event: row.event,
    title: row.title,
    body: row.body,
    data: figuresAsNumbers(row.data),
    is_read: row.read_at !== null,
    read_at: row.read_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
  };
}
