/**
 * A question to the people behind the product, and what was written about it.
 * Keeps: messages never change; a ticket that is closed has its time; both carry their owner, so they leave with the account.
 */
import { Check, Entity, ForeignKey, Index } from 'typeorm';
import { FlagColumn, IdColumn, oneOf, RefColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';

/** `OPEN`: staff's turn. `ANSWERED`: the user's. */
export const TICKET_STATUSES = ['OPEN', 'ANSWERED', 'CLOSED'] as const;
export type TicketStatus = (typeof TICKET_STATUSES)[number];

@Entity('support_tickets')
@Check('ck_support_tickets_status', oneOf('status', TICKET_STATUSES))
@Check('ck_support_tickets_closed', "(status = 'CLOSED') = (closed_at IS NOT NULL)")
@Index(['userId', 'id'])
@Index(['status', 'id'])
@Index(['assigneeId', 'id'])
export class SupportTicket {
  @IdColumn()
  id: number;

  @ForeignKey('users', { onDelete: 'CASCADE' })
  @RefColumn()
  userId: number;

  /** Whose of the staff it is. */
  @ForeignKey('users', { onDelete: 'SET NULL' })
  @RefColumn({ nullable: true })
  assigneeId: number | null;

  @TextColumn()
  subject: string;

  @TextColumn({ default: 'OPEN' })
  status: TicketStatus;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  updatedAt: Date;

  @TimeColumn({ nullable: true })
  closedAt: Date | null;
}

@Entity('support_messages')
@Index(['ticketId', 'id'])
@Index(['userId'])
export class SupportMessage {
  @IdColumn()
  id: number;

  @ForeignKey('support_tickets', { onDelete: 'CASCADE' })
  @RefColumn()
  ticketId: number;

  /** Whose ticket it is. */
  @ForeignKey('users', { onDelete: 'CASCADE' })
  @RefColumn()
  userId: number;

  /** Written by staff, not by the owner of the ticket. */
  @FlagColumn(false)
  isStaff: boolean;

  @ForeignKey('users', { onDelete: 'SET NULL' })
  @RefColumn({ nullable: true })
  authorId: number | null;

  @TextColumn()
  body: string;

  @TimeColumn()
  createdAt: Date;
}
