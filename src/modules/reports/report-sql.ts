/**
 * The statements of daily reports, as text. Sums are exact; each statement reads every trade once, whatever the number
 * of followers. A trade's profit percentage is realised PnL over the margin at entry.
 */

/**
 * What no report has counted and the one of $1 (from), $2 (to) would: trades that ended in its window, and those that
 * were written too late for the report of their own day. $3 is what to add to a time so that its date names its report.
 */
const UNREPORTED = `
  closed_at < $2::timestamptz AND closed_at >= $1::timestamptz - interval '7 days' AND qty > 0
  AND NOT EXISTS (SELECT 1 FROM reported_trades WHERE position_id = positions.id)
  AND (closed_at >= $1::timestamptz OR EXISTS (
    SELECT 1 FROM daily_reports
    WHERE daily_reports.user_id IS NULL AND day = ((closed_at AT TIME ZONE 'UTC') + $3::interval)::date))`;

/** The columns and the source of `trade`; `owner` is whose report a trade goes into. */
const trades = (owner: string) => `id, ${owner} AS owner, symbol, realised_pnl AS pnl, fees, pct,
    (SELECT count(*) FROM unnest(target_hit_at) AS hit WHERE hit IS NOT NULL) AS tp_hits,
    (close_reason = 'STOP')::int AS sl_hits,
    jsonb_build_object('position_id', id, 'symbol', symbol, 'side', side, 'pnl_usdt', trim_scale(realised_pnl)::text,
      'profit_pct', trim_scale(pct)::text) AS told
  FROM positions,
    LATERAL (SELECT round(realised_pnl * 100 * leverage / (planned_qty * entry_price), 4) AS pct) AS margin`;

/**
 * The relation `made` over `trade`: by symbol first, then these sums together. No joins, so that no guess of the planner
 * about how many trades there are can make it slow. `columns` and `grouping` make it a row each or one row for all.
 */
const aggregate = (columns: string, grouping: string) => `
  by_symbol AS (
    SELECT owner, symbol, count(*) AS trades, count(*) FILTER (WHERE pnl > 0) AS wins,
           count(*) FILTER (WHERE pnl < 0) AS losses, sum(pnl) AS pnl, sum(pct) AS pct, sum(fees) AS fees,
           sum(tp_hits) AS tp_hits, sum(sl_hits) AS sl_hits, max(pct) AS best_pct, min(pct) AS worst_pct,
           (array_agg(told ORDER BY pct DESC, id))[1] AS best, (array_agg(told ORDER BY pct, id))[1] AS worst
    FROM trade GROUP BY owner, symbol
  ), made AS (
    SELECT ${columns} jsonb_build_object(
      'total_trades', coalesce(sum(trades), 0), 'winning_trades', coalesce(sum(wins), 0),
      'losing_trades', coalesce(sum(losses), 0),
      'win_rate_pct', trim_scale(round(coalesce(100.0 * sum(wins) / sum(trades), 0), 2))::text,
      'total_pnl_usdt', trim_scale(coalesce(sum(pnl), 0))::text,
      'total_profit_pct', trim_scale(round(coalesce(sum(pct), 0), 2))::text,
      'average_profit_pct', trim_scale(round(coalesce(sum(pct) / sum(trades), 0), 2))::text,
      'fees_usdt', trim_scale(coalesce(sum(fees), 0))::text,
      'tp_hits', coalesce(sum(tp_hits), 0), 'sl_hits', coalesce(sum(sl_hits), 0),
      'best', (array_agg(best ORDER BY best_pct DESC, (best ->> 'position_id')::bigint))[1],
      'worst', (array_agg(worst ORDER BY worst_pct, (worst ->> 'position_id')::bigint))[1],
      'symbols', coalesce(jsonb_agg(jsonb_build_object('symbol', symbol, 'trades', trades,
        'pnl_usdt', trim_scale(pnl)::text, 'profit_pct', trim_scale(round(pct, 2))::text) ORDER BY symbol), '[]'::jsonb)
      ) AS report
    FROM by_symbol ${grouping}
  )`;

const FOR_ALL = aggregate('', '');
const FOR_EACH = aggregate('owner,', 'GROUP BY owner');

/** $1 from, $2 to, $3 shift, $4 user or null: the figures so far, stored nowhere. */
export const COMPUTE = `
  WITH trade AS (
    SELECT ${trades('0')} WHERE ${UNREPORTED} AND ($4::bigint IS NULL OR user_id = $4)
  ), ${FOR_ALL} SELECT report FROM made`;

/** $1 from, $2 to, $3 shift, $4 day: takes the trades that this day's report counts. */
export const CLAIM = `
  INSERT INTO reported_trades (position_id, user_id, day) SELECT id, user_id, $4::date FROM positions WHERE ${UNREPORTED}`;

/** $1 day, $2 now. */
export const STORE_PLATFORM = `
  WITH trade AS (
    SELECT ${trades('0')}
    WHERE id IN (SELECT position_id FROM reported_trades WHERE day = $1::date)
  ), ${FOR_ALL}
  INSERT INTO daily_reports (day, user_id, report, created_at) SELECT $1::date, NULL, report, $2 FROM made`;

/** $1 day, $2 now, $3 and $4: the users after the one and up to the other. */
export const STORE_USERS = `
  WITH trade AS (
    SELECT ${trades('user_id')}
    WHERE id IN (SELECT position_id FROM reported_trades WHERE day = $1::date AND user_id > $3 AND user_id <= $4)
  ), ${FOR_EACH}
  INSERT INTO daily_reports (day, user_id, report, created_at) SELECT $1::date, owner, report, $2 FROM made`;

/** $1 day, $2 after, $3 how many: the last user of the next page, null after the last page. */
export const NEXT_PAGE = `
  SELECT max(user_id) AS last FROM (
    SELECT DISTINCT user_id FROM reported_trades WHERE day = $1::date AND user_id > $2 ORDER BY user_id LIMIT $3) AS page`;
