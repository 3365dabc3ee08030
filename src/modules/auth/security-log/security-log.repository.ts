/**
 * Reads of the audit trail what users should know of their own account, newest first: signing in and what guards it, and
 * what staff did to it.
 * Keeps: nobody reads another's.
 */
import { Injectable } from '@nestjs/common';
import { Database } from '../../../platform/database/database.js';

export interface SecurityEvent {
  id: number;
  created_at: Date;
  action: string;
  actor_kind: string;
  actor_id: number | null;
  address: string;
  impersonated_by: number | null;
  reason: string | null;
}

/** Of staff in the user's place, from when to when; each request of theirs stands in the audit trail alone. */
const SHOWN = ['auth.%', 'access_token.%', 'account.%', 'user.%', 'impersonation.begin', 'impersonation.end'];

@Injectable()
export class SecurityLogRepository {
  constructor(private readonly database: Database) {}

  of(userId: number, beforeId: number, limit: number): Promise<SecurityEvent[]> {
    return this.database.query<SecurityEvent>(
      `SELECT id, created_at, action, actor_kind, actor_id, address, (after ->> 'impersonated_by')::bigint AS impersonated_by,
         CASE WHEN action = 'impersonation.begin' THEN after ->> 'reason' END AS reason
       FROM audit_events WHERE subject = $1 AND id < $2 AND action LIKE ANY ($3::text[]) ORDER BY id DESC LIMIT $4`,
      [`user:${userId}`, beforeId, SHOWN, limit],
    );
  }
}
