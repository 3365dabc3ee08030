/** What support takes. */
import { IntersectionType } from '@nestjs/swagger';
import { ChoiceField, FlagField, IntegerField, TextField } from '../../platform/http/fields.js';
import { ExportQuery, PageQuery } from '../../platform/http/paging.js';
import { TICKET_STATUSES, type TicketStatus } from './support-ticket.entity.js';

export class MessageBody {
  @TextField({ max: 5_000, example: 'I paid an hour ago and my plan has not changed.' })
  message: string;
}

export class TicketBody extends MessageBody {
  @TextField({
    required: false,
    nullable: 'absent',
    max: 120,
    pattern: /^[^\p{Cc}]+$/u,
    rule: 'must be one line',
    example: 'My payment',
    description: 'A few words',
  })
  subject?: string;
}

class TicketSearch {
  @ChoiceField(TICKET_STATUSES, { required: false, example: 'OPEN' })
  status?: TicketStatus;
}

export class StaffTicketSearch extends TicketSearch {
  @IntegerField({ required: false, fromText: true, min: 1, description: 'Tickets of this user', example: 7 })
  user_id?: number;

  @IntegerField({ required: false, fromText: true, min: 1, description: 'Tickets of this administrator', example: 1 })
  assignee_id?: number;

  @FlagField({ required: false, fromText: true, description: 'true: those of nobody; false: those of somebody' })
  unassigned?: boolean;
}

export class TicketsQuery extends IntersectionType(TicketSearch, PageQuery) {}

export class StaffTicketsQuery extends IntersectionType(StaffTicketSearch, PageQuery) {}

export class StaffTicketsExport extends IntersectionType(StaffTicketSearch, ExportQuery) {}

export class AssigneeBody {
  @IntegerField({ required: false, nullable: true, min: 1, description: 'null: nobody’s', example: 1 })
  user_id?: number | null;
}
