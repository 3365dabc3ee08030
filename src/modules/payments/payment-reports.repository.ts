/**
 * What the business earns, by month (UTC): revenue from the books, recurring revenue and churn from paid periods.
 * Keeps: reads only; revenue is net of refunds, of credited rests and of what downgrades gave back.
 */
import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';

export interface MonthRow {
  /** `2026-02`. */
  month: string;
  /** Millionths of a USDT, as text. */
  vip: string;
  premium: string;
  payments: number;
  refunds: number;
  paying_at_start: number;
  /** Paid at the start of the month, and no more at its end (or now). */
  churned: number;
  /** At the end of the month, or now. */
  paying: number;
  /** What the periods that ran at the end of the month, or run now, bring in 30 days. */
  mrr: string;
}

const RUNS = (at: string) =>
  `s.source = 'PAYMENT' AND s.starts_at <= ${at} AND s.ends_at > ${at} AND (s.cut_at IS NULL OR s.cut_at > ${at})`;

const MONTHS = `
  WITH month AS (
    SELECT local.at AT TIME ZONE 'UTC' AS start, (local.at + interval '1 month') AT TIME ZONE 'UTC' AS ends,
      least((local.at + interval '1 month') AT TIME ZONE 'UTC', $2::timestamptz) AS until
    FROM generate_series(date_trunc('month', $2::timestamptz AT TIME ZONE 'UTC') - make_interval(months => $1::int - 1),
      date_trunc('month', $2::timestamptz AT TIME ZONE 'UTC'), interval '1 month') AS local (at)
  )
  SELECT to_char(month.start AT TIME ZONE 'UTC', 'YYYY-MM') AS month, trunc(sold.vip) AS vip, trunc(sold.premium) AS premium,
    sold.payments, sold.refunds, churn.paying_at_start, churn.churned, running.paying, running.mrr
  FROM month
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(m.revenue) FILTER (WHERE p.tier = 'VIP'), 0) AS vip,
      coalesce(sum(m.revenue) FILTER (WHERE p.tier = 'PREMIUM'), 0) AS premium,
      count(*) FILTER (WHERE m.cause = 'PURCHASE') AS payments, count(*) FILTER (WHERE m.cause = 'REFUND') AS refunds
    FROM money_transactions m JOIN payments p ON p.id = m.payment_id
    WHERE m.created_at >= month.start AND m.created_at < month.ends
      AND m.cause IN ('PURCHASE', 'REFUND', 'CREDIT_NOTE')) AS sold
  CROSS JOIN LATERAL (
    SELECT count(*) AS paying_at_start, count(*) FILTER (WHERE NOT EXISTS (
        SELECT FROM subscription_periods s WHERE s.user_id = payer.user_id AND ${RUNS('month.until')})) AS churned
    FROM (SELECT DISTINCT s.user_id FROM subscription_periods s WHERE ${RUNS('month.start')}) AS payer) AS churn
  CROSS JOIN LATERAL (
    SELECT count(DISTINCT s.user_id) AS paying,
      coalesce(trunc(sum(s.paid * 2592000 / extract(epoch FROM s.ends_at - s.starts_at)::numeric)), 0) AS mrr
    FROM subscription_periods s WHERE ${RUNS('month.until')}) AS running
  ORDER BY month.start`;

@Injectable()
export class PaymentReportsRepository {
  constructor(private readonly database: Database) {}

  /** The last `count` months up to `now`, oldest first. */
  months(count: number, now: Date): Promise<MonthRow[]> {
    return this.database.query<MonthRow>(MONTHS, [count, now]);
  }
}
