/**
 * Invariants of single positions and accounts: each is one condition over the facts that are gathered for it.
 * Keeps: the facts are gathered once for all conditions, from live positions and those that ended since `$1`, so that a
 * check every minute does not grow with history. Adding an invariant is adding a line to a list.
 */
import type { RowInvariant } from './invariant.js';

const LIVE = `('PENDING', 'OPEN', 'PARTIAL')`;
const LIVE_ORDER = `('SUBMITTING', 'OPEN', 'PARTIALLY_FILLED', 'UNKNOWN')`;

/**
 * One row per position: `p` the position, `a` its account, `f` sums of its fills, `o` counts of its orders, `l` counts
 * of its log, `d` counts of its decisions, `g` sums of its legs; what of its entries waits, and what that would cost.
 * Gathered position by position over indexes: a join of sums has no statistics, and may be planned as all with all.
 * `all_`: archived trades too, which ended too long ago for the check of every minute.
 */
export const positionFacts = (side: '' | 'all_') => `
  WITH fact AS (
    SELECT p, a, f, o, l, d, g, t.body -> 'values' ->> 'stop.unit' AS stop_unit,
      CASE WHEN p.status NOT IN ${LIVE} OR p.entries_closed THEN 0 ELSE coalesce(g.waiting, p.planned_qty - p.qty) END AS waiting,
      CASE WHEN p.status NOT IN ${LIVE} OR p.entries_closed THEN 0
        ELSE coalesce(g.waiting_value, (p.planned_qty - p.qty) * p.entry_price) END AS waiting_value
    FROM (
      SELECT * FROM positions WHERE status IN ${LIVE}
      UNION ALL SELECT * FROM ${side}positions WHERE closed_at >= $1
    ) AS p
    LEFT JOIN accounts a ON a.id = p.account_id
    LEFT JOIN trade_plans t ON t.id = p.plan_id
    CROSS JOIN LATERAL (
      SELECT sum(leg.qty) AS planned, sum(leg.filled) AS filled,
        sum(leg.qty - leg.filled) FILTER (WHERE place <= cardinality(p.leg_qtys) - p.safety_legs) AS waiting,
        sum((leg.qty - leg.filled) * leg.price) AS waiting_value
      FROM unnest(p.leg_prices, p.leg_qtys, p.leg_filled) WITH ORDINALITY AS leg (price, qty, filled, place)
    ) AS g
    CROSS JOIN LATERAL (
      SELECT count(*) AS count,
        coalesce(sum(f.qty) FILTER (WHERE f.effect = 'ENTRY'), 0) AS entry_qty,
        coalesce(sum(f.qty) FILTER (WHERE f.effect = 'EXIT'), 0) AS exit_qty,
        coalesce(sum(f.realised_pnl), 0) AS gross, coalesce(sum(f.fee), 0) AS fees,
        coalesce(sum(CASE WHEN f.effect = 'ENTRY' THEN f.price * f.qty
          ELSE CASE p.side WHEN 'LONG' THEN f.realised_pnl ELSE -f.realised_pnl END - f.price * f.qty END), 0) AS cost,
        count(*) FILTER (WHERE (f.user_id, f.account_id) IS DISTINCT FROM (p.user_id, p.account_id)) AS strange
      FROM ${side}fills f WHERE f.position_id = p.id
    ) AS f
    CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE o.status IN ${LIVE_ORDER}) AS live,
        coalesce(sum(o.qty - o.filled_qty) FILTER (WHERE o.status IN ${LIVE_ORDER} AND o.leg LIKE 'ENTRY%'), 0) AS live_entry_qty,
        coalesce(sum(o.qty - o.filled_qty) FILTER (WHERE o.status IN ${LIVE_ORDER} AND o.reduce_only), 0) AS live_exit_qty,
        count(*) FILTER (WHERE o.filled_qty <> (SELECT coalesce(sum(f.qty), 0) FROM ${side}fills f
          WHERE f.position_id = o.position_id AND f.order_id = o.id)) AS unlike_fills,
        count(*) FILTER (WHERE (o.status = 'FILLED') <> (o.filled_qty = o.qty)) AS unlike_status,
        count(*) FILTER (WHERE o.status NOT IN ('REJECTED', 'EXPIRED', 'CANCELLED'))
          - count(DISTINCT o.leg) FILTER (WHERE o.status NOT IN ('REJECTED', 'EXPIRED', 'CANCELLED')) AS repeated_legs,
        count(*) FILTER (WHERE (o.user_id, o.account_id) IS DISTINCT FROM (p.user_id, p.account_id)) AS strange
      FROM ${side}orders o WHERE o.position_id = p.id
    ) AS o
    CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE l.type <> 'PENDING' AND (l.meta ->> 'qty')::numeric > 0 AND l.meta ? 'fee') AS fills,
        count(*) FILTER (WHERE l.type IN ('TP_HIT', 'SL_HIT', 'CLOSE', 'CANCELLED', 'REVERSAL', 'LIQUIDATION')) AS ends,
        count(*) FILTER (WHERE l.user_id <> p.user_id) AS strange
      FROM ${side}trade_log l WHERE l.position_id = p.id
    ) AS l
    CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE d.verdict = 'OPENED' AND d.position_id = p.id) AS opened
      FROM ${side}decisions d WHERE d.signal_id = p.signal_id AND d.user_id = p.user_id
    ) AS d
  )`;

export const POSITION_INVARIANTS: readonly RowInvariant[] = [
  {
    name: 'position.qty-is-its-entry-fills',
    statement: 'A position holds what its entry fills bought: qty = sum of entry fills.',
    brokenWhen: '(p).qty <> (f).entry_qty',
  },
  {
    name: 'position.remaining-is-entries-less-exits',
    statement: 'What remains is what was bought less what was sold: remaining = entry fills − exit fills.',
    brokenWhen: '(p).remaining_qty <> (f).entry_qty - (f).exit_qty',
  },
  {
    name: 'position.pnl-is-its-fills',
    statement:
      'Realised PnL = sum over fills of realised PnL − fee, and funding, exactly; a liquidated one has settled with the insurance fund besides.',
    brokenWhen: `(p).close_reason IS DISTINCT FROM 'LIQUIDATION'
      AND (p).realised_pnl - (p).funding <> (f).gross - (f).fees`,
  },
  {
    name: 'position.fees-are-its-fills',
    statement: 'Fees of a position = sum of the fees of its fills.',
    brokenWhen: '(p).fees <> (f).fees',
  },
  {
    name: 'position.status-is-its-quantity',
    statement: 'PENDING holds nothing; OPEN holds all of it; PARTIAL holds a part; an ended one holds nothing.',
    brokenWhen: `CASE (p).status WHEN 'OPEN' THEN (p).remaining_qty <> (p).qty OR (p).qty = 0
      WHEN 'PARTIAL' THEN (p).remaining_qty >= (p).qty OR (p).remaining_qty = 0 ELSE (p).remaining_qty <> 0 END`,
  },
  {
    name: 'position.held-has-a-target-left',
    statement: 'A held position has a target that is not hit: the last one closes all that remains.',
    brokenWhen: `(p).status IN ('OPEN', 'PARTIAL') AND array_position((p).target_hit_at, NULL) IS NULL`,
  },
  {
    name: 'position.held-has-a-stop',
    statement: 'A held position has a stop or trails, unless its plan says explicitly that it has none.',
    brokenWhen: `(p).status IN ('OPEN', 'PARTIAL') AND ((p).stop_loss > 0) IS NOT TRUE AND (p).trail_percent IS NULL
      AND stop_unit IS DISTINCT FROM 'NONE'`,
  },
  {
    name: 'position.cost-is-its-fills',
    statement: 'Cost = what the entry fills cost less what the exits have taken of it, exactly.',
    brokenWhen: '(p).cost <> (f).cost',
  },
  {
    name: 'position.legs-are-its-quantities',
    statement: 'The legs of a plan sum to what is planned, and what of them has filled to what was entered.',
    brokenWhen: '(g).planned <> (p).planned_qty OR (g).filled <> (p).qty',
  },
  {
    name: 'position.margin-covers-its-orders',
    statement: 'The margin of a planned position covers what is held and every order that waits.',
    brokenWhen: `(p).plan_id IS NOT NULL AND (p).status IN ${LIVE}
      AND (p).margin * (p).leverage < (p).cost + waiting_value`,
  },
  {
    name: 'position.entries-have-their-orders',
    statement: 'Live entry orders sum to what of the entries still waits.',
    brokenWhen: '(o).live_entry_qty <> waiting',
  },
  {
    name: 'position.no-due-time-is-missed',
    statement: 'An expired entry or a timed exit is carried out within five minutes.',
    brokenWhen: `(p).status IN ${LIVE} AND least((p).entry_expires_at, (p).exit_at) < $2::timestamptz - interval '5 minutes'`,
  },
  {
    name: 'position.ended-has-no-live-order',
    statement: 'An ended position has no live order.',
    brokenWhen: `(p).status NOT IN ${LIVE} AND (o).live > 0`,
  },
  {
    name: 'position.ended-frees-its-margin',
    statement: 'An ended position reserves no margin; a live one reserves some.',
    brokenWhen: `((p).status IN ${LIVE}) <> ((p).margin > 0)`,
  },
  {
    name: 'position.has-one-decision',
    statement: 'A position of a signal has exactly one decision, which names it.',
    brokenWhen: '(p).signal_id IS NOT NULL AND (d).opened <> 1',
  },
  {
    name: 'order.filled-is-its-fills',
    statement: 'The filled quantity of an order = sum of its fills.',
    brokenWhen: '(o).unlike_fills > 0',
  },
  {
    name: 'order.status-is-its-filling',
    statement: 'An order is FILLED exactly when its whole quantity is filled.',
    brokenWhen: '(o).unlike_status > 0',
  },
  {
    name: 'order.one-per-leg',
    statement: 'A position has at most one order per leg that was neither refused nor withdrawn.',
    brokenWhen: '(o).repeated_legs > 0',
  },
  {
    name: 'order.exits-within-remaining',
    statement: 'Live reduce-only orders never sum to more than what remains.',
    brokenWhen: '(o).live_exit_qty > (p).remaining_qty',
  },
  {
    name: 'log.tells-every-fill',
    statement: 'Every fill has exactly one row in the trade log.',
    brokenWhen: '(l).fills <> (f).count',
  },
  {
    name: 'log.tells-every-end',
    statement: 'Every ended position has a row in the trade log that says how.',
    brokenWhen: `(p).status NOT IN ${LIVE} AND (l).ends = 0`,
  },
  {
    name: 'tenant.child-as-parent',
    statement:
      'Orders, fills and log belong to the owner and the account of their position, and the account to the owner.',
    brokenWhen: '(a).user_id IS DISTINCT FROM (p).user_id OR (f).strange > 0 OR (o).strange > 0 OR (l).strange > 0',
  },
];

/** One row per account: `a` the account, `margin` and `live` the sums over its live positions. */
export const ACCOUNT_FACTS = `
  WITH summed AS (
    SELECT id, sum(margin) AS margin, sum(live) AS live FROM (
      SELECT id, 0 AS margin, 0 AS live FROM accounts
      UNION ALL SELECT account_id, margin, 1 FROM positions WHERE status IN ${LIVE}
    ) AS part GROUP BY id
  ), fact AS (SELECT a, live, margin FROM summed JOIN accounts a USING (id))`;

export const ACCOUNT_INVARIANTS: readonly RowInvariant[] = [
  {
    name: 'account.margin-is-its-live-positions',
    statement: 'Margin in use = sum of the margins of the live positions of the account.',
    brokenWhen: '(a).margin_used <> margin',
  },
  {
    name: 'account.count-is-its-live-positions',
    statement: 'The open positions that an account counts are its live positions.',
    brokenWhen: '(a).open_positions <> live',
  },
];
