/**
 * Stores invoices. Keeps: a row is changed only while it is locked, or by a statement that says which status it was in.
 */
import { Injectable } from '@nestjs/common';
import { OPEN_STATUSES, type PaymentStatus } from '../../domain/payment/payment-status.js';
import { lateSince } from '../../domain/payment/settlement.js';
import type { Tier } from '../../domain/subscription/plans.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database, violatedConstraint } from '../../platform/database/database.js';
import { paymentError } from './payments.errors.js';

/** Amounts are whole millionths of a USDT, as text. */
export interface PaymentRow {
  id: number;
  public_id: string;
  user_id: number;
  tier: Tier;
  plan_version: number;
  days: number;
  list_price: string;
  discount: string;
  prorata: string;
  net: string;
  credit_used: string;
  amount: string;
  due: string;
  received: string;
  coupon_id: number | null;
  status: PaymentStatus;
  wallet: string;
  tx_hash: string | null;
  claimed_hash: string | null;
  claimed_at: Date | null;
  note: string;
  period_id: number | null;
  created_at: Date;
  expires_at: Date;
  paid_at: Date | null;
}

export interface PaymentWithUser extends PaymentRow {
  email: string;
  full_name: string;
}

type Later = 'received' | 'status' | 'tx_hash' | 'claimed_hash' | 'claimed_at' | 'note' | 'period_id' | 'paid_at';

export type NewPayment = Omit<PaymentRow, 'id' | Later>;

type Change = Partial<Pick<PaymentRow, Later | 'credit_used' | 'due' | 'discount' | 'prorata' | 'net'>>;

/** The owner of an invoice names no transaction any more. */
export const UNCLAIMED = { tx_hash: null, claimed_hash: null, claimed_at: null } as const;

const COLUMNS = [
  'id',
  'public_id',
  'user_id',
  'tier',
  'plan_version',
  'days',
  'list_price',
  'discount',
  'prorata',
  'net',
  'credit_used',
  'amount',
  'due',
  'received',
  'coupon_id',
  'status',
  'wallet',
  'tx_hash',
  'claimed_hash',
  'claimed_at',
  'note',
  'period_id',
  'created_at',
  'expires_at',
  'paid_at',
];

export const SELECT_PAYMENTS = `SELECT ${COLUMNS.map((column) => `p.${column}`).join(', ')} FROM payments p`;

const WITH_USER = `SELECT ${COLUMNS.map((column) => `p.${column}`).join(', ')}, u.email, u.full_name
  FROM payments p JOIN users u ON u.id = p.user_id`;

export const OPEN_PAYMENTS = `p.status IN (${OPEN_STATUSES.map((status) => `'${status}'`).join(', ')})`;

@Injectable()
export class PaymentsRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * The first of these amounts that no invoice asked for that is open, or ended so lately that money may still come for it
   * (a paid one may be paid twice). Whoever asks is alone with it until the running transaction ends.
   */
  async freeAmount(candidates: readonly string[]): Promise<string | undefined> {
    await this.database.query(`SELECT pg_advisory_xact_lock(hashtextextended('payment-amounts', 0))`);
    const row = await this.database.first<{ amount: string }>(
      `SELECT amount FROM unnest($1::numeric[]) WITH ORDINALITY AS candidate (amount, place)
       WHERE NOT EXISTS (SELECT FROM payments p WHERE ${OPEN_PAYMENTS} AND p.due > 0 AND p.due = candidate.amount)
         AND NOT EXISTS (SELECT FROM payments p WHERE p.due = candidate.amount AND p.expires_at > $2)
         AND NOT EXISTS (SELECT FROM payments p WHERE p.amount = candidate.amount AND p.expires_at > $2)
       ORDER BY place LIMIT 1`,
      [candidates, lateSince(this.clock.now())],
    );
    return row?.amount;
  }

  async insert(payment: NewPayment): Promise<PaymentRow> {
    const row = await this.database.first<{ id: number }>(
      `INSERT INTO payments (public_id, user_id, tier, plan_version, days, list_price, discount, prorata, net,
         credit_used, amount, due, coupon_id, wallet, created_at, expires_at, updated_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $15)
       RETURNING id`,
      [
        payment.public_id,
        payment.user_id,
        payment.tier,
        payment.plan_version,
        payment.days,
        payment.list_price,
        payment.discount,
        payment.prorata,
        payment.net,
        payment.credit_used,
        payment.amount,
        payment.due,
        payment.coupon_id,
        payment.wallet,
        payment.created_at,
        payment.expires_at,
      ],
    );
    const stored = row === undefined ? undefined : await this.lock(row.id);
    if (stored === undefined) throw new Error('the payment could not be stored');
    return stored;
  }

  /** An invoice of this user. */
  find(userId: number, publicId: string): Promise<PaymentRow | undefined> {
    return this.database.first<PaymentRow>(`${SELECT_PAYMENTS} WHERE p.public_id = $1 AND p.user_id = $2`, [
      publicId,
      userId,
    ]);
  }

  /** Of anybody, for administrators. */
  findAny(publicId: string): Promise<PaymentWithUser | undefined> {
    return this.database.first<PaymentWithUser>(`${WITH_USER} WHERE p.public_id = $1`, [publicId]);
  }

  findByIds(ids: readonly number[]): Promise<PaymentRow[]> {
    return this.database.query<PaymentRow>(`${SELECT_PAYMENTS} WHERE p.id = ANY ($1::bigint[]) ORDER BY p.id`, [ids]);
  }

  lock(id: number): Promise<PaymentRow | undefined> {
    return this.database.first<PaymentRow>(`${SELECT_PAYMENTS} WHERE p.id = $1 FOR UPDATE`, [id]);
  }

  listOf(userId: number, beforeId: number | undefined, limit: number): Promise<PaymentRow[]> {
    return this.database.query<PaymentRow>(
      `${SELECT_PAYMENTS} WHERE p.user_id = $1 AND p.id < coalesce($2::bigint, 9223372036854775807) ORDER BY p.id DESC LIMIT $3`,
      [userId, beforeId ?? null, limit],
    );
  }

  openOf(userId: number): Promise<PaymentRow[]> {
    return this.database.query<PaymentRow>(
      `${SELECT_PAYMENTS} WHERE p.user_id = $1 AND ${OPEN_PAYMENTS} ORDER BY p.id`,
      [userId],
    );
  }

  /** What waits for an administrator, oldest first. */
  waiting(limit: number): Promise<PaymentWithUser[]> {
    return this.database.query<PaymentWithUser>(
      `${WITH_USER} WHERE p.status IN ('PENDING', 'CONFIRMING', 'UNDERPAID', 'REVIEW') ORDER BY p.id LIMIT $1`,
      [limit],
    );
  }

  /** Everybody's, newest first; null filters nothing. */
  all(
    statuses: readonly PaymentStatus[] | null,
    tier: Tier | null,
    beforeId: number | undefined,
    limit: number,
  ): Promise<PaymentWithUser[]> {
    return this.database.query<PaymentWithUser>(
      `${WITH_USER} WHERE ($1::text[] IS NULL OR p.status = ANY ($1)) AND ($2::text IS NULL OR p.tier = $2)
         AND p.id < coalesce($3::bigint, 9223372036854775807) ORDER BY p.id DESC LIMIT $4`,
      [statuses, tier, beforeId ?? null, limit],
    );
  }

  /**
   * The invoice that asked for exactly this amount, locked: the open one that waits for it, else the newest, if it has not
   * ended long ago. Of those that are paid none that was paid on an administrator's word: this may be what he saw.
   */
  async lockByDue(due: string, at: Date): Promise<PaymentRow | undefined> {
    const open = await this.database.first<PaymentRow>(
      `${SELECT_PAYMENTS} WHERE ${OPEN_PAYMENTS} AND p.due > 0 AND p.due = $1 FOR UPDATE`,
      [due],
    );
    if (open !== undefined) return open;
    return this.database.first<PaymentRow>(
      `${SELECT_PAYMENTS} WHERE (p.due = $1 OR p.amount = $1) AND p.expires_at > $2 AND p.created_at <= $3
         AND (p.status NOT IN ('PAID', 'REFUNDED') OR NOT EXISTS (
           SELECT FROM money_transactions m WHERE m.payment_id = p.id AND m.cause = 'BY_HAND'))
       ORDER BY p.status IN ('PAID', 'REFUNDED'), p.expires_at DESC LIMIT 1 FOR UPDATE`,
      [due, lateSince(at), at],
    );
  }

  /** The invoice whose owner named this transaction first. */
  findByHash(txHash: string): Promise<PaymentRow | undefined> {
    return this.database.first<PaymentRow>(`${SELECT_PAYMENTS} WHERE p.tx_hash = $1`, [txHash]);
  }

  /** Changes a locked row. Throws 409 where the transaction is named by another invoice. */
  async change(id: number, change: Change): Promise<void> {
    const names = Object.keys(change) as (keyof Change)[];
    const sets = names.map((name, index) => `${name} = $${index + 3}`);
    try {
      await this.database.execute(`UPDATE payments SET ${[...sets, 'updated_at = $2'].join(', ')} WHERE id = $1`, [
        id,
        this.clock.now(),
        ...names.map((name) => change[name]),
      ]);
    } catch (error) {
      if (violatedConstraint(error) === 'uq_payments_tx_hash') throw paymentError('HASH_CLAIMED');
      throw error;
    }
  }

  /**
   * Closes open invoices whose time ended before `before`, those that are confirming (`claimedBefore`) later; answers them
   * as they were.
   */
  expire(before: Date, claimedBefore: Date, limit: number): Promise<PaymentWithUser[]> {
    return this.database.query<PaymentWithUser>(
      `WITH over AS (${SELECT_PAYMENTS} WHERE ${OPEN_PAYMENTS} AND p.expires_at < $1
                       AND (p.status <> 'CONFIRMING' OR p.expires_at < $4)
                     ORDER BY p.expires_at LIMIT $2 FOR UPDATE SKIP LOCKED),
            kept AS (SELECT id, CASE WHEN status <> 'CONFIRMING' THEN tx_hash END AS tx_hash,
                       CASE WHEN status <> 'CONFIRMING' THEN claimed_hash END AS claimed_hash,
                       CASE WHEN status <> 'CONFIRMING' THEN claimed_at END AS claimed_at FROM over),
            closed AS (UPDATE payments SET status = 'EXPIRED', credit_used = 0, received = 0, updated_at = $3,
                         tx_hash = kept.tx_hash, claimed_hash = kept.claimed_hash, claimed_at = kept.claimed_at
                       FROM kept WHERE payments.id = kept.id RETURNING payments.id)
       SELECT over.*, u.email, u.full_name FROM over JOIN closed USING (id) JOIN users u ON u.id = over.user_id ORDER BY over.id`,
      [before, limit, this.clock.now(), claimedBefore],
    );
  }

  /** Serialises what one user buys. False for an unknown user. */
  async lockBuyer(userId: number): Promise<boolean> {
    const sql = 'SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE';
    return (await this.database.first(sql, [userId])) !== undefined;
  }
}
