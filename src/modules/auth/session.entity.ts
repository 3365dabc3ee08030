/**
 * One signed-in device. Refresh tokens name their session; ending the row ends them all.
 * Keeps: `generation` counts rotations of the body form, so a rotated token that comes back is recognised.
 */
import { Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { IntegerColumn, RefColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';

@Entity('sessions')
@Index(['userId'])
@Index(['expiresAt'])
export class Session {
  @PrimaryColumn('uuid')
  id: string;

  @ForeignKey('users', { onDelete: 'CASCADE' })
  @RefColumn()
  userId: number;

  @IntegerColumn({ default: 0 })
  generation: number;

  @TextColumn({ default: '' })
  userAgent: string;

  @TextColumn({ default: '' })
  address: string;

  @TimeColumn()
  createdAt: Date;

  /** When the second factor, or the password where there is none, was last shown. */
  @TimeColumn()
  authenticatedAt: Date;

  @TimeColumn()
  lastUsedAt: Date;

  @TimeColumn()
  expiresAt: Date;

  @TimeColumn({ nullable: true })
  revokedAt: Date | null;

  @TextColumn({ nullable: true })
  revokedReason: string | null;
}
