/**
 * Asking for help and answering: tickets of users, replies of staff.
 * Keeps: somebody else's ticket is as one that does not exist; a reply and the mail that tells of it are one transaction;
 * what staff do is in the audit trail.
 */
import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Database } from '../../platform/database/database.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { pageOf } from '../../platform/http/paging.js';
import { type LimitRule, RateLimits } from '../../platform/http/rate-limits.js';
import { Mailer } from '../mail/mailer.service.js';
import { repliedMail } from './support-mails.js';
import { type MessageRow, SupportRepository, type TicketFilter, type TicketRow } from './support.repository.js';
import { supportError } from './support.errors.js';

export const MOST_OPEN_TICKETS = 5;

/** Messages of one user in an hour, to all tickets. */
const MESSAGES: LimitRule = { name: 'support', points: 20, seconds: 3_600 };

const SHOWN_MESSAGES = 200;

export interface SupportParts {
  readonly tickets: SupportRepository;
  readonly limits: RateLimits;
  readonly mailer: Mailer;
  readonly audit: AuditTrail;
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
      await tickets.write(ticketId, userId, false, body);
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
    await this.parts.limits.require(MESSAGES, String(userId));
    await this.#find(userId, ticketId);
    if (!(await this.parts.tickets.write(ticketId, userId, false, body))) throw supportError('TICKET_CLOSED');
    return this.read(userId, ticketId);
  }

  async reply(staff: UserCaller, ticketId: number, body: string): Promise<Conversation> {
    const { tickets, mailer, audit, database } = this.parts;
    await database.transaction(async () => {
      const ticket = await this.#find(null, ticketId);
      if (!(await tickets.write(ticketId, staff.userId, true, body))) throw supportError('TICKET_CLOSED');
      await mailer.post(ticket.email, repliedMail(ticket.full_name, ticket.subject, body));
      const subject = `ticket:${ticketId}`;
      await audit.record({ actorKind: 'user', actorId: staff.userId, action: 'support.reply', subject });
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

  async #find(userId: number | null, ticketId: number): Promise<TicketRow> {
    const ticket = await this.parts.tickets.find(userId, ticketId);
    if (ticket === undefined) throw supportError('TICKET_NOT_FOUND');
    return ticket;
  }
}
