/**
 * `/api/admin/announcements`: messages of staff to groups and people, from draft to what became of them.
 */
import { Body, Controller, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, CurrentUser, StepUp } from '../../../platform/http/access.js';
import type { UserCaller } from '../../../platform/http/caller.js';
import { IdParam } from '../../../platform/http/params.js';
import { Answers, Fails } from '../../../platform/openapi/answers.js';
import { ANNOUNCEMENT, ANNOUNCEMENTS, announcementView, FIGURES, PREVIEW } from './announcements.answers.js';
import {
  AnnouncementsQuery,
  ApproveBody,
  CreateAnnouncementBody,
  EditAnnouncementBody,
  SubmitBody,
} from './announcements.dto.js';
import { announcementError } from './announcements.errors.js';
import { Announcements } from './announcements.service.js';

@ApiTags('Admin')
@ApiBearerAuth()
@Controller('admin/announcements')
@Allow('admin')
export class AnnouncementsController {
  constructor(private readonly announcements: Announcements) {}

  @Get()
  @ApiOperation({ summary: 'Announcements with what became of them in groups, newest first' })
  @Answers(ANNOUNCEMENTS)
  async list(@Query() { state, limit = 50, before_id }: AnnouncementsQuery) {
    const { items, next_before_id } = await this.announcements.list(state ?? null, before_id, limit);
    return { ok: true, announcements: items.map(announcementView), count: items.length, next_before_id };
  }

  @Post()
  @ApiOperation({ summary: 'Write a draft' })
  @Answers({ announcement: ANNOUNCEMENT })
  async create(@Body() body: CreateAnnouncementBody, @CurrentUser() { userId }: UserCaller) {
    const { title, body: text, groups = [], tiers = [], everybody = false } = body;
    const wish = { title, body: text, groups, tiers, everybody };
    return { ok: true, announcement: announcementView(await this.announcements.create(userId, wish)) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One, with how many people were told, have read it, and whose phones rang' })
  @Answers({ announcement: ANNOUNCEMENT, figures: FIGURES })
  @Fails(announcementError, 'ANNOUNCEMENT_NOT_FOUND')
  async one(@Param() { id }: IdParam) {
    const row = await this.announcements.find(id);
    return { ok: true, announcement: announcementView(row), figures: await this.announcements.figures(id) };
  }

  @Put(':id')
  @ApiOperation({ summary: 'Change a draft; only named fields change' })
  @Answers({ announcement: ANNOUNCEMENT })
  @Fails(announcementError, 'ANNOUNCEMENT_NOT_FOUND', 'ANNOUNCEMENT_STATE')
  async edit(@Param() { id }: IdParam, @Body() body: EditAnnouncementBody, @CurrentUser() { userId }: UserCaller) {
    return { ok: true, announcement: announcementView(await this.announcements.edit(userId, id, body)) };
  }

  @Get(':id/preview')
  @ApiOperation({ summary: 'As Telegram and phones would show it, and whom it would reach now' })
  @Answers({ preview: PREVIEW })
  @Fails(announcementError, 'ANNOUNCEMENT_NOT_FOUND')
  async preview(@Param() { id }: IdParam) {
    return { ok: true, preview: await this.announcements.preview(id) };
  }

  @Post(':id/submit')
  @HttpCode(200)
  @StepUp()
  @ApiOperation({
    summary: 'Send it, now or at a time',
    description:
      'To a group, or to more people than BROADCAST_APPROVAL_ABOVE, it waits (`WAITING`) until another administrator approves it.',
  })
  @Answers({ announcement: ANNOUNCEMENT })
  @Fails(announcementError, 'ANNOUNCEMENT_NOT_FOUND', 'ANNOUNCEMENT_STATE', 'GROUP_NOT_CONFIGURED')
  async submit(@Param() { id }: IdParam, @Body() { send_at }: SubmitBody, @CurrentUser() { userId }: UserCaller) {
    const at = send_at === undefined ? undefined : new Date(send_at);
    return { ok: true, announcement: announcementView(await this.announcements.submit(userId, id, at)) };
  }

  @Post(':id/approve')
  @HttpCode(200)
  @StepUp()
  @ApiOperation({ summary: 'Agree to what another administrator wrote and submitted' })
  @Answers({ announcement: ANNOUNCEMENT })
  @Fails(announcementError, 'ANNOUNCEMENT_NOT_FOUND', 'ANNOUNCEMENT_STATE', 'ANNOUNCEMENT_CHANGED')
  @Fails(announcementError, 'SECOND_PERSON_NEEDED')
  async approve(@Param() { id }: IdParam, @Body() { version }: ApproveBody, @CurrentUser() { userId }: UserCaller) {
    return { ok: true, announcement: announcementView(await this.announcements.approve(userId, id, version)) };
  }

  @Post(':id/refuse')
  @HttpCode(200)
  @ApiOperation({ summary: 'Give it back to its author instead of approving it' })
  @Answers({ announcement: ANNOUNCEMENT })
  @Fails(announcementError, 'ANNOUNCEMENT_NOT_FOUND', 'ANNOUNCEMENT_STATE')
  async refuse(@Param() { id }: IdParam, @CurrentUser() { userId }: UserCaller) {
    return { ok: true, announcement: announcementView(await this.announcements.refuse(userId, id)) };
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @ApiOperation({ summary: 'Withdraw it for good, as long as it is not being sent' })
  @Answers({ announcement: ANNOUNCEMENT })
  @Fails(announcementError, 'ANNOUNCEMENT_NOT_FOUND', 'ANNOUNCEMENT_STATE')
  async cancel(@Param() { id }: IdParam, @CurrentUser() { userId }: UserCaller) {
    return { ok: true, announcement: announcementView(await this.announcements.cancel(userId, id)) };
  }
}
