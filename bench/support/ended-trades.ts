/** Ends the trades of a signal by hand, with what each leaves behind: $1 is the signal. */
export const CLOSE_ALL: readonly string[] = [
  `WITH ordered AS (
     INSERT INTO orders (position_id, user_id, account_id, client_order_id, leg, side, type, reduce_only, qty, filled_qty,
       average_price, status, created_at, updated_at)
     SELECT id, user_id, account_id, md5('x' || id), 'SL', 'SELL', 'STOP_MARKET', true, remaining_qty, remaining_qty, 96,
       'FILLED', now(), now() FROM positions WHERE signal_id = $1
     RETURNING id, position_id, user_id, account_id, qty
   ), filled AS (
     INSERT INTO fills (order_id, position_id, user_id, account_id, trade_id, effect, price, qty, fee, liquidity, realised_pnl,
       created_at)
     SELECT id, position_id, user_id, account_id, md5('x' || position_id) || ':1', 'EXIT', 96, qty, qty * 0.048, 'TAKER',
       qty * -4, now() FROM ordered
   ), logged AS (
     INSERT INTO trade_log (position_id, user_id, signal_id, type, message, meta, created_at)
     SELECT position_id, user_id, $1, 'SL_HIT', 'Stop hit at 96', jsonb_build_object('qty', qty::text, 'fee', (qty * 0.048)::text),
       now() FROM ordered
   )
   INSERT INTO ledger_transactions (account_id, position_id, cause, cash, margin, fees, realised, created_at)
   SELECT account_id, id, 'EXIT', margin - remaining_qty * 4.048, -margin, remaining_qty * 0.048, remaining_qty * 4, now()
   FROM positions WHERE signal_id = $1`,
  `UPDATE accounts SET margin_used = margin_used - p.margin, open_positions = open_positions - 1,
     balance = balance - p.remaining_qty * 4.048, updated_at = now()
   FROM positions p WHERE p.signal_id = $1 AND accounts.id = p.account_id`,
  `UPDATE positions SET status = 'STOPPED', close_reason = 'STOP', exit_price = 96, margin = 0, cost = 0, remaining_qty = 0,
     realised_pnl = realised_pnl - remaining_qty * 4.048, fees = fees + remaining_qty * 0.048, closed_at = now(),
     updated_at = now()
   WHERE signal_id = $1`,
  `UPDATE signals SET status = 'STOPPED', close_reason = 'STOP', closed_at = now(), updated_at = now() WHERE id = $1`,
];

/** Signals that have ended, with their events and contexts, and the finished work of telling people about them. */
export const OLD_SIGNALS: readonly string[] = [
  `INSERT INTO signals (source_id, symbol, side, trade_type, duration, entry, stop_loss, target_prices, target_hit_at, leverage,
     confidence, status, close_reason, entry_type, dispatched_at, created_at, updated_at, closed_at)
   SELECT 1 + n % 2, 'OLD' || n % 200 || 'USDT', 'LONG', 'FUTURES', 'SHORT', 100, 96, '{110,120,130}', '{NULL,NULL,NULL}', 10, 90,
     'STOPPED', 'STOP', 'MARKET', at, at, at, at
   FROM generate_series(1, 20000) AS n, LATERAL (SELECT now() - n * interval '50 minutes' AS at) AS time`,
  `INSERT INTO signal_events (signal_id, type, price, key, created_at)
   SELECT id, type, 100, 'signal:' || id || ':' || type, created_at FROM signals, unnest(ARRAY['POSTED', 'STOP']) AS type
   WHERE symbol LIKE 'OLD%'`,
  `INSERT INTO decision_contexts (signal_id, digest, context, created_at)
   SELECT id, 'old', '{}', created_at FROM signals WHERE symbol LIKE 'OLD%'`,
  `INSERT INTO work_items (queue, key, payload, priority, available_at, created_at, state, finished_at)
   SELECT 'signal.event', 'old:' || n, '{}', 100, '-infinity', at, 'done', at
   FROM generate_series(1, 50000) AS n, LATERAL (SELECT now() - n * interval '10 seconds' AS at) AS time`,
];
