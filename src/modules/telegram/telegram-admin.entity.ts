/**
 * People on Telegram who are administrators here, and the codes by which somebody proves to be one or confirms a command.
 * Keeps: a person is one administrator; a code is stored as a hash, works once, for the same person, and for a short time.
 */
import { Check, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { oneOf, RefColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';

@Entity('telegram_admins')
@Index(['userId'])
export class TelegramAdmin {
  @PrimaryColumn('bigint')
  telegramUserId: number;

  @ForeignKey('users', { onDelete: 'CASCADE' })
  @RefColumn()
  userId: number;

  /** As Telegram shows it, at the time of linking. */
  @TextColumn({ default: '' })
  name: string;

  @TimeColumn()
  linkedAt: Date;
}

export const CODE_PURPOSES = ['link', 'kill', 'resume'] as const;
export type CodePurpose = (typeof CODE_PURPOSES)[number];

@Entity('telegram_codes')
@Check('ck_telegram_codes_purpose', oneOf('purpose', CODE_PURPOSES))
@Check('ck_telegram_codes_person', `(purpose = 'link') = (telegram_user_id IS NULL)`)
@Index(['expiresAt'])
export class TelegramCode {
  /** SHA-256 of the code, in hexadecimal. */
  @PrimaryColumn('text')
  hash: string;

  @TextColumn()
  purpose: CodePurpose;

  @ForeignKey('users', { onDelete: 'CASCADE' })
  @RefColumn()
  userId: number;

  /** Who was asked to confirm. */
  @RefColumn({ nullable: true })
  telegramUserId: number | null;

  @TimeColumn()
  expiresAt: Date;

  @TimeColumn({ nullable: true })
  usedAt: Date | null;
}
