/**
 * A token sent by mail: verification of an address, reset of a password. Only its hash is stored.
 * Keeps: single use (`used_at` is set by the conditional update that redeems it), tied to one purpose.
 */
import { Check, Entity, ForeignKey, Index } from 'typeorm';
import { IdColumn, oneOf, RefColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';

export const TOKEN_PURPOSES = ['email_verification', 'password_reset'] as const;
export type TokenPurpose = (typeof TOKEN_PURPOSES)[number];

@Entity('one_time_tokens')
@Check('ck_one_time_tokens_purpose', oneOf('purpose', TOKEN_PURPOSES))
@Index(['tokenHash'], { unique: true })
@Index(['userId', 'purpose'])
@Index(['expiresAt'])
@Index('ix_one_time_tokens_open', ['userId', 'purpose'], { unique: true, where: 'used_at IS NULL' })
export class OneTimeToken {
  @IdColumn()
  id: number;

  @ForeignKey('users', { onDelete: 'CASCADE' })
  @RefColumn()
  userId: number;

  @TextColumn()
  purpose: TokenPurpose;

  @TextColumn()
  tokenHash: string;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  expiresAt: Date;

  @TimeColumn({ nullable: true })
  usedAt: Date | null;
}
