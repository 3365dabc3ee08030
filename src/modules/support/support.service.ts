/**
 * Asking for help and answering: tickets of users, replies of staff.
 * Keeps: somebody else's ticket is as one that does not exist; a message and what tells of it are one transaction; of what
 * users write the ticket's assignee is told, else all staff, each by the ways they chose; what staff do is in the audit
 * trail.
 */
import { Injectable } from '@nestjs/common';
import { shortened } from '../../domain/notification/shortened.js';
import { type TellMany, TOLD_QUEUE } from '../../domain/notification/told.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Database } from '../../platform/database/database.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { pageOf } from '../../platform/http/paging.js';
import { type LimitRule, RateLimits } from '../../platform/http/rate-limits.js';
import { Randomness } from '../../platform/ids/randomness.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { Mailer } from '../mail/mailer.service.js';
import { repliedMail } from './support-mails.js';
import { type MessageRow, SupportRepository, type TicketFilter, type TicketRow } from './support.repository.js';
import { supportError } from './support.errors.js';

export const MOST_OPEN_TICKETS = 5;

/** Messages of one user in an hour, to all tickets. */
const MESSAGES: LimitRule = { name: 'support', points: 20, seconds: 3_600 };

const SHOWN_MESSAGES = 200;

/** As much of a message as staff are told of. */
const TOLD_LENGTH = 300;

export interface SupportParts {
  readonly tickets: SupportRepository;
  readonly limits: RateLimits;
  readonly mailer: Mailer;
  readonly audit: AuditTrail;
  readonly work: WorkQueue;
  readonly randomness: Randomness;
  readonly database: Database;
}

export interface Conversation {
  readonly ticket: TicketRow;
  readonly messages: readonly MessageRow[];
}

@Injectable()
export class SupportService {
  constructor(private readonly parts: SupportParts) {}

  /** Throws 409 where the user has too many that are not closed, 429 for too many messages. */
  async open({ userId }: UserCaller, subject: string, body: string): Promise<Conversation> {
    const { tickets, limits, database } = this.parts;
    await limits.require(MESSAGES, String(userId));
    const id = await database.transaction(async () => {
      if ((await tickets.countOpen(userId)) >= MOST_OPEN_TICKETS) throw supportError('TOO_MANY_TICKETS');
      const ticketId = await tickets.open(userId, subject);
      const messageId = await tickets.write(ticketId, userId, false, body);
      if (messageId === undefined) throw new Error('a new ticket takes no message');
      await this.#tellStaff(await this.#find(userId, ticketId), `New ticket #${ticketId}`, messageId, body);
      return ticketId;
    });
    return this.read(userId, id);
  }

  /** The newest messages. `userId` is null for staff. */
  async read(userId: number | null, ticketId: number): Promise<Conversation> {
    const ticket = await this.#find(userId, ticketId);
    return { ticket, messages: await this.parts.tickets.messages(ticketId, SHOWN_MESSAGES) };
  }

  async list(filter: TicketFilter) {
    return pageOf(await this.parts.tickets.list({ ...filter, limit: filter.limit + 1 }), filter.limit);
  }

  async write({ userId }: UserCaller, ticketId: number, body: string): Promise<Conversation> {
    const { tickets, limits, database } = this.parts;
    await limits.require(MESSAGES, String(userId));
    await database.transaction(async () => {
      const ticket = await this.#find(userId, ticketId);
      const messageId = await tickets.write(ticketId, userId, false, body);
      if (messageId === undefined) throw supportError('TICKET_CLOSED');
      await this.#tellStaff(ticket, `Ticket #${ticketId}`, messageId, body);
    });
    return this.read(userId, ticketId);
  }

  async reply(staff: UserCaller, ticketId: number, body: string): Promise<Conversation> {
    const { tickets, mailer, audit, database } = this.parts;
    await database.transaction(async () => {
      const ticket = await this.#find(null, ticketId);
      if ((await tickets.write(ticketId, staff.userId, true, body)) === undefined) throw supportError('TICKET_CLOSED');
      await mailer.post(ticket.email, repliedMail(ticket.full_name, ticket.subject, body));
      const subject = `ticket:${ticketId}`;
      await audit.record({ actorKind: 'user', actorId: staff.userId, action: 'support.reply', subject });
    });
    return this.read(null, ticketId);
  }

  /** Makes the ticket somebody's of the staff (who is told, unless they took it themselves), or nobody's (`null`). */
  async assign(staff: UserCaller, ticketId: number, assigneeId: number | null): Promise<Conversation> {
    const { tickets, audit, database, randomness } = this.parts;
    await database.transaction(async () => {
      const before = await tickets.lockAssignee(ticketId);
      const ticket = await this.#find(null, ticketId);
      if (ticket.status === 'CLOSED') throw supportError('TICKET_CLOSED');
      if (assigneeId !== null && !(await tickets.isStaff(assigneeId))) throw supportError('NOT_STAFF');
      if (before === assigneeId) return;
      await tickets.assign(ticketId, assigneeId);
      const [subject, after] = [`ticket:${ticketId}`, { assignee: assigneeId }];
      const what = { action: 'support.assign', subject, before: { assignee: before }, after };
      await audit.record({ actorKind: 'user', actorId: staff.userId, ...what });
      if (assigneeId === null || assigneeId === staff.userId) return;
      const title = `Ticket #${ticketId} is yours: ${ticket.subject}`;
      await this.#tell([assigneeId], ticketId, `support:assigned:${randomness.uuid()}`, title, 'It was given to you.');
    });
    return this.read(null, ticketId);
  }

  /** Closing again changes nothing. */
  async close(caller: UserCaller, ticketId: number, isStaff: boolean): Promise<Conversation> {
    const { tickets, audit, database } = this.parts;
    const owner = isStaff ? null : caller.userId;
    await database.transaction(async () => {
      await this.#find(owner, ticketId);
      if (!(await tickets.close(ticketId)) || !isStaff) return;
      const subject = `ticket:${ticketId}`;
      await audit.record({ actorKind: 'user', actorId: caller.userId, action: 'support.close', subject });
    });
    return this.read(owner, ticketId);
  }

  async #tellStaff(ticket: TicketRow, about: string, messageId: number, body: string): Promise<void> {
    const { id, assignee_id, user_id, subject } = ticket;
    const staff = await this.parts.tickets.toldStaff(assignee_id, user_id);
    const start = shortened(body, TOLD_LENGTH);
    await this.#tell(staff, id, `support:${messageId}`, `${about}: ${subject}`, start);
  }

  async #tell(userIds: number[], ticketId: number, key: string, title: string, body: string): Promise<void> {
    if (userIds.length === 0) return;
    const data = { type: 'support', ticket_id: ticketId };
    const many: TellMany = { userIds, event: 'support', key, title, body, data };
    await this.parts.work.enqueue([{ queue: TOLD_QUEUE, key, payload: { many } }]);
  }

  async #find(userId: number | null, ticketId: number): Promise<TicketRow> {
    const ticket = await this.parts.tickets.find(userId, ticketId);
    if (ticket === undefined) throw supportError('TICKET_NOT_FOUND');
    return ticket;
  }
}
