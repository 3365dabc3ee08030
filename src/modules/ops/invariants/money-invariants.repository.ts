/**
 * Invariants of customers' money: what was credited is what was verified, and every balance, invoice and hold is the sum of
 * its entries.
 * Keeps: these read all payments, so they are asked over all history only (`npm run invariants`, tests). That each entry sums
 * to zero and that no balance is below zero needs no question: CHECKs refuse anything else.
 */
import type { QueryInvariant } from './invariant.js';

/** Over all history. */
const WHOLE = `$1::timestamptz = '-infinity'`;

/** Entries of each payment, added up over an index. */
const OF_PAYMENTS = `
  WITH payment AS (
    SELECT p.*, e.held, e.revenue FROM payments p CROSS JOIN LATERAL (
      SELECT coalesce(sum(held), 0) AS held, coalesce(sum(revenue), 0) AS revenue
      FROM money_transactions WHERE payment_id = p.id) AS e
    WHERE ${WHOLE}
  )`;

export const MONEY_INVARIANTS: readonly QueryInvariant[] = [
  {
    name: 'payment.credited-is-verified',
    statement: 'What was credited is the sum of the verified transfers; each has its one entry, of its amount.',
    sql: `
      SELECT 'transfer:' || coalesce(t.tx_hash, m.reference) AS subject,
        coalesce(t.status, 'unknown') || ' ' || coalesce(trim_scale(t.amount)::text, '-') || ', credited '
          || coalesce(trim_scale(-m.received)::text, '-') AS detail
      FROM (SELECT * FROM chain_transfers WHERE ${WHOLE}) AS t
        FULL JOIN (SELECT * FROM money_transactions WHERE cause = 'TRANSFER' AND ${WHOLE}) AS m
          ON m.reference = t.tx_hash AND m.payment_id = t.payment_id
      WHERE (t.status IS NOT DISTINCT FROM 'CREDITED') <> (m.id IS NOT NULL) OR m.received <> -t.amount`,
  },
  {
    name: 'payment.moved-is-whole',
    statement: 'A credited transfer that was moved left one customer and came to another one, once and whole.',
    sql: `
      SELECT 'transfer:' || coalesce(o.reference, i.reference) AS subject,
        coalesce(trim_scale(o.received)::text, '-') || ' moved out, ' || coalesce(trim_scale(-i.received)::text, '-')
          || ' in, of ' || coalesce(trim_scale(t.amount)::text, '-') AS detail
      FROM (SELECT * FROM money_transactions WHERE cause = 'MOVED_OUT' AND ${WHOLE}) AS o
        FULL JOIN (SELECT * FROM money_transactions WHERE cause = 'MOVED_IN' AND ${WHOLE}) AS i ON i.reference = o.reference
        LEFT JOIN chain_transfers t ON t.tx_hash = coalesce(o.reference, i.reference) AND t.status = 'CREDITED'
      WHERE o.received IS DISTINCT FROM t.amount OR -i.received IS DISTINCT FROM t.amount OR t.amount IS NULL
        OR o.user_id = i.user_id OR o.payment_id IS DISTINCT FROM t.payment_id`,
  },
  {
    name: 'payment.balance-is-its-sums',
    statement: 'The balance of a customer is the sum of the credit of their entries.',
    sql: `
      SELECT 'user:' || coalesce(b.user_id, m.user_id) AS subject,
        trim_scale(coalesce(b.credit, 0)) || ' instead of ' || trim_scale(coalesce(m.credit, 0)) AS detail
      FROM (SELECT * FROM customer_balances WHERE ${WHOLE}) AS b
        FULL JOIN (SELECT user_id, sum(credit) AS credit FROM money_transactions WHERE ${WHOLE} GROUP BY user_id) AS m
          USING (user_id)
      WHERE coalesce(b.credit, 0) <> coalesce(m.credit, 0)`,
  },
  {
    name: 'payment.open-holds-what-came',
    statement: 'An open invoice holds the credit it uses and what was received for it; an ended one holds nothing.',
    sql: `${OF_PAYMENTS}, due AS (
        SELECT *, CASE WHEN status IN ('PENDING', 'CONFIRMING', 'UNDERPAID', 'REVIEW') THEN credit_used + received
          ELSE 0 END AS should_hold FROM payment)
      SELECT 'payment:' || public_id AS subject,
        status || ' holds ' || trim_scale(held) || ' instead of ' || trim_scale(should_hold) AS detail
      FROM due WHERE held <> should_hold`,
  },
  {
    name: 'payment.paid-sold-for-its-net-price',
    statement:
      'A paid invoice has brought its net price as revenue, less what was credited of its plan; a refunded one what of its plan is in another; any other nothing.',
    sql: `${OF_PAYMENTS}, sold AS (
        SELECT p.*, CASE p.status
            WHEN 'PAID' THEN net - coalesce(s.carried, 0) * (s.carried_into_id IS NULL)::int
            WHEN 'REFUNDED' THEN coalesce(s.carried, 0) * (s.carried_into_id IS NOT NULL)::int
            ELSE 0 END AS price
        FROM payment p LEFT JOIN subscription_periods s ON s.id = p.period_id)
      SELECT 'payment:' || public_id AS subject,
        status || ' brought ' || trim_scale(revenue) || ' instead of ' || trim_scale(price) AS detail
      FROM sold WHERE revenue <> price`,
  },
  {
    name: 'payment.rest-counts-once',
    statement:
      'What a paid invoice takes off for other plans was carried into its period out of theirs, and makes its price.',
    sql: `
      SELECT 'payment:' || p.public_id AS subject, trim_scale(p.prorata) || ' taken off, ' || trim_scale(c.carried)
        || ' carried, period paid with ' || coalesce(trim_scale(s.paid)::text, '-') AS detail
      FROM payments p LEFT JOIN subscription_periods s ON s.id = p.period_id CROSS JOIN LATERAL (
        SELECT coalesce(sum(carried), 0) AS carried FROM subscription_periods WHERE carried_into_id = p.period_id) AS c
      WHERE ${WHOLE} AND p.status = 'PAID' AND (c.carried <> p.prorata OR s.paid IS DISTINCT FROM p.net + p.prorata)`,
  },
  {
    name: 'payment.nobody-gets-back-more-than-came',
    statement:
      'What was refunded and credited to a customer is never more than what their plans cost: revenue is never negative.',
    sql: `
      SELECT 'user:' || user_id AS subject, 'revenue ' || trim_scale(sum(revenue)) AS detail
      FROM money_transactions WHERE ${WHOLE} GROUP BY user_id HAVING sum(revenue) < 0`,
  },
  {
    name: 'payment.bonus-of-money-that-stays',
    statement:
      'When a referral bonus was paid, bonuses of that customer were reckoned on no more than stayed of their money.',
    sql: `
      WITH bonus AS (
        SELECT m.id, m.bonuses, m.bonus_base, p.user_id, p.public_id,
          sum(m.bonus_base) OVER (PARTITION BY p.user_id ORDER BY m.id) AS base
        FROM money_transactions m JOIN payments p ON p.id = m.payment_id
        WHERE ${WHOLE} AND m.cause IN ('BONUS', 'BONUS_BACK'))
      SELECT 'payment:' || public_id AS subject,
        'bonuses on ' || trim_scale(base) || ' of ' || trim_scale(least(revenue, received)) AS detail
      FROM bonus b CROSS JOIN LATERAL (
        SELECT coalesce(sum(revenue), 0) AS revenue,
          coalesce(-sum(received), 0) - coalesce(sum(paid_out) FILTER (WHERE cause = 'REFUND'), 0) AS received
        FROM money_transactions WHERE user_id = b.user_id AND id <= b.id) AS stays
      WHERE base < 0 OR bonus_base > 0 AND base > least(revenue, received) OR abs(bonuses) > abs(bonus_base)`,
  },
  {
    name: 'payment.coupon-uses-are-counted',
    statement: 'A coupon counts the uses that open and sold invoices hold; every one of them holds its use.',
    sql: `
      SELECT 'coupon:' || c.code AS subject, c.uses || ' uses instead of ' || u.held AS detail
      FROM coupons c CROSS JOIN LATERAL (SELECT count(*) AS held FROM coupon_uses WHERE coupon_id = c.id) AS u
      WHERE ${WHOLE} AND c.uses <> u.held
      UNION ALL
      SELECT 'payment:' || p.public_id, p.status || ' without a use of its coupon' FROM payments p
      WHERE ${WHOLE} AND p.coupon_id IS NOT NULL AND p.status IN ('PENDING', 'CONFIRMING', 'UNDERPAID', 'PAID')
        AND NOT EXISTS (SELECT FROM coupon_uses u WHERE u.payment_id = p.id)`,
  },
  {
    name: 'payment.paid-has-its-period',
    statement: 'A paid invoice has the time at which it was paid and the period it bought.',
    sql: `
      SELECT 'payment:' || public_id AS subject, 'no period' AS detail
      FROM payments WHERE ${WHOLE} AND status = 'PAID' AND (paid_at IS NULL OR period_id IS NULL)`,
  },
];
