/**
 * The audit trail: security and money relevant acts of people and programs. Append-only by trigger.
 * Keeps: secrets are redacted before the row is made; `before` and `after` show what changed.
 */
import { Entity, Index } from 'typeorm';
import { IdColumn, JsonColumn, RefColumn, TextColumn, TimeColumn } from '../database/columns.js';

@Entity('audit_events')
@Index(['actorId', 'id'])
@Index(['subject', 'id'])
export class AuditEvent {
  @IdColumn()
  id: number;

  /** `user`, `service`, `system`, `anonymous`. */
  @TextColumn()
  actorKind: string;

  @RefColumn({ nullable: true })
  actorId: number | null;

  /** Dotted name of the act: `auth.login`, `account.add`. */
  @TextColumn()
  action: string;

  /** What it was done to: `user:17`, `signal:4`. */
  @TextColumn()
  subject: string;

  @JsonColumn({ default: {} })
  before: Record<string, unknown>;

  @JsonColumn({ default: {} })
  after: Record<string, unknown>;

  @TextColumn({ default: '' })
  address: string;

  @TextColumn({ nullable: true })
  requestId: string | null;

  @TimeColumn()
  createdAt: Date;
}
