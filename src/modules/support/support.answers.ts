/** What support answers, as examples that give their schemas. */
import { oneOf, orNull } from '../../platform/openapi/shape.js';
import { TICKET_STATUSES } from './support-ticket.entity.js';
import type { Conversation } from './support.service.js';
import type { TicketRow } from './support.repository.js';

const TIME = '2026-01-31T12:00:00.000Z';

const TICKET = {
  id: 12,
  subject: 'My payment',
  status: oneOf(...TICKET_STATUSES),
  messages: 1,
  created_at: TIME,
  updated_at: TIME,
  closed_at: orNull(TIME),
};

const STAFF_TICKET = {
  ...TICKET,
  user: { id: 7, email: 'ada@example.com', full_name: 'Ada' },
  assignee: orNull({ id: 1, full_name: 'Grace' }),
};

const MESSAGE = { id: 31, from: oneOf('user', 'staff'), message: 'I paid an hour ago.', created_at: TIME };

const PAGE = { count: 1, next_before_id: orNull(12) };

export const TICKETS = { tickets: [TICKET], ...PAGE };
export const STAFF_TICKETS = { tickets: [STAFF_TICKET], ...PAGE };
export const CONVERSATION = { ticket: { ...TICKET, conversation: [MESSAGE] } };
export const STAFF_CONVERSATION = { ticket: { ...STAFF_TICKET, conversation: [MESSAGE] } };

export function ticketView(row: TicketRow) {
  return {
    id: row.id,
    subject: row.subject,
    status: row.status,
    messages: row.messages,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    closed_at: row.closed_at?.toISOString() ?? null,
  };
}

export function staffTicketView(row: TicketRow) {
  const assignee = row.assignee_id === null ? null : { id: row.assignee_id, full_name: row.assignee_name ?? '' };
  return { ...ticketView(row), user: { id: row.user_id, email: row.email, full_name: row.full_name }, assignee };
}

/** A whole ticket, as `view` shows it to its reader. */
export function told<View extends object>(conversation: Conversation, view: (row: TicketRow) => View) {
  return { ok: true, ticket: { ...view(conversation.ticket), conversation: conversationView(conversation) } };
}

function conversationView({ messages }: Conversation) {
  return messages.map(({ id, is_staff, body, created_at }) => ({
    id,
    from: is_staff ? ('staff' as const) : ('user' as const),
    message: body,
    created_at: created_at.toISOString(),
  }));
}
