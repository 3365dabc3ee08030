/**
 * The audit trail: security and money relevant acts of people and programs, and the chain that seals it.
 * Keeps: append-only by trigger; secrets are redacted before the row is made; `before` and `after` show what changed; rows
 * name people by id. Each row is signed when it is written, and sealed into the chain a moment later.
 */
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { IdColumn, JsonColumn, RefColumn, TextColumn, TimeColumn } from '../database/columns.js';

@Entity('audit_events')
@Index(['actorId', 'id'])
@Index(['subject', 'id'])
@Index(['action', 'id'])
@Index(['address', 'id'])
@Index(['createdAt'])
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

  /** A nonce and the keyed hash of the row; null in rows that are older than the chain. */
  @Column('bytea', { nullable: true })
  mac: Buffer | null;
}

/** The place of a row in the chain: a keyed hash over the row and the seal before. Append-only by trigger. */
@Entity('audit_seals')
@Index(['eventId'], { unique: true })
export class AuditSeal {
  @PrimaryColumn('bigint')
  seq: number;

  @ForeignKey('audit_events')
  @RefColumn()
  eventId: number;

  @Column('bytea')
  hash: Buffer;
}

/** Rows that wait for their seal; a trigger writes them. */
@Entity('audit_unsealed')
export class AuditUnsealed {
  @PrimaryColumn('bigint')
  eventId: number;
}

/** Where the chain ends: one row, signed, so that seals cannot be cut off unseen. */
@Entity('audit_head')
@Check('ck_audit_head_only', 'id = 1')
export class AuditHead {
  @PrimaryColumn('bigint')
  id: number;

  @RefColumn()
  seq: number;

  @Column('bytea')
  hash: Buffer;

  @Column('bytea')
  mac: Buffer;

  @TimeColumn()
  sealedAt: Date;
}
