/**
 * Where somebody wants to be told of payments, and of what.
 * Keeps: the secret only encrypted under its owner's data key; scope `all` hears of everybody's payments and counts only
 * while its owner is an administrator; who is switched off has a reason.
 */
import { Check, Column, Entity, ForeignKey, Index } from 'typeorm';
import { IdColumn, IntegerColumn, oneOf, RefColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';

export const WEBHOOK_SCOPES = ['own', 'all'] as const;
export type WebhookScope = (typeof WEBHOOK_SCOPES)[number];

@Entity('webhook_endpoints')
@Check('ck_webhook_endpoints_scope', oneOf('scope', WEBHOOK_SCOPES))
@Check('ck_webhook_endpoints_failures', 'failures >= 0')
@Check('ck_webhook_endpoints_previous', 'num_nulls(previous_place, previous_sealed_secret, previous_until) IN (0, 3)')
@Check('ck_webhook_endpoints_disabled', "(disabled_at IS NULL) = (disabled_reason = '')")
@Index(['userId', 'id'])
@Index('ix_webhook_endpoints_all', ['id'], { where: "scope = 'all'" })
export class WebhookEndpoint {
  @IdColumn()
  id: number;

  @ForeignKey('users', { onDelete: 'CASCADE' })
  @RefColumn()
  userId: number;

  @TextColumn({ default: 'own' })
  scope: WebhookScope;

  @TextColumn()
  url: string;

  @Column('text', { array: true })
  events: string[];

  /** Names the place for which the secret is encrypted. */
  @TextColumn()
  place: string;

  @Column('bytea')
  sealedSecret: Buffer;

  /** The one before, which signs beside it until `previousUntil`. */
  @TextColumn({ nullable: true })
  previousPlace: string | null;

  @Column('bytea', { nullable: true })
  previousSealedSecret: Buffer | null;

  @TimeColumn({ nullable: true })
  previousUntil: Date | null;

  /** Failures since the last success. */
  @IntegerColumn({ default: 0 })
  failures: number;

  @TimeColumn({ nullable: true })
  disabledAt: Date | null;

  @TextColumn({ default: '' })
  disabledReason: string;

  @TimeColumn()
  createdAt: Date;
}
