/** What support takes. */
import { ChoiceField, IntegerField, TextField } from '../../platform/http/fields.js';
import { PageQuery } from '../../platform/http/paging.js';
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

export class TicketsQuery extends PageQuery {
  @ChoiceField(TICKET_STATUSES, { required: false, example: 'OPEN' })
  status?: TicketStatus;
}

export class StaffTicketsQuery extends TicketsQuery {
  @IntegerField({ required: false, fromText: true, min: 1, description: 'Tickets of this user', example: 7 })
  user_id?: number;
}
