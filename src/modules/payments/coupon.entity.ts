/**
 * Coupons and their uses. A use is reserved with the invoice and given back when the invoice ends unpaid.
 * Keeps: `uses` never passes `max_uses`, whatever runs at once; one use per invoice.
 */
import { Check, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { COUPON_KINDS, type CouponKind } from '../../domain/subscription/coupons.js';
import {
  IdColumn,
  IntegerColumn,
  MoneyColumn,
  oneOf,
  RefColumn,
  TextColumn,
  TimeColumn,
} from '../../platform/database/columns.js';

@Entity('coupons')
@Check('ck_coupons_kind', oneOf('kind', COUPON_KINDS))
@Check(
  'ck_coupons_value',
  "CASE kind WHEN 'PERCENT' THEN percent > 0 AND percent <= 100 AND amount IS NULL ELSE amount > 0 AND percent IS NULL END",
)
@Check('ck_coupons_uses', 'uses >= 0 AND (max_uses IS NULL OR uses <= max_uses)')
@Check('ck_coupons_max_uses_per_user', 'max_uses_per_user >= 1')
@Check('ck_coupons_code', "code ~ '^[A-Z0-9_-]{3,32}$'")
@Index(['code'], { unique: true })
export class Coupon {
  @IdColumn()
  id: number;

  @TextColumn()
  code: string;

  @TextColumn()
  kind: CouponKind;

  @MoneyColumn({ nullable: true })
  percent: string | null;

  /** Millionths of a USDT. */
  @MoneyColumn({ nullable: true })
  amount: string | null;

  /** Empty: for every plan. */
  @TextColumn({ array: true, default: '{}' })
  tiers: string[];

  @IntegerColumn({ nullable: true })
  maxUses: number | null;

  @IntegerColumn({ default: 1 })
  maxUsesPerUser: number;

  @IntegerColumn({ default: 0 })
  uses: number;

  @TimeColumn()
  validFrom: Date;

  @TimeColumn({ nullable: true })
  validUntil: Date | null;

  @TimeColumn({ nullable: true })
  disabledAt: Date | null;

  @TimeColumn()
  createdAt: Date;
}

@Entity('coupon_uses')
@Index(['couponId', 'userId'])
export class CouponUse {
  @ForeignKey('payments')
  @PrimaryColumn('bigint')
  paymentId: number;

  @ForeignKey('coupons')
  @RefColumn()
  couponId: number;

  @ForeignKey('users')
  @RefColumn()
  userId: number;
}
