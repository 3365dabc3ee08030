/**
 * A code for the day when the authenticator app is gone. Only its hash is stored: it has 120 random bits.
 * Keeps: single use (`used_at` is set by the conditional update that takes it).
 */
import { Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { TimeColumn } from '../../../platform/database/columns.js';

@Entity('recovery_codes')
export class RecoveryCode {
  @ForeignKey('users', { onDelete: 'CASCADE' })
  @PrimaryColumn('bigint')
  userId: number;

  @PrimaryColumn('text')
  codeHash: string;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn({ nullable: true })
  usedAt: Date | null;
}
