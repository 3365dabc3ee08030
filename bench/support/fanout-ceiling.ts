/**
 * The rows of a fan-out written by hand: one set-based statement for half of the followers, without any decision.
 * Keeps: the same tables, columns, checks and account figures as the application writes; what differs between followers
 * is computed from their settings in SQL.
 */
import { accountBooking } from '../../src/modules/trading/changes/account-counters.repository.js';

export interface CeilingShape {
  /** Every follower has limits of every kind. */
  readonly limits: boolean;
  /** Ten targets, three safety orders. */
  readonly fullPlan: boolean;
}

export interface Ceiling {
  readonly signal: string;
  readonly context: string;
  readonly plan: string;
  /** $1 the signal, $2 the half (user id modulo 2), $3 the context. */
  readonly write: string;
}

/** Limits of every kind, none of which refuses. */
export const LIMITS = JSON.stringify({
  max_per_symbol: 50,
  max_per_direction: 500,
  max_per_source: 500,
  max_total_margin_usdt: '90000',
  max_group_exposure_usdt: '1000000',
  max_daily_trades: 10_000,
  max_daily_loss_percent: '50',
  max_drawdown_percent: '90',
  losing_streak_losses: 5,
  cooldown_after_loss_minutes: 10,
  min_confidence: 50,
  max_worst_case_loss_usdt: '90000',
  trading_hours: [{ days: ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'], from: '00:00', to: '00:00' }],
});

/** The same limits as a receipt holds them: by their places. */
const STORED_LIMITS = JSON.stringify([
  50,
  500,
  500,
  '90000',
  '1000000',
  null,
  10_000,
  null,
  '50',
  '90',
  5,
  null,
  null,
  10,
  [{ days: ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'], from: '00:00', to: '00:00' }],
  null,
  50,
  '90000',
]);

const STATE = JSON.stringify([1, 1, 1, 'B', '100', '0', '10', 1, '0', '100000', null, '0', 0, null, null, null, 5_000]);

/** The signal's plan in both forms: ten targets, three safety orders and stop rules, as a signal carries it. */
export const FULL_PLAN = {
  targets: { unit: 'PERCENT', values: ['2', '4', '6', '8', '10', '12', '14', '16', '18', '20'], split: 'EVEN' },
  safety: { levels: 3, step_percent: '0.5' },
  stop: {
    rules: [
      { action: 'BREAKEVEN', at_target: 1 },
      { action: 'MOVING_TARGET', at_target: 3 },
      { action: 'BELOW_HIGHEST', at_target: 5, percent: '3' },
    ],
  },
} as const;

interface Columns {
  readonly prices: string;
  readonly qtys: string;
  readonly hits: string;
  readonly planned: string;
  /** Notional of all orders. */
  readonly notional: string;
  readonly legs: { readonly names: string; readonly values: string };
}

const THREE_TARGETS: Columns = {
  prices: `'{110,120,130}'`,
  qtys: 'ARRAY[trunc(qty / 3, 3), trunc(qty / 3, 3), qty - 2 * trunc(qty / 3, 3)]',
  hits: `'{NULL,NULL,NULL}'`,
  planned: 'qty',
  notional: 'qty * 100',
  legs: { names: '', values: '' },
};

const RUNG = 'trunc(qty / 10, 3)';

const TEN_TARGETS: Columns = {
  prices: `'{102,104,106,108,110,112,114,116,118,120}'`,
  qtys: `ARRAY[${Array.from({ length: 9 }, () => RUNG).join(', ')}, qty - 9 * ${RUNG}]`,
  hits: `'{NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL}'`,
  planned: 'qty * 4',
  notional: 'qty * 397',
  legs: {
    names: ', leg_prices, leg_qtys, leg_filled, safety_legs',
    values: `, '{100,99.5,99,98.5}', ARRAY[qty, qty, qty, qty], ARRAY[qty, 0, 0, 0], 3`,
  },
};

/** The statements for one shape of followers. */
export function ceilingOf(shape: CeilingShape): Ceiling {
  return { signal: SIGNAL, context: CONTEXT, plan: PLAN, write: writeOf(shape) };
}

const SIGNAL = `
  INSERT INTO signals (source_id, symbol, side, trade_type, duration, entry, stop_loss, target_prices, target_hit_at, leverage,
    confidence, status, entry_type, dispatched_at, created_at, updated_at)
  VALUES (1, 'CEILUSDT', 'LONG', 'FUTURES', 'SHORT', 100, 96, '{110,120,130}', '{NULL,NULL,NULL}', 10, 90, 'OPENED', 'MARKET',
    now(), now(), now()) RETURNING id`;

const CONTEXT = `
  INSERT INTO decision_contexts (signal_id, digest, context, created_at) VALUES ($1, 'ceiling', '{}', now()) RETURNING id`;

/** The plan that the ceiling's positions follow. */
const PLAN = `INSERT INTO trade_plans (digest, body, created_at) VALUES ('ceiling', '{}', now()) ON CONFLICT DO NOTHING`;

/** What the application stores of a follower. */
function factsOf({ limits }: CeilingShape, { notional }: Columns): string {
  const own = limits ? `, '${STORED_LIMITS}'::jsonb, '${STATE}'::jsonb, '[]'::jsonb` : '';
  return `jsonb_build_array(7, 'TRIAL', 0, per_trade_usdt::text, leverage, 50, '0', balance::text, margin_used::text,
  open_positions, jsonb_build_array(leverage, qty::text, (${notional})::text, (${notional} / leverage)::text,
  (qty * 0.05)::text, (qty * 10.1)::text, NULL, '90.492462311558')${own})`;
}

const BOOKING = accountBooking({ now: 'now()', delta: '-fees', trades: '1' });

/** The rows that the application writes, by one statement. */
function writeOf(shape: CeilingShape): string {
  const columns = shape.fullPlan ? TEN_TARGETS : THREE_TARGETS;
  return `
  WITH follower AS MATERIALIZED (
    SELECT u.id AS user_id, a.id AS account_id, s.leverage, s.per_trade_usdt, a.balance, a.margin_used, a.open_positions, floor(s.per_trade_usdt * s.leverage / 100 / 0.001) * 0.001 AS qty
    FROM users u JOIN user_settings s ON s.user_id = u.id JOIN accounts a ON a.user_id = u.id AND a.exchange = 'paper'
    WHERE u.auto_trade_enabled AND u.disabled_at IS NULL AND u.id % 2 = $2
  ), opened AS (
    INSERT INTO positions (user_id, account_id, signal_id, symbol, side, mode, exchange, status, entry_type, leverage, planned_qty,
      qty, remaining_qty, entry_price, stop_loss, target_prices, target_qtys, target_hit_at, margin, realised_pnl, fees, created_at,
      opened_at, updated_at, plan_id, cost${columns.legs.names})
    SELECT user_id, account_id, $1, 'CEILUSDT', 'LONG', 'paper', 'paper', 'OPEN', 'MARKET', leverage, ${columns.planned}, qty, qty, 100, 96,
      ${columns.prices}, ${columns.qtys}, ${columns.hits},
      ${columns.notional} / leverage, -qty * 0.05, qty * 0.05, now(), now(), now(),
      (SELECT id FROM trade_plans WHERE digest = 'ceiling'), qty * 100${columns.legs.values}
    FROM follower RETURNING id, user_id, account_id, qty, leverage, margin, fees
  ), ordered AS (
    INSERT INTO orders (position_id, user_id, account_id, client_order_id, leg, side, type, reduce_only, qty, filled_qty,
      average_price, status, created_at, updated_at)
    SELECT id, user_id, account_id, md5('c' || id), 'ENTRY', 'BUY', 'MARKET', false, qty, qty, 100, 'FILLED', now(), now()
    FROM opened RETURNING id, position_id, user_id, account_id, qty
  ), filled AS (
    INSERT INTO fills (order_id, position_id, user_id, account_id, trade_id, effect, price, qty, fee, liquidity, created_at)
    SELECT id, position_id, user_id, account_id, md5('c' || position_id) || ':1', 'ENTRY', 100, qty, qty * 0.05, 'TAKER', now()
    FROM ordered
  ), logged AS (
    INSERT INTO trade_log (position_id, user_id, signal_id, type, message, meta, created_at)
    SELECT id, user_id, $1, 'OPEN', 'LONG CEILUSDT ' || qty || ' opened at 100',
      jsonb_build_object('price', '100', 'qty', qty::text, 'fee', fees::text, 'leg', 'ENTRY'), now() FROM opened
  ), decided AS (
    INSERT INTO decisions (signal_id, user_id, position_id, verdict, detail, context_id, rules_version, facts, created_at)
    SELECT $1, user_id, opened.id, 'OPENED',
      jsonb_build_object('qty', opened.qty::text, 'leverage', opened.leverage, 'margin', margin::text), $3, 1, facts, now()
    FROM opened JOIN (SELECT user_id, ${factsOf(shape, columns)} AS facts FROM follower) AS fact USING (user_id)
  ), booked AS (
    INSERT INTO ledger_transactions (account_id, position_id, cause, cash, margin, fees, created_at)
    SELECT account_id, id, 'ENTRY', -margin - fees, margin, fees, now() FROM opened
  )
  UPDATE accounts SET ${BOOKING}, margin_used = margin_used + margin, open_positions = open_positions + 1,
    updated_at = now() FROM opened WHERE accounts.id = opened.account_id`;
}
