/**
 * An administrator's agreement to a large refund or payout, which another administrator carries out.
 * Keeps: one of each administrator for each act; used up, or left to grow old.
 */
import { Check, Entity, ForeignKey, Index } from 'typeorm';
import { IdColumn, oneOf, RefColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';

export const AGREED_ACTS = ['REFUND_TO_BALANCE', 'REFUND_TO_WALLET', 'PAYOUT'] as const;
export type AgreedAct = (typeof AGREED_ACTS)[number];

@Entity('money_agreements')
@Check('ck_money_agreements_act', oneOf('act', AGREED_ACTS))
@Index(['act', 'subjectId', 'agreedById'], { unique: true })
export class MoneyAgreement {
  @IdColumn()
  id: number;

  @TextColumn()
  act: AgreedAct;

  /** The payment, or the payout. */
  @RefColumn()
  subjectId: number;

  @ForeignKey('users', { onDelete: 'CASCADE' })
  @RefColumn()
  agreedById: number;

  @TimeColumn()
  agreedAt: Date;
}
