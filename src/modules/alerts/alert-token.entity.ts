/**
 * Addresses at which alerts of a source arrive: a token in the address, or a name that old addresses have.
 * Keeps: of token and secret the hashes only; a name, which can be guessed, is good only beside a secret in the body or a
 * list of addresses; `version` grows with every change, so what was remembered is noticed to be old.
 */
import { Check, Column, Entity, ForeignKey, Index } from 'typeorm';
import { IdColumn, IntegerColumn, RefColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';

@Entity('alert_tokens')
@Check('ck_alert_tokens_old_name', "old_name IS NULL OR secret_hash IS NOT NULL OR addresses <> '{}'")
@Index(['tokenHash'], { unique: true })
@Index('ix_alert_tokens_old_name', ['oldName'], { unique: true, where: 'old_name IS NOT NULL AND revoked_at IS NULL' })
@Index(['sourceId', 'id'])
export class AlertToken {
  @IdColumn()
  id: number;

  @ForeignKey('sources', { onDelete: 'CASCADE' })
  @RefColumn()
  sourceId: number;

  /** What it is for, in the words of who made it. */
  @TextColumn({ default: '' })
  label: string;

  /** How it begins: enough to tell it from others. */
  @TextColumn()
  prefix: string;

  @Column('bytea')
  tokenHash: Buffer;

  /** In small letters. */
  @TextColumn({ nullable: true })
  oldName: string | null;

  /** What the body must show. */
  @Column('bytea', { nullable: true })
  secretHash: Buffer | null;

  /** Addresses, networks and `tradingview`; empty for any. */
  @Column('text', { array: true, default: () => "'{}'" })
  addresses: string[];

  @IntegerColumn({ default: 1 })
  version: number;

  @ForeignKey('users', { onDelete: 'SET NULL' })
  @RefColumn({ nullable: true })
  madeBy: number | null;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn({ nullable: true })
  revokedAt: Date | null;
}
