/**
 * `/api/admin/support`: everybody's tickets, for administrators.
 */
import { Body, Controller, Get, Header, HttpCode, Param, Post, Put, Query, type StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, CurrentUser } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { csvDownload } from '../../platform/http/csv-download.js';
import { USUAL_EXPORT } from '../../platform/http/paging.js';
import { IdParam } from '../../platform/http/params.js';
import { Answers, AnswersPage, Fails } from '../../platform/openapi/answers.js';
import { STAFF_CONVERSATION, STAFF_TICKETS, staffTicketView, told } from './support.answers.js';
import { AssigneeBody, MessageBody, StaffTicketSearch, StaffTicketsExport, StaffTicketsQuery } from './support.dto.js';
import { supportError } from './support.errors.js';
import type { TicketRow } from './support.repository.js';
import { SupportService } from './support.service.js';

const CSV_NAMES = [
  'id',
  'user_id',
  'email',
  'full_name',
  'subject',
  'status',
  'messages',
  'assignee_id',
  'created_at',
  'updated_at',
  'closed_at',
] as const satisfies readonly (keyof TicketRow)[];

@ApiTags('Support')
@ApiBearerAuth()
@Controller('admin/support')
@Allow('admin')
export class SupportAdminController {
  constructor(private readonly support: SupportService) {}

  @Get('tickets')
  @ApiOperation({ summary: 'Tickets, newest first; those with status OPEN wait for an answer' })
  @Answers(STAFF_TICKETS)
  async list(@Query() { limit = 50, before_id, ...search }: StaffTicketsQuery) {
    const { items, next_before_id } = await this.#find(search, before_id, limit);
    return { ok: true, tickets: items.map(staffTicketView), count: items.length, next_before_id };
  }

  @Get('tickets.csv')
  @Header('Content-Type', 'text/csv; charset=utf-8')
  @Header('Content-Disposition', 'attachment; filename="tickets.csv"')
  @ApiOperation({ summary: 'The same as a table for a spreadsheet' })
  @AnswersPage()
  listCsv(@Query() { limit = USUAL_EXPORT, before_id, ...search }: StaffTicketsExport): Promise<StreamableFile> {
    return csvDownload({
      names: CSV_NAMES,
      limit,
      beforeId: before_id,
      read: async (beforeId, rows) => (await this.#find(search, beforeId, rows)).items,
      cells: (row: TicketRow) => CSV_NAMES.map((name) => cell(row[name])),
    });
  }

  @Get('tickets/:id')
  @ApiOperation({ summary: 'A ticket with its newest 200 messages, oldest first' })
  @Answers(STAFF_CONVERSATION)
  @Fails(supportError, 'TICKET_NOT_FOUND')
  async read(@Param() { id }: IdParam) {
    return told(await this.support.read(null, id), staffTicketView);
  }

  @Post('tickets/:id/messages')
  @ApiOperation({ summary: 'Answer a ticket; its owner gets a mail' })
  @Answers(STAFF_CONVERSATION)
  @Fails(supportError, 'TICKET_NOT_FOUND', 'TICKET_CLOSED')
  async reply(@Param() { id }: IdParam, @Body() { message }: MessageBody, @CurrentUser() caller: UserCaller) {
    return told(await this.support.reply(caller, id, message), staffTicketView);
  }

  @Put('tickets/:id/assignee')
  @ApiOperation({ summary: 'Give a ticket to an administrator, who is told; null: to nobody' })
  @Answers(STAFF_CONVERSATION)
  @Fails(supportError, 'TICKET_NOT_FOUND', 'TICKET_CLOSED', 'NOT_STAFF')
  async assign(@Param() { id }: IdParam, @Body() { user_id = null }: AssigneeBody, @CurrentUser() caller: UserCaller) {
    return told(await this.support.assign(caller, id, user_id), staffTicketView);
  }

  @Post('tickets/:id/close')
  @HttpCode(200)
  @ApiOperation({ summary: 'Close a ticket' })
  @Answers(STAFF_CONVERSATION)
  @Fails(supportError, 'TICKET_NOT_FOUND')
  async close(@Param() { id }: IdParam, @CurrentUser() caller: UserCaller) {
    return told(await this.support.close(caller, id, true), staffTicketView);
  }

  #find(search: StaffTicketSearch, beforeId: number | undefined, limit: number) {
    return this.support.list({
      userId: search.user_id ?? null,
      status: search.status ?? null,
      assigneeId: search.assignee_id ?? null,
      isUnassigned: search.unassigned ?? null,
      beforeId: beforeId ?? Number.MAX_SAFE_INTEGER,
      limit,
    });
  }
}

function cell(value: TicketRow[(typeof CSV_NAMES)[number]]): string | number | null {
  return value instanceof Date ? value.toISOString() : value;
}
