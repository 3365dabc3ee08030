/**
 * Each guard of the database is what refuses: an attack fails while the guard is there, succeeds once it is taken away,
 * and is then noticed by an invariant. So no guard is idle, and none is the only one to know.
 */
import request from 'supertest';
import { InvariantsRepository } from '../../src/modules/ops/invariants/invariants.repository.js';
import { GUARDS } from '../../src/modules/ops/invariants/system-invariants.repository.js';
import { sqlState } from '../../src/platform/database/database.js';
import { makePerson } from '../factories/people.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';

const ROLLED_BACK = new Error('rolled back');

/** Copies a row, with some columns changed; `id` is made anew. */
const copyOf = (table: string, columns: string, values: string) =>
  `INSERT INTO ${table} (${columns}) SELECT ${values} FROM ${table} ORDER BY 1 LIMIT 1`;

const POSITION = `user_id, account_id, signal_id, symbol, side, mode, exchange, status, entry_type, leverage, planned_qty, qty,
  remaining_qty, entry_price, stop_loss, target_prices, target_qtys, target_hit_at, margin, created_at, closed_at, updated_at`;
const ORDER =
  'position_id, user_id, account_id, client_order_id, leg, side, type, qty, filled_qty, status, created_at, updated_at';
const FILL = 'order_id, position_id, user_id, account_id, trade_id, effect, price, qty, fee, liquidity, created_at';

const SWITCH = 'scope, value, mode, set_at';

/** A position that pays for one funding time. */
const FUNDED = `INSERT INTO ledger_transactions (account_id, position_id, cause, cash, funding, funding_at, created_at)
  SELECT account_id, id, 'FUNDING', -1, 1, '2026-01-01T08:00:00Z', now() FROM positions`;

const EDIT =
  'signal_id, version, idempotency_key, actor_kind, request, changes, refused_fields, plan, up_to_position, created_at';

const append = (table: string, change: string) => ({ [`trigger ${table}_append_only`]: change });

const ARCHIVING = `SET LOCAL verzek.archiving = 'on'`;
const drop = (...keys: readonly string[]) =>
  keys.map((key) => `ALTER TABLE ${key.split('.')[0]} DROP CONSTRAINT ${key.split('.')[1]}`).join('; ');
const FREE_POSITIONS = drop('orders.fk_orders_position_id', 'trade_log.fk_trade_log_position_id');
const FREE_ORDERS = drop('fills.fk_fills_position_id_order_id');
const archive = (...tables: readonly string[]) =>
  tables.map((table) => `INSERT INTO archived_${table} SELECT * FROM ${table}`).join('; ');

/** A row leaves with an equal copy only, and only for the archive. */
const LEAVING = {
  'trigger positions_kept': `${FREE_POSITIONS}; ${archive('positions')}; DELETE FROM positions`,
  'trigger orders_kept': `${FREE_ORDERS}; ${archive('positions', 'orders')}; DELETE FROM orders`,
  'trigger positions_leave_with_copy': `${ARCHIVING}; ${FREE_POSITIONS}; DELETE FROM positions`,
  'trigger orders_leave_with_copy': `${ARCHIVING}; ${FREE_ORDERS}; ${archive('positions')};
    INSERT INTO archived_orders SELECT * FROM orders LIMIT 1; DELETE FROM orders`,
  'trigger fills_leave_with_copy': `${ARCHIVING}; ALTER TABLE archived_fills DISABLE TRIGGER ALL;
    INSERT INTO archived_fills (id, order_id, position_id, user_id, account_id, trade_id, effect, price, qty, fee, liquidity, realised_pnl, created_at)
    SELECT id, order_id, position_id, user_id, account_id, trade_id, effect, price + 1, qty, fee, liquidity, realised_pnl, created_at FROM fills;
    DELETE FROM fills`,
  'trigger trade_log_leave_with_copy': `${ARCHIVING}; DELETE FROM trade_log`,
  'trigger decisions_leave_with_copy': `${ARCHIVING}; DELETE FROM decisions`,
  'trigger ledger_transactions_leave_with_copy': `${ARCHIVING}; DELETE FROM ledger_transactions`,
  'trigger accounts_keep_archived': `${ARCHIVING}; ${archive('positions', 'orders', 'fills', 'trade_log')}; DELETE FROM fills;
    DELETE FROM orders; DELETE FROM trade_log; DELETE FROM positions; DELETE FROM accounts`,
  'trigger signals_archived': `${drop('decisions.fk_decisions_signal_id')}; UPDATE signals SET trading_id = NULL;
    UPDATE signals SET trading_id = id`,
};

const BATCH = `INSERT INTO archive_batches (kind, before, archived_at) VALUES ('TRADES', now(), now())`;

/** What is in the archive stays as it is, while rows move too. */
const ARCHIVED = {
  ...append('archived_positions', `${ARCHIVING}; ${archive('positions')}; DELETE FROM archived_positions`),
  ...append('archived_orders', `${archive('positions', 'orders')}; UPDATE archived_orders SET qty = qty * 2`),
  ...append('archived_fills', `${archive('positions', 'orders', 'fills')}; DELETE FROM archived_fills`),
  ...append('archived_trade_log', `${archive('positions', 'trade_log')}; DELETE FROM archived_trade_log`),
  ...append('archived_decisions', `${archive('decisions')}; DELETE FROM archived_decisions`),
  ...append(
    'archived_ledger_transactions',
    `${archive('ledger_transactions')}; UPDATE archived_ledger_transactions SET account_id = 0`,
  ),
  ...append('archive_batches', `${BATCH}; UPDATE archive_batches SET positions = 1`),
  'trigger archived_positions_no_truncate': `${drop('archived_orders.fk_archived_orders_position_id', 'archived_trade_log.fk_archived_trade_log_position_id')};
    TRUNCATE archived_positions`,
  'trigger archived_orders_no_truncate': `${drop('archived_fills.fk_archived_fills_position_id_order_id')}; TRUNCATE archived_orders`,
  'trigger archived_fills_no_truncate': 'TRUNCATE archived_fills',
  'trigger archived_trade_log_no_truncate': 'TRUNCATE archived_trade_log',
  'trigger archived_decisions_no_truncate': 'TRUNCATE archived_decisions',
  'trigger archived_ledger_transactions_no_truncate': 'TRUNCATE archived_ledger_transactions',
  'trigger archive_batches_no_truncate': 'TRUNCATE archive_batches',
};

const MONEY = 'user_id, cause, reference, received, credit, held, created_at';
const MOVE = (credit: number, reference: string) =>
  `INSERT INTO money_transactions (${MONEY}) SELECT min(id), 'RESERVE', '${reference}', 0, ${credit}, ${-credit}, now() FROM users`;

const INVOICE = `user_id, tier, plan_version, days, list_price, net, amount, due, wallet, created_at, expires_at, updated_at`;

/** Two invoices that differ in nothing but what is said; their amounts too, where those are not said. */
const TWO_INVOICES = (column: string, due: string, value: string) =>
  `INSERT INTO payments (public_id, ${INVOICE}${column})
   SELECT place, u.id, 'VIP', 1, 30, 50, 50, 50, ${due}, 'T', now(), now(), now()${value}
   FROM (SELECT min(id) AS id FROM users) u, generate_series(1, 2) AS place`;

const TX = `'${'ab'.repeat(32)}'`;

/** What guards the money of customers. */
const PAYMENTS = {
  ...append('money_transactions', `${MOVE(5, 'a')}; UPDATE money_transactions SET credit = 6, held = -6`),
  ...append('subscription_plans', 'UPDATE subscription_plans SET price_usdt = 1'),
  'trigger money_transactions_no_truncate': 'TRUNCATE money_transactions',
  'trigger subscription_plans_no_truncate': 'TRUNCATE subscription_plans',
  'trigger money_transactions_balance': MOVE(-5, 'a'),
  'trigger users_no_referral_ring': 'UPDATE users SET referred_by_id = id',
  'index ix_money_transactions_cause_reference': `${MOVE(5, 'a')}; ${MOVE(5, 'a')}`,
  'index ix_chain_transfers_tx_hash': `INSERT INTO chain_transfers (tx_hash, created_at, updated_at)
    SELECT ${TX}, now(), now() FROM generate_series(1, 2)`,
  'index uq_payments_open_due': TWO_INVOICES('', '7', ''),
  'index uq_payments_tx_hash': TWO_INVOICES(', tx_hash, claimed_hash, claimed_at', 'place', `, ${TX}, ${TX}, now()`),
};

/** Seals a row by hand, where one waits. */
const SEAL = `INSERT INTO audit_seals (seq, event_id, hash) SELECT 1000000, event_id, '' FROM audit_unsealed LIMIT 1`;

const HEAD = `INSERT INTO audit_head (id, seq, hash, mac, sealed_at) VALUES (1, 1000000, '', '', now())
  ON CONFLICT (id) DO UPDATE SET seq = 1000000`;

/** What guards the chain over the audit trail. */
const AUDIT = {
  ...append('audit_events', `UPDATE audit_events SET action = 'x'`),
  'trigger audit_events_no_truncate': `${drop('audit_seals.fk_audit_seals_event_id')}; TRUNCATE audit_events`,
  ...append('audit_seals', `${SEAL}; UPDATE audit_seals SET hash = 'x'`),
  'trigger audit_seals_no_truncate': 'TRUNCATE audit_seals',
  'index ix_audit_seals_event_id': `${SEAL}; INSERT INTO audit_seals SELECT seq + 2000000, event_id, hash FROM audit_seals`,
  'trigger audit_head_rises': `${HEAD}; UPDATE audit_head SET seq = seq - 1`,
  'trigger audit_head_stays': `${HEAD}; DELETE FROM audit_head`,
  'trigger audit_head_no_truncate': 'TRUNCATE audit_head',
};

/** What each guard keeps out. */
const ATTACKS: Readonly<Record<string, string>> = {
  ...append('trade_log', `UPDATE trade_log SET message = 'another'`),
  ...append('fills', 'UPDATE fills SET qty = qty * 2'),
  ...append('signal_events', `DELETE FROM signal_events WHERE type = 'POSTED'`),
  ...append('decisions', `UPDATE decisions SET reason = 'another'`),
  ...append('decision_contexts', `UPDATE decision_contexts SET context = '{}'`),
  ...append('trade_plans', `UPDATE trade_plans SET body = '{}'`),
  ...AUDIT,
  ...append('ledger_transactions', 'UPDATE ledger_transactions SET cash = cash, account_id = account_id + 1'),
  ...LEAVING,
  ...ARCHIVED,
  ...PAYMENTS,
  'trigger trade_log_no_truncate': 'TRUNCATE trade_log',
  'trigger fills_no_truncate': 'TRUNCATE fills',
  'trigger signal_events_no_truncate': 'TRUNCATE signal_events',
  'trigger decisions_no_truncate': 'TRUNCATE decisions',
  'trigger decision_contexts_no_truncate': `${drop('decisions.fk_decisions_context_id', 'archived_decisions.fk_archived_decisions_context_id')}; TRUNCATE decision_contexts`,
  'trigger trade_plans_no_truncate': 'ALTER TABLE positions DROP CONSTRAINT fk_positions_plan_id; TRUNCATE trade_plans',
  'trigger ledger_transactions_no_truncate': 'TRUNCATE ledger_transactions',
  'trigger positions_final_status': `UPDATE positions SET status = 'CLOSED' WHERE status = 'STOPPED'`,
  'trigger signals_final_status': `UPDATE signals SET status = 'NEW', closed_at = NULL WHERE status = 'STOPPED'`,
  'trigger safety_switches_history': `UPDATE safety_switches SET reason = 'another' WHERE cleared_at IS NOT NULL`,
  'trigger signal_edits_history': `UPDATE signal_edits SET changes = '{"entry": {"from": "1", "to": "2"}}'`,
  'trigger signal_edits_kept': 'DELETE FROM signal_edits',
  'trigger work_items_fence': 'UPDATE work_items SET fence = -1',
  'index ix_positions_user_id_signal_id': copyOf('positions', POSITION, POSITION),
  'index pk_decisions': copyOf(
    'decisions',
    'signal_id, user_id, position_id, verdict, created_at',
    'signal_id, user_id, position_id, verdict, created_at',
  ),
  'index ix_orders_account_id_client_order_id': copyOf('orders', ORDER, ORDER),
  'index ix_fills_account_id_trade_id': copyOf('fills', FILL, FILL),
  'index ix_signals_source_id_idempotency_key': copyOf(
    'signals',
    'source_id, idempotency_key, symbol, side, trade_type, duration, entry, stop_loss, target_prices, target_hit_at, leverage, confidence, status, created_at, updated_at',
    'source_id, idempotency_key, symbol, side, trade_type, duration, entry, stop_loss, target_prices, target_hit_at, leverage, confidence, status, created_at, updated_at',
  ),
  'index ix_signal_events_key': copyOf(
    'signal_events',
    'signal_id, type, key, created_at',
    'signal_id, type, key, created_at',
  ),
  'index ix_decision_contexts_signal_id_digest': copyOf(
    'decision_contexts',
    'signal_id, digest, context, created_at',
    'signal_id, digest, context, created_at',
  ),
  'index ix_trade_plans_digest': copyOf('trade_plans', 'digest, body, created_at', 'digest, body, created_at'),
  'index uq_safety_switches_active': copyOf('safety_switches', SWITCH, SWITCH),
  'index ix_circuit_breakers_scope_value': copyOf(
    'circuit_breakers',
    'scope, value, state, updated_at',
    'scope, value, state, updated_at',
  ),
  'index ix_signal_edits_signal_id_version': copyOf('signal_edits', EDIT, EDIT.replace('idempotency_key', `'another'`)),
  'index ix_signal_edits_signal_id_idempotency_key': copyOf(
    'signal_edits',
    EDIT,
    EDIT.replace('version', 'version + 1'),
  ),
  'index ix_work_items_queue_key': copyOf(
    'work_items',
    'queue, key, available_at, created_at',
    'queue, key, available_at, created_at',
  ),
  'index ix_broadcast_messages_key': copyOf(
    'broadcast_messages',
    'key, kind, content, created_at',
    'key, kind, content, created_at',
  ),
  'index ix_deliveries_message_id_channel_target': copyOf(
    'deliveries',
    'message_id, channel, target, created_at',
    'message_id, channel, target, created_at',
  ),
  'index uq_ledger_transactions_funding': `${FUNDED}; ${FUNDED}`,
};

let test: TestApplication;

beforeAll(async () => {
  test = await startTestApplication({ env: { SIGNAL_REPEAT_SECONDS: '0' } });
  const admin = await makePerson(test.app, { role: 'admin' });
  await makePerson(test.app, { autoTrade: true, settings: { per_trade_usdt: '50', leverage: 5 } });
  const signal = { symbol: 'GUARDUSDT', side: 'LONG', entry: 100, tp: [110, 120], sl: 92 };
  const path = request(test.app.getHttpServer()).post('/api/signals');
  await path.set(admin.auth).set('Idempotency-Key', 'guarded').send(signal).expect(201);
  const reaching = (table: string, status: string) =>
    eventually(() => test.db.first(`SELECT 1 FROM ${table} WHERE status = '${status}'`));
  await reaching('positions', 'OPEN');
  await test.db
    .query(`INSERT INTO signal_edits (signal_id, version, idempotency_key, actor_kind, request, changes, refused_fields,
    plan, up_to_position, created_at) SELECT id, 1, 'edited', 'service', '{}', '{}', '[]', '{}', 0, now() FROM signals`);
  test.feed.tick('GUARDUSDT', '89');
  await reaching('positions', 'STOPPED');
  await reaching('signals', 'STOPPED');
  await eventually(() => test.db.first('SELECT 1 FROM deliveries'));
  await test.db.query(`INSERT INTO safety_switches (scope, value, mode, set_at, cleared_at)
    VALUES ('symbol', 'AUSDT', 'block_entries', now(), NULL), ('symbol', 'BUSDT', 'block_entries', now(), now())`);
  await test.db.query(`INSERT INTO circuit_breakers (scope, state, updated_at) VALUES ('platform', 'closed', now())
    ON CONFLICT DO NOTHING`);
});

afterAll(() => test.close());

/** Runs statements in a transaction that is undone; answers what is then broken, or the SQLSTATE of a refusal. */
async function trying(statements: readonly string[]): Promise<string[] | string | undefined> {
  let found: string[] = [];
  try {
    await test.db.transaction(async () => {
      for (const statement of statements.flatMap((text) => text.split(';'))) await test.db.query(statement);
      const violations = await new InvariantsRepository(test.db).violations(undefined, new Date());
      found = violations.map(({ name }) => name);
      throw ROLLED_BACK;
    });
  } catch (error) {
    if (error !== ROLLED_BACK) return sqlState(error) ?? String(error);
  }
  return found;
}

function removalOf(guard: string): string {
  const [kind = '', name = ''] = guard.split(' ');
  if (kind === 'trigger')
    return `DROP TRIGGER ${name} ON ${name.replace(/_(append_only|no_truncate|final_status|fence|history|kept|leave_with_copy|archived|keep_archived|balance|no_referral_ring|rises|stays)$/, '')}`;
  return name.startsWith('pk_') ? `ALTER TABLE ${name.slice(3)} DROP CONSTRAINT ${name}` : `DROP INDEX ${name}`;
}

describe('the guards of the database', () => {
  it('are each attacked here', () => expect(Object.keys(ATTACKS).sort()).toEqual([...GUARDS].sort()));

  it.each(Object.entries(ATTACKS))(
    '%s refuses; without it the attack succeeds and is noticed',
    async (guard, attack) => {
      expect(await trying([attack])).toMatch(/^23/);
      const noticed = await trying([removalOf(guard), attack]);
      expect(noticed).toContain('guard.in-place');
    },
  );
});
