/**
 * Writes the audit trail, in the transaction of the act that it records.
 * Keeps: values are redacted before they are stored; address, request and (as `via`) the program that calls come from the
 * running context; every row is signed, so that one written by anybody else is noticed.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Database } from '../database/database.js';
import { callContext } from '../http/call-context.js';
import { Randomness } from '../ids/randomness.js';
import { logContext } from '../logging/context.js';
import { redact } from '../logging/redaction.js';
import { AuditKey } from './audit-key.js';
import { NONCE_BYTES, signEvent } from './audit-seal.js';

export interface AuditEntry {
  readonly actorKind: 'user' | 'service' | 'system' | 'anonymous';
  readonly actorId?: number;
  /** Dotted name of the act: `auth.login`. */
  readonly action: string;
  /** What it was done to: `user:17`. */
  readonly subject: string;
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
  /** Without it, that of the running request. */
  readonly address?: string;
}

const RECORD = `
  INSERT INTO audit_events (actor_kind, actor_id, action, subject, before, after, address, request_id, created_at, mac)
  SELECT actor_kind, actor_id, action, subject, before, after, address, $8, $9, mac
  FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::jsonb[], $6::jsonb[], $7::text[], $10::bytea[])
    AS item (actor_kind, actor_id, action, subject, before, after, address, mac)`;

@Injectable()
export class AuditTrail {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
    private readonly key: AuditKey,
  ) {}

  async record(entry: AuditEntry): Promise<void> {
    await this.recordAll([entry]);
  }

  /** Many acts in one statement. */
  async recordAll(entries: readonly AuditEntry[]): Promise<void> {
    if (entries.length === 0) return;
    callContext.audited();
    const requestId = logContext.get().request_id ?? null;
    const createdAt = this.clock.now();
    const via = callContext.via();
    const rows = entries.map((entry) => ({
      actorKind: entry.actorKind,
      actorId: entry.actorId ?? null,
      action: entry.action,
      subject: entry.subject,
      before: plain(entry.before),
      after: plain(via === undefined ? entry.after : { ...entry.after, via }),
      address: entry.address ?? callContext.address() ?? '',
      requestId,
      createdAt,
    }));
    await this.database.execute(RECORD, [
      rows.map((row) => row.actorKind),
      rows.map((row) => row.actorId),
      rows.map((row) => row.action),
      rows.map((row) => row.subject),
      rows.map((row) => JSON.stringify(row.before)),
      rows.map((row) => JSON.stringify(row.after)),
      rows.map((row) => row.address),
      requestId,
      createdAt,
      rows.map((row) => signEvent(this.key.key, this.randomness.bytes(NONCE_BYTES), row)),
    ]);
  }
}

/** Without secrets, and as it will be read again. */
function plain(value: Readonly<Record<string, unknown>> = {}): unknown {
  return JSON.parse(JSON.stringify(redact(value)));
}
