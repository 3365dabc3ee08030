/**
 * A person: sign-in identity, role, tier and the switch that lets signals trade for them.
 * Keeps: one row per lower-cased e-mail address; role and tier are never taken from a request body.
 */
import { Check, Entity, ForeignKey, Index } from 'typeorm';
import { TIERS, type Tier } from '../../domain/subscription/plans.js';
import { FlagColumn, IdColumn, oneOf, RefColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';

export const ROLES = ['user', 'provider', 'admin'] as const;
export type Role = (typeof ROLES)[number];

@Entity('users')
@Check('ck_users_role', oneOf('role', ROLES))
@Check('ck_users_subscription_type', oneOf('subscription_type', TIERS))
@Check('ck_users_email_lower', 'email = lower(email)')
@Index(['email'], { unique: true })
@Index(['referralCode'], { unique: true })
@Index(['referredById'])
@Index(['subscriptionExpiresAt'])
@Index('ix_users_followers', ['id'], { where: 'auto_trade_enabled AND disabled_at IS NULL' })
export class User {
  @IdColumn()
  id: number;

  @TextColumn()
  email: string;

  @TextColumn()
  passwordHash: string;

  @TextColumn({ default: '' })
  fullName: string;

  @TextColumn({ default: 'user' })
  role: Role;

  @TextColumn({ default: 'TRIAL' })
  subscriptionType: Tier;

  @TimeColumn({ nullable: true })
  subscriptionExpiresAt: Date | null;

  /** Since when a second factor is asked for at sign-in; null where none is. */
  @TimeColumn({ nullable: true })
  twoFactorAt: Date | null;

  @FlagColumn(false)
  isVerified: boolean;

  @FlagColumn(false)
  autoTradeEnabled: boolean;

  @FlagColumn(true)
  notificationsEnabled: boolean;

  @TextColumn({ default: 'UTC' })
  timezone: string;

  @TextColumn()
  referralCode: string;

  @ForeignKey('users', { onDelete: 'SET NULL' })
  @RefColumn({ nullable: true })
  referredById: number | null;

  @TimeColumn({ nullable: true })
  disabledAt: Date | null;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  updatedAt: Date;
}
