/**
 * The secret that a user shares with an authenticator app, sealed under the user's data key.
 * Keeps: it counts only while `users.two_factor_at` is set, before that it waits for its first code; `last_step` only
 * grows, so no code of its steps is taken twice.
 */
import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { RefColumn, TimeColumn } from '../../../platform/database/columns.js';

@Entity('two_factors')
export class TwoFactor {
  @ForeignKey('users', { onDelete: 'CASCADE' })
  @PrimaryColumn('bigint')
  userId: number;

  @Column('bytea')
  secret: Buffer;

  /** The newest step whose code was taken. */
  @RefColumn({ default: 0 })
  lastStep: number;

  @TimeColumn()
  createdAt: Date;
}
