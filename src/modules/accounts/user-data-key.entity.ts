/**
 * A user's data key, wrapped by the master key. Every secret of that user is encrypted under it.
 * Keeps: the data key is never stored in clear; `master_key_id` names the master key that wrapped it.
 */
import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { TextColumn, TimeColumn } from '../../platform/database/columns.js';

@Entity('user_data_keys')
export class UserDataKey {
  @ForeignKey('users', { onDelete: 'CASCADE' })
  @PrimaryColumn('bigint')
  userId: number;

  @Column('bytea')
  wrappedKey: Buffer;

  @TextColumn()
  masterKeyId: string;

  @TimeColumn()
  createdAt: Date;
}
