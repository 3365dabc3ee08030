/** How a user wants to be told; who has no row has chosen nothing. */
import { Check, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { Choices } from '../../domain/notification/events.js';
import { DIGEST_PERIODS, type DigestPeriod } from '../../domain/notification/quiet-hours.js';
import { IntegerColumn, JsonColumn, oneOf, TextColumn, TimeColumn } from '../../platform/database/columns.js';

@Entity('notification_preferences')
@Check('ck_notification_preferences_digest', oneOf('digest', DIGEST_PERIODS))
@Check('ck_notification_preferences_digest_minute', 'digest_minute BETWEEN 0 AND 1439')
@Check('ck_notification_preferences_due', "(digest = 'off') = (next_digest_at IS NULL)")
@Check(
  'ck_notification_preferences_quiet',
  '(quiet_from IS NULL) = (quiet_until IS NULL) AND quiet_from BETWEEN 0 AND 1439 AND quiet_until BETWEEN 0 AND 1439',
)
@Index('ix_notification_preferences_due', ['nextDigestAt'], { where: 'next_digest_at IS NOT NULL' })
export class NotificationPreference {
  @ForeignKey('users', { onDelete: 'CASCADE' })
  @PrimaryColumn('bigint')
  userId: number;

  @JsonColumn({ default: {} })
  choices: Choices;

  /** Minutes of the local day. */
  @IntegerColumn({ nullable: true })
  quietFrom: number | null;

  @IntegerColumn({ nullable: true })
  quietUntil: number | null;

  @TextColumn({ default: 'UTC' })
  timeZone: string;

  @TextColumn({ default: 'off' })
  digest: DigestPeriod;

  @IntegerColumn({ default: 480 })
  digestMinute: number;

  @TimeColumn({ nullable: true })
  nextDigestAt: Date | null;

  @TimeColumn()
  updatedAt: Date;
}
