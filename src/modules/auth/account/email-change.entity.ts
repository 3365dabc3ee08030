/**
 * A change of a user's e-mail address that waits for both addresses. Only hashes of its two tokens are stored.
 * Keeps: one per user; the address changes when both have been shown, and only then.
 */
import { Check, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { TextColumn, TimeColumn } from '../../../platform/database/columns.js';

@Entity('email_changes')
@Check('ck_email_changes_new_email_lower', 'new_email = lower(new_email)')
@Index(['oldTokenHash'], { unique: true })
@Index(['newTokenHash'], { unique: true })
@Index(['expiresAt'])
export class EmailChange {
  @ForeignKey('users', { onDelete: 'CASCADE' })
  @PrimaryColumn('bigint')
  userId: number;

  @TextColumn()
  newEmail: string;

  @TextColumn()
  oldTokenHash: string;

  @TextColumn()
  newTokenHash: string;

  @TimeColumn({ nullable: true })
  oldConfirmedAt: Date | null;

  @TimeColumn({ nullable: true })
  newConfirmedAt: Date | null;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  expiresAt: Date;
}
