/**
 * Stores coupons and counts their uses. Keeps: the row of a coupon is locked while a use is reserved, so neither the
 * total nor a user's share is ever passed.
 */
import { Injectable } from '@nestjs/common';
import type { CouponTerms } from '../../domain/subscription/coupons.js';
import type { Tier } from '../../domain/subscription/plans.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database, violatedConstraint } from '../../platform/database/database.js';

export interface CouponRow {
  id: number;
  code: string;
  kind: 'PERCENT' | 'AMOUNT';
  percent: string | null;
  amount: string | null;
  tiers: Tier[];
  max_uses: number | null;
  max_uses_per_user: number;
  uses: number;
  valid_from: Date;
  valid_until: Date | null;
  disabled_at: Date | null;
}

export type NewCoupon = Omit<CouponRow, 'id' | 'uses' | 'disabled_at'>;

const COLUMNS =
  'id, code, kind, percent, amount, tiers, max_uses, max_uses_per_user, uses, valid_from, valid_until, disabled_at';

@Injectable()
export class CouponsRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Undefined when the code is taken. */
  async add(coupon: NewCoupon): Promise<CouponRow | undefined> {
    try {
      return await this.database.first<CouponRow>(
        `INSERT INTO coupons (code, kind, percent, amount, tiers, max_uses, max_uses_per_user, valid_from, valid_until, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING ${COLUMNS}`,
        [
          coupon.code,
          coupon.kind,
          coupon.percent,
          coupon.amount,
          coupon.tiers,
          coupon.max_uses,
          coupon.max_uses_per_user,
          coupon.valid_from,
          coupon.valid_until,
          this.clock.now(),
        ],
      );
    } catch (error) {
      if (violatedConstraint(error) === 'ix_coupons_code') return undefined;
      throw error;
    }
  }

  list(beforeId: number | undefined, limit: number): Promise<CouponRow[]> {
    return this.database.query<CouponRow>(
      `SELECT ${COLUMNS} FROM coupons WHERE id < coalesce($1::bigint, 9223372036854775807) ORDER BY id DESC LIMIT $2`,
      [beforeId ?? null, limit],
    );
  }

  /** False for an unknown coupon. */
  async disable(id: number): Promise<boolean> {
    const sql = 'UPDATE coupons SET disabled_at = coalesce(disabled_at, $2) WHERE id = $1';
    return (await this.database.execute(sql, [id, this.clock.now()])) === 1;
  }

  /** The coupon, locked until the running transaction ends, with how often this user has used it. */
  lock(code: string, userId: number): Promise<(CouponRow & { used: number }) | undefined> {
    return this.#lock('code', code, userId);
  }

  async #lock(
    column: 'code' | 'id',
    value: string | number,
    userId: number,
  ): Promise<(CouponRow & { used: number }) | undefined> {
    const sql = `SELECT ${COLUMNS} FROM coupons WHERE ${column} = $1 FOR UPDATE`;
    const row = await this.database.first<CouponRow>(sql, [value]);
    if (row === undefined) return undefined;
    // Counted after the lock is held: one statement would count by the state before it waited.
    const counted = await this.database.first<{ used: number }>(
      'SELECT count(*) AS used FROM coupon_uses WHERE coupon_id = $1 AND user_id = $2',
      [row.id, userId],
    );
    return { ...row, used: counted?.used ?? 0 };
  }

  /** Reserves a use of a locked coupon for an invoice. */
  async use(couponId: number, userId: number, paymentId: number): Promise<void> {
    await this.database.execute('UPDATE coupons SET uses = uses + 1 WHERE id = $1', [couponId]);
    await this.database.execute('INSERT INTO coupon_uses (payment_id, coupon_id, user_id) VALUES ($1, $2, $3)', [
      paymentId,
      couponId,
      userId,
    ]);
  }

  /** Makes sure that this invoice holds a use, taking one again if need be. False where none is left. */
  async hold(couponId: number, userId: number, paymentId: number): Promise<boolean> {
    const coupon = await this.#lock('id', couponId, userId);
    const held = await this.database.first('SELECT 1 FROM coupon_uses WHERE payment_id = $1', [paymentId]);
    if (held !== undefined) return true;
    if (coupon === undefined || !hasUseLeft(coupon)) return false;
    await this.use(couponId, userId, paymentId);
    return true;
  }

  /** Gives back the uses that these invoices reserved. */
  async giveBack(paymentIds: readonly number[]): Promise<void> {
    await this.database.execute(
      `WITH gone AS (DELETE FROM coupon_uses WHERE payment_id = ANY ($1::bigint[]) RETURNING coupon_id)
       UPDATE coupons SET uses = uses - n FROM (SELECT coupon_id, count(*) AS n FROM gone GROUP BY coupon_id) AS back
       WHERE coupons.id = back.coupon_id`,
      [paymentIds],
    );
  }
}

/** Of a locked coupon: whether it, and this user, may be given one use more. */
export function hasUseLeft(coupon: CouponRow & { readonly used: number }): boolean {
  const isUsedUp = coupon.max_uses !== null && coupon.uses >= coupon.max_uses;
  return !isUsedUp && coupon.used < coupon.max_uses_per_user;
}

export function couponTerms(row: CouponRow): CouponTerms {
  return {
    kind: row.kind,
    percent: row.percent,
    amount: row.amount === null ? null : BigInt(row.amount),
    tiers: row.tiers,
    validFrom: row.valid_from,
    validUntil: row.valid_until,
    disabledAt: row.disabled_at,
  };
}
