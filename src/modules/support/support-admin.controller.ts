/**
 * `/api/admin/support`: everybody's tickets, for administrators.
 */
import { Body, Controller, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, CurrentUser } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { IdParam } from '../../platform/http/params.js';
import { Answers, Fails } from '../../platform/openapi/answers.js';
import { STAFF_CONVERSATION, STAFF_TICKETS, staffTicketView, told } from './support.answers.js';
import { AssigneeBody, MessageBody, StaffTicketsQuery } from './support.dto.js';
import { supportError } from './support.errors.js';
import { SupportService } from './support.service.js';

@ApiTags('Support')
@ApiBearerAuth()
@Controller('admin/support/tickets')
@Allow('admin')
export class SupportAdminController {
  constructor(private readonly support: SupportService) {}

  @Get()
  @ApiOperation({ summary: 'Tickets, newest first; those with status OPEN wait for an answer' })
  @Answers(STAFF_TICKETS)
  async list(@Query() { status, user_id, assignee_id, unassigned, limit = 50, before_id }: StaffTicketsQuery) {
    const { items, next_before_id } = await this.support.list({
      userId: user_id ?? null,
      status: status ?? null,
      assigneeId: assignee_id ?? null,
      isUnassigned: unassigned ?? null,
      beforeId: before_id ?? Number.MAX_SAFE_INTEGER,
      limit,
    });
    return { ok: true, tickets: items.map(staffTicketView), count: items.length, next_before_id };
  }

  @Get(':id')
  @ApiOperation({ summary: 'A ticket with its newest 200 messages, oldest first' })
  @Answers(STAFF_CONVERSATION)
  @Fails(supportError, 'TICKET_NOT_FOUND')
  async read(@Param() { id }: IdParam) {
    return told(await this.support.read(null, id), staffTicketView);
  }

  @Post(':id/messages')
  @ApiOperation({ summary: 'Answer a ticket; its owner gets a mail' })
  @Answers(STAFF_CONVERSATION)
  @Fails(supportError, 'TICKET_NOT_FOUND', 'TICKET_CLOSED')
  async reply(@Param() { id }: IdParam, @Body() { message }: MessageBody, @CurrentUser() caller: UserCaller) {
    return told(await this.support.reply(caller, id, message), staffTicketView);
  }

  @Put(':id/assignee')
  @ApiOperation({ summary: 'Give a ticket to an administrator, who is told; null: to nobody' })
  @Answers(STAFF_CONVERSATION)
  @Fails(supportError, 'TICKET_NOT_FOUND', 'TICKET_CLOSED', 'NOT_STAFF')
  async assign(@Param() { id }: IdParam, @Body() { user_id = null }: AssigneeBody, @CurrentUser() caller: UserCaller) {
    return told(await this.support.assign(caller, id, user_id), staffTicketView);
  }

  @Post(':id/close')
  @HttpCode(200)
  @ApiOperation({ summary: 'Close a ticket' })
  @Answers(STAFF_CONVERSATION)
  @Fails(supportError, 'TICKET_NOT_FOUND')
  async close(@Param() { id }: IdParam, @CurrentUser() caller: UserCaller) {
    return told(await this.support.close(caller, id, true), staffTicketView);
  }
}
