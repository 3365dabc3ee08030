/**
 * Writes the audit trail, in the transaction of the act that it records.
 * Keeps: values are redacted before they are stored; actor, address and request come from the running context.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Database } from '../database/database.js';
import { logContext } from '../logging/context.js';
import { redact } from '../logging/redaction.js';

export interface AuditEntry {
  readonly actorKind: 'user' | 'service' | 'system' | 'anonymous';
  readonly actorId?: number;
  /** Dotted name of the act: `auth.login`. */
  readonly action: string;
  /** What it was done to: `user:17`. */
  readonly subject: string;
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
  readonly address?: string;
}

const RECORD = `
  INSERT INTO audit_events (actor_kind, actor_id, action, subject, before, after, address, request_id, created_at)
  SELECT actor_kind, actor_id, action, subject, before, after, address, $8, $9
  FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::jsonb[], $6::jsonb[], $7::text[])
    AS item (actor_kind, actor_id, action, subject, before, after, address)`;

@Injectable()
export class AuditTrail {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async record(entry: AuditEntry): Promise<void> {
    await this.recordAll([entry]);
  }

  /** Many acts in one statement. */
  async recordAll(entries: readonly AuditEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await this.database.execute(RECORD, [
      entries.map((entry) => entry.actorKind),
      entries.map((entry) => entry.actorId ?? null),
      entries.map((entry) => entry.action),
      entries.map((entry) => entry.subject),
      entries.map((entry) => JSON.stringify(redact(entry.before ?? {}))),
      entries.map((entry) => JSON.stringify(redact(entry.after ?? {}))),
      entries.map((entry) => entry.address ?? ''),
      logContext.get().request_id ?? null,
      this.clock.now(),
    ]);
  }
}
