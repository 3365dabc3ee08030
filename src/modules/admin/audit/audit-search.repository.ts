/**
 * Searches the audit trail, newest first. What is asked for comes from a fixed list of conditions.
 */
import { Injectable } from '@nestjs/common';
import { Database } from '../../../platform/database/database.js';

export interface AuditSearch {
  readonly actorId?: number;
  readonly actorKind?: string;
  /** One act; with a dot at its end all acts that begin with it. */
  readonly action?: string;
  readonly subject?: string;
  readonly address?: string;
  readonly requestId?: string;
  readonly from?: string;
  readonly to?: string;
  readonly beforeId?: number;
  readonly limit: number;
}

export interface FoundEvent {
  id: number;
  actor_kind: string;
  actor_id: number | null;
  action: string;
  subject: string;
  before: Record<string, unknown>;
  after: Record<string, unknown>;
  address: string;
  request_id: string | null;
  created_at: Date;
  seal: number | null;
}

@Injectable()
export class AuditSearchRepository {
  constructor(private readonly database: Database) {}

  find(search: AuditSearch): Promise<FoundEvent[]> {
    const params: unknown[] = [search.limit];
    const conditions: string[] = [];
    const where = (condition: (place: string) => string, value: unknown) => {
      if (value === undefined) return;
      params.push(value);
      conditions.push(condition(`$${params.length}`));
    };
    const isPrefix = search.action?.endsWith('.') === true;
    where((place) => `e.actor_id = ${place}`, search.actorId);
    where((place) => `e.actor_kind = ${place}`, search.actorKind);
    where((place) => (isPrefix ? `starts_with(e.action, ${place})` : `e.action = ${place}`), search.action);
    where((place) => `e.subject = ${place}`, search.subject);
    where((place) => `e.address = ${place}`, search.address);
    where((place) => `e.request_id = ${place}`, search.requestId);
    where((place) => `e.created_at >= ${place}`, search.from);
    where((place) => `e.created_at < ${place}`, search.to);
    where((place) => `e.id < ${place}`, search.beforeId);
    return this.database.query<FoundEvent>(
      `SELECT e.id, e.actor_kind, e.actor_id, e.action, e.subject, e.before, e.after, e.address, e.request_id, e.created_at,
         s.seq AS seal
       FROM audit_events e LEFT JOIN audit_seals s ON s.event_id = e.id
       ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`} ORDER BY e.id DESC LIMIT $1`,
      params,
    );
  }
}
