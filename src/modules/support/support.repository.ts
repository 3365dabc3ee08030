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
  readonly beforeId: number;
  readonly limit: number;
}

const SELECT = `
  SELECT t.id, t.user_id, u.email, u.full_name, t.subject, t.status, t.created_at, t.updated_at, t.closed_at,
         (SELECT count(*) FROM support_messages m WHERE m.ticket_id = t.id) AS messages
  FROM support_tickets t JOIN users u ON u.id = t.user_id`;

/** `$3` is the time; the turn goes to the other side. */
const WRITE = `
  WITH turned AS (
    UPDATE support_tickets SET status = CASE WHEN $4 THEN 'ANSWERED' ELSE 'OPEN' END, updated_at = $3
    WHERE id = $1 AND status <> 'CLOSED' RETURNING id, user_id
  )
  INSERT INTO support_messages (ticket_id, user_id, is_staff, author_id, body, created_at)
  SELECT id, user_id, $4, $2, $5, $3 FROM turned`;

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

  /** False where the ticket is closed. */
  async write(ticketId: number, authorId: number, isStaff: boolean, body: string): Promise<boolean> {
    return (await this.database.execute(WRITE, [ticketId, authorId, this.clock.now(), isStaff, body])) === 1;
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
  list({ userId, status, beforeId, limit }: TicketFilter): Promise<TicketRow[]> {
    const given = [
      ['t.user_id = $', userId],
      ['t.status = $', status],
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
