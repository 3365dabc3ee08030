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

@Injectable()
export class AuditTrail {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async record(entry: AuditEntry): Promise<void> {
    await this.database.execute(
      `INSERT INTO audit_events (actor_kind, actor_id, action, subject, before, after, address, request_id, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        entry.actorKind,
        entry.actorId ?? null,
        entry.action,
        entry.subject,
        JSON.stringify(redact(entry.before ?? {})),
        JSON.stringify(redact(entry.after ?? {})),
        entry.address ?? '',
        logContext.get().request_id ?? null,
        this.clock.now(),
      ],
    );
  }
}
