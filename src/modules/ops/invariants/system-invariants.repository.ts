/**
 * Invariants of signals, of the outbox, of work, and of the guards that the database itself holds.
 * Keeps: each is one query that answers what breaks it; none reads more than what is live or ended since `$1`.
 */
import type { QueryInvariant } from './invariant.js';

const SIGNALS = `
  WITH scope AS (
    SELECT * FROM signals WHERE status IN ('NEW', 'OPENED', 'PARTIAL')
    UNION ALL SELECT * FROM signals WHERE status IN ('CLOSED', 'CANCELLED', 'STOPPED') AND closed_at >= $1
  )`;

/** Finished work is kept for a week: only events younger than this must still have theirs. */
const EVENT_WINDOW = `interval '6 days'`;

/** Deliveries that are looked at: the newest ones. */
const NEWEST = 100_000;

/** Applied at once while a process leads; a crossing that is open for longer is being retried in vain. */
const LATE = `interval '1 minute'`;

/** Tables whose rows are never changed or deleted. */
const APPEND_ONLY = [
  'trade_log',
  'fills',
  'signal_events',
  'decisions',
  'decision_contexts',
  'trade_plans',
  'audit_events',
  'audit_seals',
  'ledger_transactions',
  'money_transactions',
  'subscription_plans',
];

/** Tables whose rows leave for the archive. */
const ARCHIVED = ['positions', 'orders', 'fills', 'trade_log', 'decisions', 'ledger_transactions'];

const IN_ARCHIVE = [...ARCHIVED.map((table) => `archived_${table}`), 'archive_batches'];

/** Triggers and unique indexes without which history could be rewritten or something could happen twice. */
export const GUARDS: readonly string[] = [
  ...[...APPEND_ONLY, ...IN_ARCHIVE].flatMap((table) => [
    `trigger ${table}_append_only`,
    `trigger ${table}_no_truncate`,
  ]),
  ...ARCHIVED.map((table) => `trigger ${table}_leave_with_copy`),
  'trigger positions_kept',
  'trigger orders_kept',
  'trigger signals_archived',
  'trigger accounts_keep_archived',
  'trigger positions_final_status',
  'trigger signals_final_status',
  'trigger safety_switches_history',
  'trigger signal_edits_history',
  'trigger signal_edits_kept',
  'trigger work_items_fence',
  'index ix_positions_user_id_signal_id',
  'index pk_decisions',
  'index ix_orders_account_id_client_order_id',
  'index ix_fills_account_id_trade_id',
  'index ix_signals_source_id_idempotency_key',
  'index ix_signal_edits_signal_id_version',
  'index ix_signal_edits_signal_id_idempotency_key',
  'index ix_signal_events_key',
  'index ix_decision_contexts_signal_id_digest',
  'index ix_trade_plans_digest',
  'index uq_safety_switches_active',
  'index ix_circuit_breakers_scope_value',
  'index ix_work_items_queue_key',
  'index ix_broadcast_messages_key',
  'index ix_deliveries_message_id_channel_target',
  'index uq_ledger_transactions_funding',
  'index ix_audit_seals_event_id',
  'trigger audit_head_rises',
  'trigger audit_head_stays',
  'trigger audit_head_no_truncate',
  'trigger money_transactions_balance',
  'trigger users_no_referral_ring',
  'index ix_money_transactions_cause_reference',
  'index ix_chain_transfers_tx_hash',
  'index uq_payments_tx_hash',
  'index uq_payments_open_due',
];

export const SYSTEM_INVARIANTS: readonly QueryInvariant[] = [
  {
    name: 'guard.in-place',
    statement: 'Every trigger and unique index that guards the books exists and is in force.',
    sql: `
      SELECT guard AS subject, 'missing or switched off' AS detail
      FROM unnest(ARRAY[${GUARDS.map((guard) => `'${guard}'`).join(', ')}]) AS guard
      WHERE guard NOT IN (
        SELECT 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')
        UNION ALL
        SELECT 'index ' || c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE c.relnamespace = 'public'::regnamespace AND i.indisunique AND i.indisvalid)`,
  },
  {
    name: 'signal.every-fact-has-its-event',
    statement: 'A hit target, an end and a post of a signal each have their event.',
    sql: `${SIGNALS}, fact AS (
        SELECT id, 'signal:' || id || ':POSTED' AS key FROM scope
        UNION ALL
        SELECT id, 'signal:' || id || ':TARGET:' || place FROM scope, unnest(target_hit_at) WITH ORDINALITY AS hit (at, place)
        WHERE at IS NOT NULL
        UNION ALL
        SELECT id, 'signal:' || id || ':' || CASE status WHEN 'CLOSED' THEN 'ALL_TARGETS' WHEN 'STOPPED' THEN 'STOP'
          ELSE 'CANCELLED' END FROM scope WHERE status IN ('CLOSED', 'STOPPED', 'CANCELLED')
      )
      SELECT 'signal:' || id AS subject, 'no event ' || key AS detail FROM fact
      WHERE NOT EXISTS (SELECT FROM signal_events e WHERE e.key = fact.key)`,
  },
  {
    name: 'outbox.every-event-has-its-work',
    statement: 'An event of a signal was written together with the work that tells people.',
    sql: `${SIGNALS}
      SELECT 'event:' || e.id AS subject, e.key AS detail FROM scope s JOIN signal_events e ON e.signal_id = s.id
      WHERE e.created_at > $2::timestamptz - ${EVENT_WINDOW} AND NOT EXISTS (
        SELECT FROM work_items w WHERE w.queue = 'signal.event' AND w.key = e.key)`,
  },
  {
    name: 'outbox.waiting-delivery-has-its-work',
    statement: 'A delivery is sent, dead with a reason, or has work that will try it.',
    sql: `
      SELECT 'delivery:' || d.id AS subject, d.status AS detail FROM deliveries d
      WHERE d.id > (SELECT coalesce(max(id), 0) FROM deliveries) - ${NEWEST} AND CASE d.status
        WHEN 'PENDING' THEN NOT EXISTS (
          SELECT FROM work_items w WHERE w.queue = 'delivery' AND w.key = d.id::text AND w.state = 'open')
        WHEN 'DEAD' THEN d.last_error IS NULL ELSE d.sent_at IS NULL END`,
  },
  {
    name: 'safety.flatten-has-its-work',
    statement: 'A switch that flattens, until it is done or cleared, has work that closes what is in its scope.',
    sql: `
      SELECT 'switch:' || id AS subject, scope || ' ' || value AS detail FROM safety_switches s
      WHERE mode = 'flatten' AND cleared_at IS NULL AND flatten_done_at IS NULL AND NOT EXISTS (
        SELECT FROM work_items w WHERE w.queue = 'safety.flatten' AND w.key = s.id::text AND w.state = 'open')`,
  },
  {
    name: 'work.finished-exactly-when-it-ended',
    statement:
      'Work has an end time exactly when it is done or dead; dead work says why; no attempt goes without a fence.',
    sql: `
      SELECT 'work:' || id AS subject, queue || ' ' || key || ' ' || state AS detail FROM work_items
      WHERE state <> 'done'
        AND ((state = 'open') <> (finished_at IS NULL) OR state = 'dead' AND last_error IS NULL OR fence < attempts)`,
  },
  {
    name: 'work.no-crossing-is-late',
    statement: 'A noted price crossing is applied within a minute.',
    sql: `
      SELECT 'work:' || id AS subject, key AS detail FROM work_items
      WHERE queue = 'crossing' AND state = 'open' AND created_at < $2::timestamptz - ${LATE}`,
  },
];
