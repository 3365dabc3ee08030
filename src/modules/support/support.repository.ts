/**
 * Stores tickets and their messages.
 * Keeps: a message and the ticket's turn are one statement, under the ticket's row lock; nothing is written to a closed one.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import type { TicketStatus } from './support-ticket.entity.js';

export interface TicketRow {
  id: number;
  user_id: number;
  email: string;
  full_name: string;
  assignee_id: number | null;
  assignee_name: string | null;
  subject: string;
  status: TicketStatus;
  messages: number;
  created_at: Date;
  updated_at: Date;
  closed_at: Date | null;
}

export interface MessageRow {
  id: number;
  is_staff: boolean;
  body: string;
  created_at: Date;
}

export interface TicketFilter {
  readonly userId: number | null;
  readonly status: TicketStatus | null;
  readonly assigneeId: number | null;
  /** True: only those that are nobody's; false: only those that are somebody's. */
  readonly isUnassigned: boolean | null;
  readonly beforeId: number;
  readonly limit: number;
}

const SELECT = `
  SELECT t.id, t.user_id, u.email, u.full_name, t.assignee_id, a.full_name AS assignee_name, t.subject, t.status, t.created_at, t.updated_at, t.closed_at,
         (SELECT count(*) FROM support_messages m WHERE m.ticket_id = t.id) AS messages
  FROM support_tickets t JOIN users u ON u.id = t.user_id LEFT JOIN users a ON a.id = t.assignee_id`;

/** `$3` is the time; the turn goes to the other side. */
const WRITE = `
  WITH turned AS (
    UPDATE support_tickets SET status = CASE WHEN $4 THEN 'ANSWERED' ELSE 'OPEN' END, updated_at = $3
    WHERE id = $1 AND status <> 'CLOSED' RETURNING id, user_id
  )
  INSERT INTO support_messages (ticket_id, user_id, is_staff, author_id, body, created_at)
  SELECT id, user_id, $4, $2, $5, $3 FROM turned RETURNING id`;

/** Whom of the staff to tell: `$1`, whose the ticket is, as long as they are of the staff; else all but `$2`. */
const TOLD_STAFF = `
  WITH staff AS (SELECT id FROM users WHERE role = 'admin' AND is_verified AND disabled_at IS NULL)
  SELECT id FROM staff WHERE id <> $2 AND (id = $1 OR NOT EXISTS (SELECT FROM staff WHERE id = $1)) ORDER BY id`;

@Injectable()
export class SupportRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** In the running transaction; those of one user come one after the other. */
  async open(userId: number, subject: string): Promise<number> {
    const row = await this.database.first<{ id: number }>(
      `INSERT INTO support_tickets (user_id, subject, created_at, updated_at) VALUES ($1, $2, $3, $3) RETURNING id`,
      [userId, subject, this.clock.now()],
    );
    if (row === undefined) throw new Error('the ticket was not stored');
    return row.id;
  }

  /** How many tickets of the user are not closed. Holds the user's row, so that two at once are counted both. */
  async countOpen(userId: number): Promise<number> {
    await this.database.query('SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE', [userId]);
    const sql = `SELECT count(*) AS n FROM support_tickets WHERE user_id = $1 AND status <> 'CLOSED'`;
    return (await this.database.first<{ n: number }>(sql, [userId]))?.n ?? 0;
  }

  /** The message's id; undefined where the ticket is closed. */
  async write(ticketId: number, authorId: number, isStaff: boolean, body: string): Promise<number | undefined> {
    const params = [ticketId, authorId, this.clock.now(), isStaff, body];
    return (await this.database.first<{ id: number }>(WRITE, params))?.id;
  }

  /** Those of the staff who are told of what `authorId` wrote to a ticket of this assignee. */
  async toldStaff(assigneeId: number | null, authorId: number): Promise<number[]> {
    const rows = await this.database.query<{ id: number }>(TOLD_STAFF, [assigneeId, authorId]);
    return rows.map(({ id }) => id);
  }

  async isStaff(userId: number): Promise<boolean> {
    const sql = `SELECT 1 FROM users WHERE id = $1 AND role = 'admin' AND is_verified AND disabled_at IS NULL FOR SHARE`;
    return (await this.database.first(sql, [userId])) !== undefined;
  }

  /** Whose the ticket is; in the running transaction nobody else changes it. */
  async lockAssignee(ticketId: number): Promise<number | null> {
    const sql = 'SELECT assignee_id FROM support_tickets WHERE id = $1 FOR NO KEY UPDATE';
    return (await this.database.first<{ assignee_id: number | null }>(sql, [ticketId]))?.assignee_id ?? null;
  }

  async assign(ticketId: number, assigneeId: number | null): Promise<void> {
    await this.database.execute('UPDATE support_tickets SET assignee_id = $2 WHERE id = $1', [ticketId, assigneeId]);
  }

  /** False where it is closed already. */
  async close(ticketId: number): Promise<boolean> {
    const sql = `UPDATE support_tickets SET status = 'CLOSED', closed_at = $2, updated_at = $2
      WHERE id = $1 AND status <> 'CLOSED'`;
    return (await this.database.execute(sql, [ticketId, this.clock.now()])) === 1;
  }

  /** One ticket; of everybody where `userId` is null. */
  find(userId: number | null, ticketId: number): Promise<TicketRow | undefined> {
    const sql = `${SELECT} WHERE t.id = $1 AND ($2::bigint IS NULL OR t.user_id = $2)`;
    return this.database.first<TicketRow>(sql, [ticketId, userId]);
  }

  /** Newest first. */
  list({ userId, status, assigneeId, isUnassigned, beforeId, limit }: TicketFilter): Promise<TicketRow[]> {
    const given = [
      ['t.user_id = $', userId],
      ['t.status = $', status],
      ['t.assignee_id = $', assigneeId],
      ['(t.assignee_id IS NULL) = $', isUnassigned],
    ].filter(([, value]) => value !== null);
    const where = given.map(([condition], index) => `AND ${String(condition)}${index + 3}`).join(' ');
    const sql = `${SELECT} WHERE t.id < $1 ${where} ORDER BY t.id DESC LIMIT $2`;
    return this.database.query<TicketRow>(sql, [beforeId, limit, ...given.map(([, value]) => value)]);
  }

  /** Oldest first: as it is read. */
  messages(ticketId: number, limit: number): Promise<MessageRow[]> {
    const sql = `SELECT * FROM (
        SELECT id, is_staff, body, created_at FROM support_messages WHERE ticket_id = $1 ORDER BY id DESC LIMIT $2) AS newest
      ORDER BY id`;
    return this.database.query<MessageRow>(sql, [ticketId, limit]);
  }
}
