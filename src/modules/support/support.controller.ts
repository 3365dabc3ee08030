/**
 * `/api/support`: a user's own tickets. `message` is what the app's help screen calls.
 */
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, CurrentUser } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { IdParam } from '../../platform/http/params.js';
import { limitError } from '../../platform/http/rate-limits.js';
import { Answers, Fails } from '../../platform/openapi/answers.js';
import { CONVERSATION, TICKETS, ticketView, told } from './support.answers.js';
import { MessageBody, TicketBody, TicketsQuery } from './support.dto.js';
import { supportError } from './support.errors.js';
import { SupportService } from './support.service.js';

const NO_SUBJECT = 'Message from the app';

@ApiTags('Support')
@ApiBearerAuth()
@Controller('support')
@Allow('signed_in')
export class SupportController {
  constructor(private readonly support: SupportService) {}

  @Post('message')
  @ApiOperation({ summary: 'Write to support: opens a ticket' })
  @Answers({ message: 'Your message was sent', ticket_id: 12 })
  @Fails(supportError, 'TOO_MANY_TICKETS')
  @Fails(limitError, 'TOO_MANY_REQUESTS')
  async message(@Body() { subject = NO_SUBJECT, message }: TicketBody, @CurrentUser() caller: UserCaller) {
    const { ticket } = await this.support.open(caller, subject, message);
    return { ok: true, message: 'Your message was sent', ticket_id: ticket.id };
  }

  @Post('tickets')
  @ApiOperation({ summary: 'Open a ticket' })
  @Answers(CONVERSATION)
  @Fails(supportError, 'TOO_MANY_TICKETS')
  @Fails(limitError, 'TOO_MANY_REQUESTS')
  async open(@Body() { subject = NO_SUBJECT, message }: TicketBody, @CurrentUser() caller: UserCaller) {
    return told(await this.support.open(caller, subject, message), ticketView);
  }

  @Get('tickets')
  @ApiOperation({ summary: 'Your tickets, newest first' })
  @Answers(TICKETS)
  async list(@Query() { status, limit = 50, before_id }: TicketsQuery, @CurrentUser() { userId }: UserCaller) {
    const { items, next_before_id } = await this.support.list({
      userId,
      status: status ?? null,
      assigneeId: null,
      isUnassigned: null,
      beforeId: before_id ?? Number.MAX_SAFE_INTEGER,
      limit,
    });
    return { ok: true, tickets: items.map(ticketView), count: items.length, next_before_id };
  }

  @Get('tickets/:id')
  @ApiOperation({ summary: 'A ticket with its newest 200 messages, oldest first' })
  @Answers(CONVERSATION)
  @Fails(supportError, 'TICKET_NOT_FOUND')
  async read(@Param() { id }: IdParam, @CurrentUser() { userId }: UserCaller) {
    return told(await this.support.read(userId, id), ticketView);
  }

  @Post('tickets/:id/messages')
  @ApiOperation({ summary: 'Write to your ticket' })
  @Answers(CONVERSATION)
  @Fails(supportError, 'TICKET_NOT_FOUND', 'TICKET_CLOSED')
  @Fails(limitError, 'TOO_MANY_REQUESTS')
  async write(@Param() { id }: IdParam, @Body() { message }: MessageBody, @CurrentUser() caller: UserCaller) {
    return told(await this.support.write(caller, id, message), ticketView);
  }

  @Post('tickets/:id/close')
  @HttpCode(200)
  @ApiOperation({ summary: 'Close your ticket' })
  @Answers(CONVERSATION)
  @Fails(supportError, 'TICKET_NOT_FOUND')
  async close(@Param() { id }: IdParam, @CurrentUser() caller: UserCaller) {
    return told(await this.support.close(caller, id, false), ticketView);
  }
}
