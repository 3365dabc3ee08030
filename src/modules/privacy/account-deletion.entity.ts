/**
 * A user's wish to be deleted: it waits until `due_at`, and can be taken back until then.
 * Keeps: one per user; the row stays when all else of the person is gone, as the proof that it was done.
 */
import { Check, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { TimeColumn } from '../../platform/database/columns.js';

@Entity('account_deletions')
@Check('ck_account_deletions_due', 'due_at > requested_at')
@Index('ix_account_deletions_waiting', ['dueAt'], { where: 'completed_at IS NULL' })
export class AccountDeletion {
  @ForeignKey('users', { onDelete: 'CASCADE' })
  @PrimaryColumn('bigint')
  userId: number;

  @TimeColumn()
  requestedAt: Date;

  @TimeColumn()
  dueAt: Date;

  @TimeColumn({ nullable: true })
  completedAt: Date | null;
}
