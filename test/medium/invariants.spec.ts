/**
 * The invariants notice what they are for: on books that hold every kind of position, each is broken once by hand, in a
 * transaction that is rolled back, and must be reported by its name.
 */
import { readFileSync } from 'node:fs';
import type { Violation } from '../../src/modules/ops/invariants/invariant.js';
import { INVARIANT_NAMES, InvariantsRepository } from '../../src/modules/ops/invariants/invariants.repository.js';
import { InvariantsService } from '../../src/modules/ops/invariants/invariants.service.js';
import { makePerson } from '../factories/people.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';
import { postSignal } from '../support/signals.js';
import { violationsAtQuiet } from '../support/invariants.js';

/** An edit that says it is carried out, and has met nobody. */
const EDIT = `INSERT INTO signal_edits (signal_id, version, actor_kind, request, changes, refused_fields, plan, up_to_position, created_at, finished_at)
  SELECT signal_id, 1, 'service', '{}', '{}', '[]', '{}', id, now(), now() FROM positions WHERE status = 'OPEN' LIMIT 1`;

/** An invoice that is in order in one state, and not in another. */
const payment = (status: string, received: number) => `
  INSERT INTO payments (public_id, user_id, tier, plan_version, days, list_price, net, amount, due, received, status, wallet,
    created_at, expires_at, updated_at)
  SELECT 'VZK-1', min(id), 'VIP', 1, 30, 5, 5, 5, 5, ${received}, '${status}', 'wallet',
    now(), now(), now() FROM users`;

/** One way to break each. The checks and guards of the tables are out of force while it happens. */
const BREAKS: Readonly<Record<string, string>> = {
  'position.qty-is-its-entry-fills': `INSERT INTO fills (order_id, position_id, user_id, account_id, trade_id, effect, price, qty, fee, liquidity, created_at)
    SELECT order_id, position_id, user_id, account_id, trade_id || 'again', effect, price, qty, fee, liquidity, now() FROM fills WHERE effect = 'ENTRY' LIMIT 1`,
  'position.remaining-is-entries-less-exits': `UPDATE positions SET remaining_qty = remaining_qty / 2 WHERE status = 'OPEN'`,
  'position.pnl-is-its-fills': `UPDATE positions SET realised_pnl = realised_pnl + 0.00000001 WHERE status = 'STOPPED'`,
  'position.fees-are-its-fills': `UPDATE fills SET fee = fee * 2, realised_pnl = realised_pnl + fee WHERE effect = 'EXIT'`,
  'position.status-is-its-quantity': `UPDATE positions SET status = 'OPEN' WHERE status = 'PARTIAL'`,
  'position.held-has-a-target-left': `UPDATE positions SET target_hit_at = array_fill(now(), ARRAY[cardinality(target_hit_at)]) WHERE status = 'OPEN'`,
  'position.held-has-a-stop': `UPDATE positions SET stop_loss = NULL WHERE status = 'OPEN'`,
  'position.cost-is-its-fills': `UPDATE positions SET cost = cost + 0.00000001 WHERE status = 'PARTIAL'`,
  'position.legs-are-its-quantities': `UPDATE positions SET leg_filled = leg_qtys WHERE cardinality(leg_qtys) > 0`,
  'position.margin-covers-its-orders': `UPDATE positions SET margin = margin - 0.01 WHERE status = 'OPEN'`,
  'position.entries-have-their-orders': `UPDATE orders SET status = 'CANCELLED' WHERE status = 'OPEN'`,
  'position.no-due-time-is-missed': `UPDATE positions SET exit_at = now() - interval '10 minutes' WHERE status = 'OPEN'`,
  'position.ended-has-no-live-order': `UPDATE orders SET status = 'OPEN' WHERE position_id IN (SELECT id FROM positions WHERE status = 'STOPPED')`,
  'position.ended-frees-its-margin': `UPDATE positions SET margin = 1 WHERE status = 'STOPPED'`,
  'position.has-one-decision': `DELETE FROM decisions WHERE position_id IN (SELECT id FROM positions WHERE status = 'OPEN')`,
  'order.filled-is-its-fills': `UPDATE orders SET filled_qty = 0 WHERE status = 'FILLED'`,
  'order.status-is-its-filling': `UPDATE orders SET status = 'OPEN' WHERE status = 'FILLED'`,
  'order.one-per-leg': `INSERT INTO orders (position_id, user_id, account_id, client_order_id, leg, side, type, qty, status, created_at, updated_at)
    SELECT position_id, user_id, account_id, client_order_id || 'again', leg, side, type, qty, status, now(), now() FROM orders WHERE status = 'FILLED' LIMIT 1`,
  'order.exits-within-remaining': `INSERT INTO orders (position_id, user_id, account_id, client_order_id, leg, side, type, reduce_only, qty, status, created_at, updated_at)
    SELECT position_id, user_id, account_id, 'x', 'TP9', side, type, true, qty + 1, 'OPEN', now(), now() FROM orders WHERE leg = 'ENTRY' LIMIT 1`,
  'log.tells-every-fill': `DELETE FROM trade_log WHERE type = 'TP_HIT'`,
  'log.tells-every-end': `DELETE FROM trade_log WHERE type = 'SL_HIT'`,
  'tenant.child-as-parent': `UPDATE fills SET user_id = user_id + 1`,
  'account.margin-is-its-live-positions': `UPDATE accounts SET margin_used = margin_used + 1`,
  'account.count-is-its-live-positions': `UPDATE accounts SET open_positions = open_positions + 1`,
  'ledger.accounts-are-its-sums': `UPDATE accounts SET balance = balance + 0.00000001`,
  'ledger.positions-are-its-sums': `UPDATE ledger_transactions SET fees = fees + 1, cash = cash - 1 WHERE cause = 'EXIT'`,
  'payment.credited-is-verified': `INSERT INTO chain_transfers (tx_hash, status, amount, payment_id, created_at, updated_at)
    VALUES (repeat('a', 64), 'CREDITED', 5, 1, now(), now())`,
  'payment.moved-is-whole': `INSERT INTO money_transactions (user_id, cause, reference, received, credit, created_at)
    SELECT min(id), 'MOVED_IN', 'again', -5, 5, now() FROM users`,
  'payment.balance-is-its-sums': `INSERT INTO customer_balances (user_id, credit) SELECT min(id), 5 FROM users`,
  'payment.coupon-uses-are-counted': `INSERT INTO coupons (code, kind, percent, uses, valid_from, created_at)
    VALUES ('BROKEN', 'PERCENT', 5, 1, now(), now())`,
  'payment.open-holds-what-came': payment('UNDERPAID', 3),
  'payment.paid-sold-for-its-net-price': payment('PAID', 5),
  'payment.rest-counts-once': payment('PAID', 5),
  'payment.nobody-gets-back-more-than-came': `INSERT INTO money_transactions (user_id, cause, reference, revenue, credit, created_at)
    SELECT min(id), 'REFUND', 'again', -5, 5, now() FROM users`,
  'payment.bonus-of-money-that-stays': `${payment('PAID', 5)};
    INSERT INTO money_transactions (user_id, payment_id, cause, reference, bonuses, credit, bonus_base, created_at)
    SELECT max(user_id), max(id), 'BONUS', 'again', -1, 1, 10, now() FROM payments`,
  'payment.paid-has-its-period': payment('PAID', 5),
  'archive.nothing-is-in-both': `INSERT INTO archived_positions SELECT * FROM positions`,
  'archive.nothing-is-lost': `INSERT INTO archive_batches (kind, before, archived_at, positions) VALUES ('TRADES', now(), now(), 1)`,
  'archive.decided-signal-is-shut': `INSERT INTO archived_decisions SELECT * FROM decisions`,
  'guard.in-place': `DROP TRIGGER work_items_fence ON work_items`,
  'signal.every-fact-has-its-event': `DELETE FROM signal_events WHERE type = 'TARGET'`,
  'signal.version-is-its-edits': `${EDIT}; UPDATE signals SET edit_version = 7`,
  'edit.has-met-every-trade': `${EDIT}; UPDATE signals SET edit_version = 1 WHERE id IN (SELECT signal_id FROM signal_edits)`,
  'account.one-way-has-one-side': `UPDATE positions SET side = 'SHORT' WHERE symbol = 'DUSDT' AND status = 'PENDING'`,
  'account.cross-ends-together': `UPDATE positions SET is_cross = true; UPDATE positions SET status = 'STOPPED', close_reason = 'LIQUIDATION', closed_at = now() WHERE symbol = 'BUSDT'`,
  'outbox.every-event-has-its-work': `DELETE FROM work_items WHERE queue = 'signal.event'`,
  'outbox.waiting-delivery-has-its-work': `UPDATE deliveries SET status = 'PENDING'; DELETE FROM work_items WHERE queue = 'delivery'`,
  'safety.flatten-has-its-work': `INSERT INTO safety_switches (scope, value, mode, set_at) VALUES ('symbol', 'GONEUSDT', 'flatten', now())`,
  'work.finished-exactly-when-it-ended': `UPDATE work_items SET state = 'open', fence = attempts - 1`,
  'work.no-crossing-is-late': `UPDATE work_items SET state = 'open', finished_at = NULL, created_at = now() - interval '5 minutes' WHERE queue = 'crossing'`,
};

const ROLLED_BACK = new Error('rolled back');

let test: TestApplication;

beforeAll(async () => {
  test = await startTestApplication({ env: { SIGNAL_REPEAT_SECONDS: '0' } });
  await makeEveryKind();
});

afterAll(() => test.close());

/** A position that is OPEN, one PARTIAL, one PENDING, one STOPPED and one of a ladder, with told events. */
async function makeEveryKind(): Promise<void> {
  const admin = await makePerson(test.app, { role: 'admin' });
  await makePerson(test.app, { autoTrade: true, settings: { per_trade_usdt: '50', leverage: 5 } });
  const statusOf = (id: number) =>
    test.db
      .first<{ status: string }>('SELECT status FROM positions WHERE signal_id = $1', [id])
      .then((row) => row?.status);
  const post = async (symbol: string, expected: string, plan: object = {}) => {
    const signal = { symbol, side: 'LONG', entry: 100, tp: [110, 120], sl: 92, plan };
    const id = await postSignal(test, admin, signal);
    await eventually(async () => (await statusOf(id)) === expected);
    return id;
  };
  const reach = async (id: number, symbol: string, price: string, expected: string) => {
    test.feed.tick(symbol, price);
    await eventually(async () => (await statusOf(id)) === expected);
  };
  await post('AUSDT', 'OPEN');
  await reach(await post('BUSDT', 'OPEN'), 'BUSDT', '111', 'PARTIAL');
  await reach(await post('CUSDT', 'OPEN'), 'CUSDT', '89', 'STOPPED');
  await post('DUSDT', 'OPEN');
  test.feed.tick('DUSDT', '105');
  await post('DUSDT', 'PENDING');
  const ladder = { entry: { kind: 'LADDER', prices: ['100', '98', '96'] }, safety: { levels: 2, step_percent: '2' } };
  await post('EUSDT', 'OPEN', { ...ladder, exit: { after: 86_400 } });
}

/** What is found after `sql`, which is then undone. */
async function afterBreaking(sql: string): Promise<Violation[]> {
  let found: Violation[] = [];
  const undone = test.db.transaction(async () => {
    await test.db.query('SET LOCAL session_replication_role = replica');
    const checks = await test.db.query<{ drop: string }>(
      `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop FROM pg_constraint
       WHERE contype = 'c' AND connamespace = 'public'::regnamespace`,
    );
    for (const { drop } of checks) await test.db.query(drop);
    for (const statement of sql.split(';')) await test.db.query(statement);
    found = await new InvariantsRepository(test.db).violations(undefined, new Date());
    throw ROLLED_BACK;
  });
  await expect(undone).rejects.toBe(ROLLED_BACK);
  return found;
}

describe('the invariants', () => {
  it('hold on what the product wrote', async () => {
    expect(await violationsAtQuiet(test.db)).toEqual([]);
  });

  it('each have a way to break them here', () => {
    expect(Object.keys(BREAKS).sort()).toEqual([...INVARIANT_NAMES].sort());
  });

  it('each stand in docs/invariants.md, once', () => {
    const lines = readFileSync(new URL('../../docs/invariants.md', import.meta.url), 'utf8').split('\n');
    const documented = lines.flatMap((line) => /^\| `([a-z.-]+)`/.exec(line)?.[1] ?? []);
    expect(documented.filter((name, index) => documented.indexOf(name) !== index)).toEqual([]);
    expect(INVARIANT_NAMES.filter((name) => !documented.includes(name))).toEqual([]);
  });

  it.each(Object.entries(BREAKS))('notice a broken %s', async (name, sql) => {
    const found = await afterBreaking(sql);
    expect(found.map((violation) => violation.name)).toContain(name);
  });

  it('are counted for the metric in the process that watches the market', async () => {
    const service = test.app.get(InvariantsService);
    // A process that was held up for long may have to win the lead again, and a check rests after the one before.
    const checked = (wrong: number) =>
      eventually(async () => {
        await service.check();
        const { counts } = service;
        return counts?.get('account.margin-is-its-live-positions') === wrong ? counts : undefined;
      });
    const counts = await checked(0);
    expect(counts.size).toBe(INVARIANT_NAMES.length);
    expect([...counts.values()].every((count) => count === 0)).toBe(true);
    await test.db.query('UPDATE accounts SET margin_used = margin_used + 1');
    expect((await checked(2)).size).toBe(INVARIANT_NAMES.length);
    await test.db.query('UPDATE accounts SET margin_used = margin_used - 1');
  });
});
